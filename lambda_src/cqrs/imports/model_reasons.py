"""Why a pydantic model refuses a row, in words for whoever made the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.model_reasons import MISSING, UNKNOWN, reason_of, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN_LENGTH = 40
"""Characters that a reason shows of a cell."""


def model_reasons(error: Any, given: Mapping[str, str]) -> str:
    """All that is wrong with a row.

    Parameters
    ----------
    error
        The error of a model: pydantic's ValidationError, or any other ValueError.
    given
        The row that the model was given, text by column.
    """
    if not hasattr(error, "errors"):
        return str(error)
    return " ".join(_sentence(found, given) for found in error.errors())


def _sentence(found: Mapping[str, Any], given: Mapping[str, str]) -> str:
    place, kind, value = _place(found, given), found["type"], _value(found, given)
    if kind == MISSING:
        text = f"{place} is empty or missing"
    elif kind == UNKNOWN:
        text = f"{place} is not a column of such a file"
    else:
        reason = reason_of(found)
        text = f"{place} {refusal(_shown(value), reason)}" if place else reason
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _place(found: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """The column, and where in its cell; nothing if the whole row is meant."""
    path = [str(part) for part in found["loc"]]
    if path and given.get(path[0]) == found["input"]:
        # The rest is not a place in the cell, but a type of a union that the cell does not have.
        return path[0]
    return ".".join(path)


def _value(found: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    """The value there: the cell as it was written, or the part of it that is meant."""
    path = found["loc"]
    return given.get(str(path[0]), found["input"]) if len(path) == 1 else found["input"]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_LENGTH + 2 else f"{text[: SHOWN_LENGTH + 1]}...{text[-1]}"
