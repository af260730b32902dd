"""Requests to AWS, and its refusals as errors of the project."""
