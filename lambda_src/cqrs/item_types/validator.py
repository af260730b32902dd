"""Checks values against a schema, and tells everything that is wrong, each at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cqrs.item_types.alternatives import closest
from cqrs.item_types.assertions import ASSERTIONS
from cqrs.item_types.keywords import Schema, target_of
from cqrs.item_types.paths import Path, Problem
from cqrs.item_types.patterns import pattern_of
from cqrs.item_types.values import is_kind, shown

Applicator = Callable[["Validator", Any, dict[str, Any], Any, Path], Iterator[Problem]]
"""Applies schemas to a value or to its parts."""


class Validator:
    """Checks values against one schema.

    Parameters
    ----------
    schema
        The schema, which :func:`cqrs.item_types.keywords.checked_schema` has made.
    """

    def __init__(self, schema: Schema) -> None:
        self._root = schema

    def problems(self, value: Any) -> Iterator[Problem]:
        """Everything that is wrong with a value."""
        return self.look(self._root, value, ())

    def look(self, schema: Schema, value: Any, path: Path) -> Iterator[Problem]:
        """Everything that is wrong with the part of a value that lies at a place."""
        if isinstance(schema, bool):
            if not schema:
                yield Problem(path, "is not allowed")
            return
        for keyword, said in schema.items():
            if keyword in ASSERTIONS:
                for message in ASSERTIONS[keyword](said, schema, value):
                    yield Problem(path, message)
            elif keyword in APPLICATORS:
                yield from APPLICATORS[keyword](self, said, schema, value, path)

    def fits(self, schema: Schema, value: Any) -> bool:
        """Whether nothing is wrong with a value."""
        return next(self.look(schema, value, ()), None) is None

    def target(self, reference: str) -> Schema:
        """The schema that a reference names."""
        return target_of(reference, self._root)


def _ref(
    validator: Validator, said: Any, _schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    return validator.look(validator.target(said), value, path)


def _all_of(
    validator: Validator, said: Any, _schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    for part in said:
        yield from validator.look(part, value, path)


def _any_of(
    validator: Validator, said: Any, schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    if not any(validator.fits(part, value) for part in said):
        yield from closest(validator, said, schema.get("discriminator"), value, path)


def _one_of(
    validator: Validator, said: Any, schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    fitting = sum(validator.fits(part, value) for part in said)
    if fitting > 1:
        yield Problem(path, f"is {shown(value)}, of which {fitting} forms take; one alone must")
    elif not fitting:
        yield from closest(validator, said, schema.get("discriminator"), value, path)


def _not(
    validator: Validator, said: Any, _schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    if validator.fits(said, value):
        yield Problem(path, f"is {shown(value)}, which is not allowed")


def _if(
    validator: Validator, said: Any, schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    follows = schema.get("then" if validator.fits(said, value) else "else", True)
    return validator.look(follows, value, path)


def _required(
    _validator: Validator, said: Any, _schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    if is_kind(value, "object"):
        for name in said:
            if name not in value:
                yield Problem((*path, name), "is missing")


def _dependent_required(
    _validator: Validator, said: Any, _schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    for cause, names in _present(said, value):
        for name in names:
            if name not in value:
                yield Problem((*path, name), f"is missing, and {shown(cause)} needs it")


def _dependent_schemas(
    validator: Validator, said: Any, _schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    for _, part in _present(said, value):
        yield from validator.look(part, value, path)


def _properties(
    validator: Validator, said: Any, _schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    for name, part in _present(said, value):
        yield from validator.look(part, value[name], (*path, name))


def _pattern_properties(
    validator: Validator, said: Any, _schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    if is_kind(value, "object"):
        for pattern, part in said.items():
            for name in filter(pattern_of(pattern).search, value):
                yield from validator.look(part, value[name], (*path, name))


def _additional_properties(
    validator: Validator, said: Any, schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    if not is_kind(value, "object"):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", ())
    for name in value:
        if name in known or any(pattern_of(pattern).search(name) for pattern in patterns):
            continue
        if said is False:
            yield Problem((*path, name), f"is unknown; known are {', '.join(known) or 'none'}")
        else:
            yield from validator.look(said, value[name], (*path, name))


def _property_names(
    validator: Validator, said: Any, _schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    if is_kind(value, "object"):
        for name in value:
            for problem in validator.look(said, name, ()):
                yield Problem((*path, name), f"has a name that {problem.message}")


def _prefix_items(
    validator: Validator, said: Any, _schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    if is_kind(value, "array"):
        for number, (part, entry) in enumerate(zip(said, value, strict=False)):
            yield from validator.look(part, entry, (*path, number))


def _items(
    validator: Validator, said: Any, schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    if is_kind(value, "array"):
        first = len(schema.get("prefixItems", ()))
        for number, entry in enumerate(value[first:], first):
            yield from validator.look(said, entry, (*path, number))


def _contains(
    validator: Validator, said: Any, schema: dict[str, Any], value: Any, path: Path
) -> Iterator[Problem]:
    if not is_kind(value, "array"):
        return
    fitting = sum(validator.fits(said, entry) for entry in value)
    least, most = schema.get("minContains", 1), schema.get("maxContains", fitting)
    if not least <= fitting <= most:
        needed = f"{least} or more" if fitting < least else f"{most} or less"
        yield Problem(path, f"has {fitting} entries of a certain form; it must have {needed}")


def _present(said: dict[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    """The parts of a keyword that are about names that an object has."""
    if is_kind(value, "object"):
        yield from ((name, part) for name, part in said.items() if name in value)


APPLICATORS: Mapping[str, Applicator] = {
    "$ref": _ref,
    "additionalProperties": _additional_properties,
    "allOf": _all_of,
    "anyOf": _any_of,
    "contains": _contains,
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "if": _if,
    "items": _items,
    "not": _not,
    "oneOf": _one_of,
    "patternProperties": _pattern_properties,
    "prefixItems": _prefix_items,
    "properties": _properties,
    "propertyNames": _property_names,
    "required": _required,
}
