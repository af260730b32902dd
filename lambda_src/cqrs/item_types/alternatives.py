"""The problems of a value that fits none of several schemas: those of the one that was meant.

An optional object is an alternative to null. If one of its attributes is wrong, the error is about
that attribute, and not that null would have done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from cqrs.item_types.assertions import either, kinds_of
from cqrs.item_types.paths import Path, Problem
from cqrs.item_types.values import KINDS, is_kind, shown

if TYPE_CHECKING:
    from cqrs.item_types.keywords import Schema

MOST_STEPS = 100
"""References that are followed to find the kind of a schema."""


class Looking(Protocol):
    """Checks values against the parts of a schema."""

    def look(self, schema: Schema, value: Any, path: Path) -> Iterator[Problem]:
        """Everything that is wrong with the part of a value that lies at a place."""

    def target(self, reference: str) -> Schema:
        """The schema that a reference names."""


def closest(
    looking: Looking,
    schemas: Sequence[Schema],
    discriminator: Any,
    value: Any,
    path: Path,
) -> Iterator[Problem]:
    """All that is wrong with a value that fits none of some schemas.

    Parameters
    ----------
    looking
        Checks the value.
    schemas
        The alternatives.
    discriminator
        The name that tells them apart, and which of its values means which (OpenAPI
        specification, "Discriminator Object").
    value, path
        The value, and its place.
    """
    meant = _told_by(looking, discriminator, value)
    if meant is not None:
        return looking.look(meant, value, path)
    kinds = [_kinds(looking, schema) for schema in schemas]
    fitting = [
        schema
        for schema, named in zip(schemas, kinds, strict=True)
        if not named or any(is_kind(value, kind) for kind in named)
    ]
    if len(fitting) == 1:
        return looking.look(fitting[0], value, path)
    if not fitting:
        words = list(dict.fromkeys(KINDS[kind] for named in kinds for kind in named))
        return iter([Problem(path, f"is {shown(value)}; it must be {either(words)}")])
    return _in_words(looking, fitting, value, path)


def _told_by(looking: Looking, discriminator: Any, value: Any) -> Schema | None:
    """The schema that a value names itself."""
    if not isinstance(discriminator, Mapping) or not is_kind(value, "object"):
        return None
    mapping, told = discriminator.get("mapping"), value.get(discriminator.get("propertyName"))
    if not isinstance(mapping, Mapping) or not isinstance(told, str) or told not in mapping:
        return None
    try:
        return looking.target(mapping[told])
    except (LookupError, TypeError, AttributeError):
        return None


def _kinds(looking: Looking, schema: Schema) -> list[str]:
    """The types that a schema names, behind its references; none if it names none."""
    for _ in range(MOST_STEPS):
        if isinstance(schema, bool) or "type" in schema or "$ref" not in schema:
            break
        schema = looking.target(schema["$ref"])
    return [] if isinstance(schema, bool) else kinds_of(schema.get("type", ()))


def _in_words(
    looking: Looking, schemas: Sequence[Schema], value: Any, path: Path
) -> Iterator[Problem]:
    """The first problem that each schema finds, in one sentence."""
    found = [next(looking.look(schema, value, ())) for schema in schemas]
    reasons = [
        problem.message.removeprefix(f"is {shown(value)}; ")
        if not problem.path
        else f"its {'.'.join(map(str, problem.path))} {problem.message}"
        for problem in found
    ]
    yield Problem(path, f"is {shown(value)}; {', or '.join(dict.fromkeys(reasons))}")
