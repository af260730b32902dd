"""Errors of the runtime, all derived from :class:`CqrsError`.

The message of each says what was wrong, where, and what to do. A Retry or Catch of a state machine
matches the class name. Step Functions reports a Python exception by it (Step Functions developer
guide, "Handling errors in Step Functions workflows").
"""

from __future__ import annotations


class CqrsError(Exception):
    """Base of all errors that the project raises on purpose."""


class PermanentError(CqrsError):
    """An error that the same call meets again however often it is repeated."""


class TransientError(CqrsError):
    """AWS could not do it just now; the same call may succeed a moment later."""


class Throttled(TransientError):
    """AWS refused the request because there are too many; it did nothing."""


class Unreachable(TransientError):
    """Nothing answered the request; whether it was done is not known."""


class Contention(TransientError):
    """Others change the same thing at the same time, and each time they were first."""


class ValidationError(PermanentError):
    """The caller's input is refused."""


class ItemTooLarge(ValidationError):
    """DynamoDB refused a write because its item would have more than 400 KB."""


class InvalidItem(ValidationError):
    """The attributes of an item do not fit its type; nothing was written.

    Attributes
    ----------
    errors
        Everything that is wrong: each place, such as ``attributes.city``, and what is wrong there.
    """

    def __init__(
        self, pk: str, sk: str, item_type: str, errors: tuple[tuple[str, str], ...]
    ) -> None:
        told = " ".join(f"{path} {message}." for path, message in errors)
        super().__init__(
            f"{pk} {sk} does not fit the type {item_type}: {told} Mend that, and publish it again."
        )
        self.errors = errors


class UpcasterFailed(PermanentError):
    """An item cannot be brought to the newest version of its schema; it is stored as it was."""


class ConfigurationError(PermanentError):
    """The deployment lacks something that the runtime needs."""


class NotFoundError(PermanentError):
    """The thing asked for does not exist."""


class NoSuchItem(NotFoundError):
    """There is no item to change."""


class ItemDeleted(NotFoundError):
    """The item to change was deleted.

    Attributes
    ----------
    version
        The version that deleted it.
    """

    def __init__(self, message: str, version: int) -> None:
        super().__init__(message)
        self.version = version


class UnsupportedEventError(PermanentError):
    """An invocation carries an event that nothing here can handle."""


class SkipRow(CqrsError):
    """An import strategy passes a row over: it is neither published nor rejected, but skipped.

    Raised from ``validate``, ``transform`` or a model's ``to_item``, with the reason.
    """


class VersionConflict(PermanentError):
    """Another publisher was first: the version that this command builds on is not the newest.

    Attributes
    ----------
    base
        The version that the command builds on; 0 for none.
    current
        The newest version of the item, to build on next; 0 if the item does not exist.
    """

    def __init__(self, pk: str, sk: str, *, base: int, current: int) -> None:
        super().__init__(
            f"{pk} {sk} is at version {current}, not {base}: read it again and publish on "
            f"version {current}, or publish on the latest version."
        )
        self.base = base
        self.current = current


class VersionAlreadyApplied(PermanentError):
    """The data item has reached the command's version without this command."""


class CommandInProgress(PermanentError):
    """A synchronous publish cannot overtake a command that is still being applied."""


class SyncHandlerRefused(PermanentError):
    """A sync handler refused a command; the message names both the handler and its error."""


class SyncHandlerFailed(CqrsError):
    """A sync handler failed on a command; the message names both the handler and its error."""


class TooManyTries(CqrsError):
    """One process after the other began some work, and none of them came to its end."""


class HandlerLeft(CqrsError):
    """Code of the application raised something that is not an Exception, such as SystemExit."""


class CommandFailed(PermanentError):
    """A command was stored and then failed, in a sync handler or while it was being applied."""


class PredecessorFailed(PermanentError):
    """The command before this one failed, so this one is not applied."""


class VersionGap(PermanentError):
    """The data item is further behind than the command's predecessor."""


class ApprovalAnswered(PermanentError):
    """An approval request has been answered before, by somebody else or otherwise.

    Attributes
    ----------
    status
        ``APPROVED`` or ``REJECTED``.
    by, at
        Who answered, and when.
    """

    def __init__(self, request: str, *, status: str, by: str, at: str) -> None:
        super().__init__(
            f"{request} was {status} by {by} at {at}, and the first answer holds. Look at it, and "
            "start the workflow again if it should come to something else."
        )
        self.status = status
        self.by = by
        self.at = at


class ApprovalExpired(PermanentError):
    """Nobody waits for the answer to an approval request any more."""


class ConditionFailed(CqrsError):
    """DynamoDB refused a conditional write.

    Attributes
    ----------
    failed
        Positions of the actions whose condition was not met; ``(0,)`` for a single write.
    """

    def __init__(self, message: str, failed: tuple[int, ...] = (0,)) -> None:
        super().__init__(message)
        self.failed = failed


PERMANENT_ERRORS: tuple[type[PermanentError], ...] = (
    ValidationError,
    ItemTooLarge,
    InvalidItem,
    UpcasterFailed,
    ConfigurationError,
    NotFoundError,
    NoSuchItem,
    ItemDeleted,
    UnsupportedEventError,
    VersionConflict,
    VersionAlreadyApplied,
    CommandInProgress,
    CommandFailed,
    SyncHandlerRefused,
    PredecessorFailed,
    VersionGap,
    ApprovalAnswered,
    ApprovalExpired,
)
"""Errors that a state machine does not retry: Retry matches names exactly and knows no base
classes."""

TRANSIENT_ERRORS: tuple[type[TransientError], ...] = (
    TransientError,
    Throttled,
    Unreachable,
    Contention,
)
"""Errors that a state machine retries for as long as AWS may be away."""
