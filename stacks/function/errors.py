"""Errors of the function's package."""

from __future__ import annotations


class PackageError(Exception):
    """The package cannot be composed; the message says why, and what to do."""
