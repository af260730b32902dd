"""Measurements of the project against its goals."""
