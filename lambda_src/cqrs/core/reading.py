"""Reading what tables, streams and queues hold, which others than the services may have written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cqrs.core.texts import message_of
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREADABLE: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""Errors of code that takes a value for what it is not; a repeat meets the same."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Report a value that cannot be read as a :class:`~cqrs.errors.ValidationError`.

    Parameters
    ----------
    what
        How the error names it.

    Raises
    ------
    ValidationError
        If it holds something else than its reader needs, however often that is repeated.
    """
    try:
        yield
    except UNREADABLE as error:
        raise ValidationError(
            f"{what} cannot be read ({type(error).__name__}: {message_of(error)}): something other "
            "than the services wrote it."
        ) from error
