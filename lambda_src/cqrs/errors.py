"""Errors of the runtime, all derived from :class:`CqrsError`.

The message of each says what was wrong, where, and what to do. The class name is what a Retry or
Catch of a state machine matches (Step Functions reports it as the error's name).
"""


class CqrsError(Exception):
    """Base of all errors that the project raises on purpose."""


class ValidationError(CqrsError):
    """The caller's input is refused; repeating the call with it cannot succeed."""


class ConfigurationError(CqrsError):
    """The deployment lacks something that the runtime needs."""
