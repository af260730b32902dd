"""Two Terraform configurations compared value by value, and the differences that are known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from tooling.paths import ROOT
from tooling.plugin_mirror import AWS_PROVIDER_VERSION

Configuration = dict[str, Any]
Place = tuple[str, ...]
"""The way to a value: keys of objects, and positions in lists as ``[0]``."""

ABSENT = "nothing"

PINNED = dict(
    re.findall(
        r"^([a-z-]+)==(\S+)$",
        (ROOT / "requirements" / "cdktn.in").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)
"""Versions of the fork's packages."""


@dataclass(frozen=True)
class Difference:
    """A value that two configurations do not share, as JSON."""

    place: Place
    before: str
    after: str

    def __str__(self) -> str:
        return f"{'.'.join(self.place)}: {self.before} became {self.after}"


@dataclass(frozen=True)
class Known(Difference):
    """A difference that every environment has, with its cause."""

    cause: str


KNOWN = (
    Known(
        ("//", "metadata", "version"),
        json.dumps(version("cdktf")),
        json.dumps(PINNED["cdktn"]),
        cause="the fork: the library notes its own version",
    ),
    Known(
        ("terraform", "required_providers", "aws", "source"),
        json.dumps("aws"),
        json.dumps("hashicorp/aws"),
        cause="the fork: its bindings write the provider's address with the namespace",
    ),
    Known(
        ("terraform", "required_providers", "aws", "version"),
        json.dumps(AWS_PROVIDER_VERSION),
        json.dumps("6.69.1"),
        cause="the provider: the oldest bindings of the fork are of its major version 6",
    ),
)
"""All that may differ. Nothing of it belongs to a resource."""


def differences(before: Configuration, after: Configuration) -> list[Difference]:
    """Everything that differs, in the order of its places."""
    old, new = dict(_values(before)), dict(_values(after))
    return [
        Difference(place, old.get(place, ABSENT), new.get(place, ABSENT))
        for place in sorted(old.keys() | new.keys())
        if old.get(place) != new.get(place)
    ]


def unexpected(before: Configuration, after: Configuration) -> list[str]:
    """Differences that are not known, and known ones that are gone."""
    found = {str(difference) for difference in differences(before, after)}
    known = {str(difference) for difference in KNOWN}
    missing = {f"no longer so: {text}" for text in known - found}
    return sorted((found - known) | missing)


def _values(value: object, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Give each value that holds no other, as JSON: 1 and true are two values."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _values(inner, (*place, key))
    elif isinstance(value, list) and value:
        for position, inner in enumerate(value):
            yield from _values(inner, (*place, f"[{position}]"))
    else:
        yield place, json.dumps(value)
