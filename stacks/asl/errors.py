"""The error that refuses a definition."""

from __future__ import annotations


class DefinitionError(ValueError):
    """A state machine cannot be defined so; the message says what to do."""
