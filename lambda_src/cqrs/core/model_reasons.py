"""Why a pydantic model refuses a value, in words for whoever gave it.

Errors are told apart by their types (pydantic, "Validation Errors"). pydantic itself is not
imported: only an application that has such a model brings it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING = "missing"
UNKNOWN = "extra_forbidden"
"""Types of errors about a name, and not about a value."""

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


def reason_of(found: Mapping[str, Any]) -> str:
    """Why a value is refused, by one of the errors that a model tells."""
    return REASONS.get(found["type"]) or SHOULD.sub(
        "it must ", RAISED.sub("", found["msg"], count=1), count=1
    )


def refusal(shown: str, reason: str) -> str:
    """A value and its reason, as a sentence goes on behind the value's place."""
    joint = "; " if reason.startswith("it must ") else ": "
    return f"is {shown}{joint}{reason}"
