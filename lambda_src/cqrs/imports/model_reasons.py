"""Why a pydantic model refuses a row, in words for whoever made the file.

Errors are told apart by their types (pydantic, "Validation Errors"). pydantic itself is not
imported: only an application that has such a model brings it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS = {
    "bool_parsing": "it must be true or false",
    "date_from_datetime_inexact": "it must be a date without a time",
    "date_from_datetime_parsing": "it must be a date such as 2024-12-31",
    "date_parsing": "it must be a date such as 2024-12-31",
    "datetime_from_date_parsing": "it must be a date and time such as 2024-12-31T23:59:00",
    "datetime_parsing": "it must be a date and time such as 2024-12-31T23:59:00",
    "decimal_parsing": "it must be a number",
    "finite_number": "it must be a number",
    "float_parsing": "it must be a number",
    "int_from_float": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "time_parsing": "it must be a time such as 23:59",
}
"""The meaning of kinds of refusal, if pydantic's words are a programmer's."""

SHOULD = re.compile(r"\w+( \w+)? should ")
"""How the others begin, such as "Input should ..." or "Decimal input should ..."."""

RAISED = re.compile(r"(Value error|Assertion failed), ")
"""The words that pydantic puts before the message of a validator's exception."""

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
    if kind == "missing":
        text = f"{place} is empty or missing"
    elif kind == "extra_forbidden":
        text = f"{place} is not a column of such a file"
    else:
        reason = REASONS.get(kind) or _plain(found["msg"])
        joint = "; " if reason.startswith("it must ") else ": "
        text = f"{place} is {_shown(value)}{joint}{reason}" if place else reason
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _plain(message: str) -> str:
    return SHOULD.sub("it must ", RAISED.sub("", message, count=1), count=1)


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
