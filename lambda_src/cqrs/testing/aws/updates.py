"""DynamoDB update expressions, and what they make of an item.

Known are ``SET`` of values, of ``if_not_exists`` and of sums, ``ADD`` of numbers, and ``REMOVE``,
of whole attributes. (DynamoDB guide, "Using update expressions"). All else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

CLAUSE = re.compile(r"\s*\b(SET|ADD|REMOVE)\s")
SET = re.compile(
    r"#(?P<name>\w+)\s*=\s*(?:"
    r"(?P<value>:\w+)"
    r"|if_not_exists\(\s*#(?P<kept>\w+)\s*,\s*(?P<default>:\w+)\s*\)"
    r"(?:\s*(?P<plus>[+-])\s*(?P<more>:\w+))?"
    r"|#(?P<term>\w+)\s*(?P<sign>[+-])\s*(?P<amount>:\w+))\s*"
)
ADD = re.compile(r"#(?P<name>\w+)\s+(?P<amount>:\w+)\s*")
REMOVE = re.compile(r"#(?P<name>\w+)\s*")
COMMA = re.compile(r",\s*")

Value = TypeVar("Value")
Add = Callable[[Value | None, Value, int], Value]
"""Adds a value to another, or to nothing, or takes it from it if the sign is -1."""

Change = Callable[[dict[str, Any], Mapping[str, Any], Mapping[str, Any], "Add[Any]"], None]
"""Changes an item, given the item before, the values by placeholder, and how sums are made."""


def updated(
    expression: str, item: Mapping[str, Value], values: Mapping[str, Value], add: Add[Value]
) -> dict[str, Value]:
    """An item as an update expression makes it.

    Parameters
    ----------
    expression
        Attribute names are ``#name``, and values ``:name``.
    item
        The item before; its values may be of any kind.
    values
        Values of the same kind by placeholder, the colon included.
    add
        Adds values of that kind.

    Raises
    ------
    ValueError
        If it is not understood.
    """
    after = dict(item)
    for change in _changes(expression):
        change(after, item, values, add)
    return after


@lru_cache(maxsize=4096)
def _changes(expression: str) -> tuple[Change, ...]:
    parts = CLAUSE.split(expression)
    if parts[0].strip() or not parts[1:]:
        raise ValueError(f"Not understood: {expression}")
    found: list[Change] = []
    for verb, text in zip(parts[1::2], parts[2::2], strict=True):
        pattern, make = KINDS[verb]
        at = 0
        while True:
            match = pattern.match(text, at)
            if match is None:
                raise ValueError(f"Not understood: {verb} {text[at:]}")
            found.append(make(match))
            comma = COMMA.match(text, match.end())
            if comma is None:
                break
            at = comma.end()
        if text[match.end() :].strip():
            raise ValueError(f"Not understood: {verb} {text[match.end() :]}")
    return tuple(found)


def _set(match: re.Match[str]) -> Change:
    name = match["name"]
    if value := match["value"]:
        return lambda after, _before, values, _add: after.__setitem__(name, values[value])
    if match["kept"]:
        return _set_default(name, match["kept"], match["default"], match["plus"], match["more"])
    term, sign, amount = match["term"], int(f"{match['sign']}1"), match["amount"]

    def change(
        after: dict[str, Any], before: Mapping[str, Any], values: Mapping[str, Any], add: Add[Any]
    ) -> None:
        if term not in before:
            raise ValueError(f"The item has no {term} to add to")
        after[name] = add(before[term], values[amount], sign)

    return change


def _set_default(name: str, kept: str, default: str, sign: str | None, amount: str) -> Change:
    def change(
        after: dict[str, Any], before: Mapping[str, Any], values: Mapping[str, Any], add: Add[Any]
    ) -> None:
        found = before.get(kept, values[default])
        after[name] = found if sign is None else add(found, values[amount], int(f"{sign}1"))

    return change


def _add(match: re.Match[str]) -> Change:
    name, amount = match["name"], match["amount"]
    return lambda after, before, values, add: after.__setitem__(
        name, add(before.get(name), values[amount], 1)
    )


def _remove(match: re.Match[str]) -> Change:
    name = match["name"]
    return lambda after, _before, _values, _add: after.pop(name, None)


KINDS: Mapping[str, tuple[re.Pattern[str], Callable[[re.Match[str]], Change]]] = {
    "SET": (SET, _set),
    "ADD": (ADD, _add),
    "REMOVE": (REMOVE, _remove),
}


def add_attribute_values(before: Any, more: Any, sign: int) -> dict[str, Any]:
    """Add numbers as attribute values; nothing counts as 0.

    Raises
    ------
    ValueError
        If one of them is not a number: sets are not known here.
    """
    known = {"N": "0"} if before is None else before
    if "N" not in known or "N" not in more:
        raise ValueError(f"Only numbers are added here, not {more} to {known}")
    total = Decimal(known["N"]) + sign * Decimal(more["N"])
    return {"N": str(int(total)) if total == total.to_integral_value() else str(total)}


def add_numbers(before: Any, more: Any, sign: int) -> Any:
    """Add plain numbers; nothing counts as 0."""
    return (before or 0) + sign * more
