"""Mistakes that the runs must find; each module is one, put into the deployed function."""
