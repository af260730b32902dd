"""Keywords of JSON Schema that look at a value alone, and none of its parts.

Each is given what the schema says under the keyword, the whole schema, and the value. It gives what
is wrong, as a sentence goes on behind the value's place. Numbers are compared as the decimals that
they write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from cqrs.core.json_values import canonical
from cqrs.item_types.formats import FORMATS
from cqrs.item_types.patterns import pattern_of
from cqrs.item_types.values import KINDS, exact, is_kind, is_number, shown

Assertion = Callable[[Any, Mapping[str, Any], Any], Iterator[str]]

MOST_NAMED = 20
"""How many allowed values an error lists."""


def either(words: list[str]) -> str:
    """Words as alternatives."""
    if len(words) > MOST_NAMED:
        words = [*words[:MOST_NAMED], f"{len(words) - MOST_NAMED} others"]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def kinds_of(said: Any) -> list[str]:
    """The types that a schema names."""
    return [said] if isinstance(said, str) else list(said)


def _type(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    kinds = kinds_of(said)
    if not any(is_kind(value, kind) for kind in kinds):
        yield f"is {shown(value)}; it must be {either([KINDS[kind] for kind in kinds])}"


def _enum(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if canonical(value) not in map(canonical, said):
        yield f"is {shown(value)}; it must be {either([shown(one) for one in said])}"


def _const(said: Any, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    return _enum([said], schema, value)


def _minimum(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if is_number(value) and exact(value) < exact(said):
        yield f"is {shown(value)}; it must be {shown(said)} or more"


def _maximum(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if is_number(value) and exact(value) > exact(said):
        yield f"is {shown(value)}; it must be {shown(said)} or less"


def _exclusive_minimum(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if is_number(value) and exact(value) <= exact(said):
        yield f"is {shown(value)}; it must be more than {shown(said)}"


def _exclusive_maximum(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if is_number(value) and exact(value) >= exact(said):
        yield f"is {shown(value)}; it must be less than {shown(said)}"


def _multiple_of(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if is_number(value) and (Fraction(exact(value)) / Fraction(exact(said))).denominator != 1:
        yield f"is {shown(value)}; it must be a multiple of {shown(said)}"


def _min_length(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) < said:
        yield f"is {shown(value)}; it must have {_counted(said, 'character')} or more"


def _max_length(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) > said:
        yield (
            f"is {shown(value)}, of {_counted(len(value), 'character')}; it must have "
            f"{_counted(said, 'character')} or less"
        )


def _pattern(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if isinstance(value, str) and pattern_of(said).search(value) is None:
        yield f"is {shown(value)}; it must match the pattern {said}"


def _format(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    known = FORMATS.get(said)
    if isinstance(value, str) and known is not None and not known.fits(value):
        yield f"is {shown(value)}; it must be {known.words}"


def _min_items(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if is_kind(value, "array") and len(value) < said:
        yield f"has {_counted(len(value), 'entry')}; it must have {said} or more"


def _max_items(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if is_kind(value, "array") and len(value) > said:
        yield f"has {_counted(len(value), 'entry')}; it must have {said} or less"


def _unique_items(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if not said or not is_kind(value, "array"):
        return
    places: dict[str, int] = {}
    for number, part in enumerate(value):
        first = places.setdefault(canonical(part), number)
        if first != number:
            yield f"has {shown(part)} twice, at {first} and {number}; all of it must differ"
            return


def _min_properties(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if is_kind(value, "object") and len(value) < said:
        yield f"has {_counted(len(value), 'name')}; it must have {said} or more"


def _max_properties(said: Any, _schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    if is_kind(value, "object") and len(value) > said:
        yield f"has {_counted(len(value), 'name')}; it must have {said} or less"


def _counted(number: Any, what: str) -> str:
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number} {what if number == 1 else plural}"


ASSERTIONS: Mapping[str, Assertion] = {
    "const": _const,
    "enum": _enum,
    "exclusiveMaximum": _exclusive_maximum,
    "exclusiveMinimum": _exclusive_minimum,
    "format": _format,
    "maxItems": _max_items,
    "maxLength": _max_length,
    "maxProperties": _max_properties,
    "maximum": _maximum,
    "minItems": _min_items,
    "minLength": _min_length,
    "minProperties": _min_properties,
    "minimum": _minimum,
    "multipleOf": _multiple_of,
    "pattern": _pattern,
    "type": _type,
    "uniqueItems": _unique_items,
}
