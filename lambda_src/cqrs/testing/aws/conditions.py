"""DynamoDB condition expressions, as far as they are known here.

Source: DynamoDB guide, "Condition and filter expressions, operators, and functions". A part that is
not known is refused by name.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Attributes = Mapping[str, Any]
Test = Callable[[Attributes, Attributes], bool]
"""Whether an item, empty if there is none, meets a condition with these values."""

FUNCTIONS = ("attribute_not_exists", "attribute_exists", "begins_with", "contains")
TOKEN = re.compile(rf"\s*({'|'.join(FUNCTIONS)}|<>|<=|>=|[=<>(),]|[#:]?\w+)")
NAME = re.compile(r"#\w+")
PLAIN = re.compile(r"\w+")

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(expression: str, values: Attributes, item: Attributes | None) -> bool:
    """Evaluate a condition expression with names as ``#name`` and values as ``:name``.

    Raises
    ------
    ValueError
        If it is not understood.
    """
    return _parse(expression)(item or {}, values)


def named(expression: str, names: Mapping[str, str]) -> str:
    """An expression in which each placeholder of a name is that name.

    Raises
    ------
    ValueError
        If a placeholder stands for nothing, or for a name that is not one word.
    """
    if all(placeholder == f"#{name}" for placeholder, name in names.items()):
        return expression

    def name(match: re.Match[str]) -> str:
        found = names.get(match[0])
        if found is None:
            raise ValueError(f"{match[0]} stands for no name in: {expression}")
        if not PLAIN.fullmatch(found):
            raise ValueError(f"The name {found!r} is not one word: {expression}")
        return f"#{found}"

    return NAME.sub(name, expression)


@lru_cache
def _parse(expression: str) -> Test:
    parser = _Parser(TOKEN.findall(expression))
    if "".join(parser.tokens) != re.sub(r"\s", "", expression):
        raise ValueError(f"Not understood: {expression}")
    return parser.whole()


class _Parser:
    """Recursive descent over ``OR``, ``AND``, ``NOT``, functions, comparisons and ``IN``."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tuple(tokens)
        self._rest = tokens

    def whole(self) -> Test:
        test = self._either()
        if self._rest:
            raise ValueError(f"Not understood from {self._rest[0]!r} on")
        return test

    def _either(self) -> Test:
        test = self._both()
        while self._accept("OR"):
            test = _or(test, self._both())
        return test

    def _both(self) -> Test:
        test = self._single()
        while self._accept("AND"):
            test = _and(test, self._single())
        return test

    def _single(self) -> Test:
        if self._accept("NOT"):
            inner = self._single()
            return lambda item, values: not inner(item, values)
        if self._accept("("):
            inner = self._either()
            self._expect(")")
            return inner
        return self._function() or self._comparison()

    def _function(self) -> Test | None:
        if self._accept("attribute_exists"):
            name = self._argument()
            return lambda item, _values: name in item
        if self._accept("attribute_not_exists"):
            name = self._argument()
            return lambda item, _values: name not in item
        if self._accept("begins_with"):
            name, start = self._arguments()
            return lambda item, values: (
                isinstance(item.get(name), str) and item[name].startswith(values[start])
            )
        if self._accept("contains"):
            name, part = self._arguments()
            return lambda item, values: name in item and values[part] in item[name]
        return None

    def _comparison(self) -> Test:
        name, symbol = self._name(), self._next()
        if symbol == "IN":
            listed = self._values()
            return lambda item, values: name in item and item[name] in [values[v] for v in listed]
        if symbol == "BETWEEN":
            low = self._value()
            self._expect("AND")
            high = self._value()
            return lambda item, values: (
                name in item
                and _is_ordered(item[name], values[low])
                and values[low] <= item[name] <= values[high]
            )
        if symbol not in {*COMPARISONS, "<>"}:
            raise ValueError(f"{symbol!r} is not understood behind #{name}")
        value = self._value()
        if symbol == "<>":
            # Of the comparisons, this one holds for an attribute that is not there.
            return lambda item, values: name not in item or item[name] != values[value]
        compare = COMPARISONS[symbol]
        if symbol == "=":
            return lambda item, values: name in item and compare(item[name], values[value])
        return lambda item, values: (
            name in item
            and _is_ordered(item[name], values[value])
            and compare(item[name], values[value])
        )

    def _values(self) -> list[str]:
        self._expect("(")
        listed = [self._value()]
        while self._accept(","):
            listed.append(self._value())
        self._expect(")")
        return listed

    def _value(self) -> str:
        token = self._next()
        if not token.startswith(":"):
            raise ValueError(f"{token!r} is not the placeholder of a value")
        return token[1:]

    def _argument(self) -> str:
        self._expect("(")
        name = self._name()
        self._expect(")")
        return name

    def _arguments(self) -> tuple[str, str]:
        self._expect("(")
        name = self._name()
        self._expect(",")
        value = self._value()
        self._expect(")")
        return name, value

    def _name(self) -> str:
        token = self._next()
        if not token.startswith("#"):
            raise ValueError(f"{token!r} is not an attribute's name, as #{token} is")
        return token[1:]

    def _next(self) -> str:
        if not self._rest:
            raise ValueError("It ends too early")
        return self._rest.pop(0)

    def _accept(self, token: str) -> bool:
        if self._rest and self._rest[0] == token:
            self._rest.pop(0)
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise ValueError(f"{token!r} expected before {self._rest}")


def _is_ordered(left: Any, right: Any) -> bool:
    """Whether two values are of one type, as DynamoDB compares no others."""
    return isinstance(left, str) == isinstance(right, str)


def _or(left: Test, right: Test) -> Test:
    return lambda item, values: left(item, values) or right(item, values)


def _and(left: Test, right: Test) -> Test:
    return lambda item, values: left(item, values) and right(item, values)
