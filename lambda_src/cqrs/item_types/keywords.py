"""The part of JSON Schema (draft 2020-12) that is checked, and the refusal of all else.

No library does this in the function. The package fastjsonschema stops at draft 7, tells nothing of
what is wrong within an alternative, and fails on Decimals. The packages jsonschema and
jsonschema-rs need compiled extensions. A keyword that is not checked would promise what nobody
keeps. So it is refused, with its place, when the function's package is built.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from cqrs.core.json_values import json_value
from cqrs.errors import ConfigurationError, ValidationError
from cqrs.item_types.formats import FORMATS, NOT_CHECKED
from cqrs.item_types.patterns import pattern_of
from cqrs.item_types.values import KINDS, is_number

Schema = bool | dict[str, Any]

ANNOTATIONS = frozenset(
    {
        "$comment",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "default",
        "deprecated",
        "description",
        "discriminator",
        "examples",
        "readOnly",
        "title",
        "writeOnly",
    }
)
"""Keywords that refuse nothing."""

OWN_ANNOTATION = "x-"
"""Begins keywords that anybody may add (OpenAPI specification, "Specification Extensions")."""

AT_THE_TOP = frozenset({"$schema", "$id"})
DRAFTS = frozenset({"https://json-schema.org/draft/2020-12/schema"})

ONE_SCHEMA = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
)
LISTED_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
NAMED_SCHEMAS = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})

AT_THE_SAME_PLACE = ("$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else")
"""Keywords whose schemas see the very value that theirs sees."""

LOCAL = "#"


def checked_schema(schema: Any, where: str) -> Schema:
    """Copy a schema of which everything is checked.

    Parameters
    ----------
    schema
        The schema, as its author gave it.
    where
        How the error names it.

    Raises
    ------
    ConfigurationError
        If it has a keyword that is not checked or cannot be what it is; the message tells each.
    """
    try:
        made: Schema = json_value(schema, where, is_stored=False)
    except ValidationError as error:
        raise ConfigurationError(f"{where} cannot be used: {error}") from None
    problems = list(_problems(made, made, "#"))
    if problems:
        raise ConfigurationError(
            f"{where} cannot be used: {'; '.join(problems)}. Say it otherwise, or leave it out; "
            "docs/item-types.md lists what a schema may say."
        )
    return made


def target_of(reference: str, root: Schema) -> Schema:
    """The schema that a reference within a schema names.

    Raises
    ------
    LookupError
        If there is none.
    """
    start, *parts = reference.split("/")
    if start != LOCAL:
        raise LookupError(reference)
    found: Any = root
    for part in parts:
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        found = found[int(name)] if isinstance(found, list) and name.isdecimal() else found[name]
    if isinstance(found, dict | bool):
        return found
    raise LookupError(reference)


def _problems(schema: Any, root: Schema, place: str) -> Iterator[str]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        yield f"{place} must be a schema, which is an object, true or false"
        return
    for keyword, value in schema.items():
        yield from _keyword_problems(keyword, value, root, place)
    if _sees_itself(schema, root):
        yield f"{place} refers to itself without an end"


def _keyword_problems(keyword: str, value: Any, root: Schema, place: str) -> Iterator[str]:
    here = f"{place}/{keyword}"
    if keyword in ANNOTATIONS or keyword.startswith(OWN_ANNOTATION):
        return
    if keyword in AT_THE_TOP:
        yield from _identity_problems(keyword, value, place)
    elif keyword in ONE_SCHEMA:
        yield from _problems(value, root, here)
    elif keyword in LISTED_SCHEMAS:
        yield from _listed_problems(value, root, here)
    elif keyword in NAMED_SCHEMAS:
        yield from _named_problems(keyword, value, root, here)
    elif keyword == "$ref":
        yield from _reference_problems(value, root, here)
    elif keyword not in RULES:
        yield f"{here} is not checked"
    else:
        needed, fits = RULES[keyword]
        if not fits(value):
            yield f"{here} must be {needed}"


def _identity_problems(keyword: str, value: Any, place: str) -> Iterator[str]:
    if place != LOCAL:
        yield f"{place}/{keyword} must stand at the top"
    elif keyword == "$schema" and value not in DRAFTS:
        yield f"{place}/{keyword} must be {min(DRAFTS)}"


def _listed_problems(value: Any, root: Schema, here: str) -> Iterator[str]:
    if not isinstance(value, list) or not value:
        yield f"{here} must be a list of schemas"
        return
    for number, part in enumerate(value):
        yield from _problems(part, root, f"{here}/{number}")


def _named_problems(keyword: str, value: Any, root: Schema, here: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{here} must be an object of schemas"
        return
    for name, part in value.items():
        if keyword == "patternProperties" and not _is_pattern(name):
            yield f"{here} has a name that is not a pattern: {name[:80]}"
        yield from _problems(part, root, f"{here}/{name}")


def _reference_problems(value: Any, root: Schema, here: str) -> Iterator[str]:
    try:
        target_of(value, root)
    except (LookupError, TypeError, AttributeError):
        yield f"{here} must name a part of this schema, as in #/$defs/Name"


def _sees_itself(schema: dict[str, Any], root: Schema) -> bool:
    """Whether a schema comes back to itself without a step into the value."""
    seen: set[int] = set()
    coming = list(_at_the_same_place(schema, root))
    while coming:
        part = coming.pop()
        if part is schema:
            return True
        if id(part) not in seen:
            seen.add(id(part))
            coming.extend(_at_the_same_place(part, root))
    return False


def _at_the_same_place(schema: dict[str, Any], root: Schema) -> Iterator[dict[str, Any]]:
    for keyword in AT_THE_SAME_PLACE:
        value = schema.get(keyword)
        if keyword == "$ref" and value is not None:
            try:
                value = target_of(value, root)
            except (LookupError, TypeError, AttributeError):
                continue
        yield from (part for part in _as_list(value) if isinstance(part, dict))
    dependent = schema.get("dependentSchemas")
    if isinstance(dependent, dict):
        yield from (part for part in dependent.values() if isinstance(part, dict))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and pattern_of(value) is not None
    except (re.error, OverflowError, RecursionError):
        return False


def _is_count(value: Any) -> bool:
    return is_number(value) and value >= 0 and value == int(value)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_types(value: Any) -> bool:
    kinds = _as_list(value)
    return bool(kinds) and all(isinstance(kind, str) and kind in KINDS for kind in kinds)


NUMBER = ("a number", is_number)
COUNT = ("a whole number from 0", _is_count)
NAMES = ("a list of names", _is_names)

RULES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "const": ("a value", lambda _: True),
    "dependentRequired": (
        "an object of lists of names",
        lambda value: isinstance(value, dict) and all(map(_is_names, value.values())),
    ),
    "enum": ("a list of values", lambda value: isinstance(value, list) and bool(value)),
    "exclusiveMaximum": NUMBER,
    "exclusiveMinimum": NUMBER,
    "format": (
        f"one of {', '.join(sorted({*FORMATS, *NOT_CHECKED}))}",
        lambda value: isinstance(value, str) and value in {*FORMATS, *NOT_CHECKED},
    ),
    "maxContains": COUNT,
    "maxItems": COUNT,
    "maxLength": COUNT,
    "maxProperties": COUNT,
    "maximum": NUMBER,
    "minContains": COUNT,
    "minItems": COUNT,
    "minLength": COUNT,
    "minProperties": COUNT,
    "minimum": NUMBER,
    "multipleOf": ("a number above 0", lambda value: is_number(value) and value > 0),
    "pattern": ("a pattern that Python knows", _is_pattern),
    "required": NAMES,
    "type": (f"one of {', '.join(sorted(KINDS))}, or a list of these", _is_types),
    "uniqueItems": ("true or false", lambda value: isinstance(value, bool)),
}
"""The form of each keyword that asserts something, in words, and whether a value has it."""
