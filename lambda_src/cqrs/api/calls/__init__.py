"""Answers to requests: one module for each service, one method for each of its routes."""
