"""DynamoDB condition expressions, as far as the runtime writes them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Attributes = Mapping[str, Any]
Test = Callable[[Attributes, Attributes], bool]
"""Whether an item, empty if there is none, meets a condition with these values."""

TOKEN = re.compile(r"\s*(attribute_not_exists|attribute_exists|<>|<=|>=|[=<>(),]|[#:]?\w+)")

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(expression: str, values: Attributes, item: Attributes | None) -> bool:
    """Evaluate a condition expression with names as ``#name`` and values as ``:name``."""
    return _parse(expression)(item or {}, values)


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
        if self._accept("attribute_exists"):
            name = self._argument()
            return lambda item, _values: name in item
        if self._accept("attribute_not_exists"):
            name = self._argument()
            return lambda item, _values: name not in item
        return self._comparison()

    def _comparison(self) -> Test:
        name, symbol = self._name(), self._next()
        if symbol == "IN":
            listed = self._values()
            return lambda item, values: name in item and item[name] in [values[v] for v in listed]
        value = self._next().removeprefix(":")
        if symbol == "<>":
            # Of the comparisons, this one holds for an attribute that is not there.
            return lambda item, values: name not in item or item[name] != values[value]
        compare = COMPARISONS[symbol]
        return lambda item, values: name in item and compare(item[name], values[value])

    def _values(self) -> list[str]:
        self._expect("(")
        listed = [self._next().removeprefix(":")]
        while self._accept(","):
            listed.append(self._next().removeprefix(":"))
        self._expect(")")
        return listed

    def _argument(self) -> str:
        self._expect("(")
        name = self._name()
        self._expect(")")
        return name

    def _name(self) -> str:
        token = self._next()
        if not token.startswith("#"):
            raise ValueError(f"{token!r} is not an attribute's name")
        return token[1:]

    def _next(self) -> str:
        return self._rest.pop(0)

    def _accept(self, token: str) -> bool:
        if self._rest and self._rest[0] == token:
            self._rest.pop(0)
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise ValueError(f"{token!r} expected before {self._rest}")


def _or(left: Test, right: Test) -> Test:
    return lambda item, values: left(item, values) or right(item, values)


def _and(left: Test, right: Test) -> Test:
    return lambda item, values: left(item, values) and right(item, values)
