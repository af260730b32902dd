"""A sync handler that fails at random, put into the deployed function for the reliability runs."""
