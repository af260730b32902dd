"""Text that can be stored, which is Unicode."""

from __future__ import annotations

from cqrs.errors import ValidationError

PERSON_LENGTH = 256
"""Characters of the name of whoever answers or cancels something."""

ANSWER_LENGTH = 4000
"""Characters of what somebody says to a request for approval."""

DECISION_LENGTH = 1024
"""Characters of why somebody gives a dead letter back, or gives it up."""


def checked_text(value: str, where: str) -> str:
    """Check that text can be stored.

    Raises
    ------
    ValidationError
        If it has half of a surrogate pair, which UTF-8 has no bytes for.
    """
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValidationError(
            f"{where} is not Unicode text: it has half of a surrogate pair at position "
            f"{error.start}. Send whole characters."
        ) from None
    return value


def message_of(error: BaseException) -> str:
    """An error's message, as text that can be stored, whatever it holds and however it fails."""
    try:
        text = str(error)
    except Exception as failure:  # noqa: BLE001 - the error at hand is the one to report
        text = f"(its message cannot be read: {type(failure).__name__})"
    return storable(text)


def storable(text: str) -> str:
    """Text with an escape in the place of what is not Unicode."""
    return text.encode(errors="backslashreplace").decode()
