"""docs/reference-guide.md has a row for what is cited, and its places are there."""

from __future__ import annotations

import re

import pytest

from tooling.paths import ROOT

PAGE = (ROOT / "docs" / "reference-guide.md").read_text(encoding="utf-8")
SOURCES = [
    path for folder in ("lambda_src", "stacks", "cli") for path in (ROOT / folder).rglob("*.py")
]
CITED = re.compile(r"(?:\(|Source: |; )guide, (?:\"([^\"]+)\"|steps? ([\d]+)(?: to (\d+))?)")
TITLE = re.compile(r"^\| \"([^\"]+)\" \|", re.MULTILINE)
PLACE = re.compile(r"`([\w/]+(?:/|\.py))`")
RUNTIME = "cqrs/"


def cited() -> set[str]:
    """Parts of the guide that docstrings name."""
    found: set[str] = set()
    for path in SOURCES:
        text = " ".join(path.read_text(encoding="utf-8").split())
        for title, first, last in CITED.findall(text):
            numbers = range(int(first), int(last or first) + 1) if first else ()
            found |= {title} if title else {f"Step {number}:" for number in numbers}
    return found


@pytest.mark.parametrize("part", sorted(cited()))
def test_what_is_cited_has_a_row(part):
    assert any(title.startswith(part) for title in TITLE.findall(PAGE))


def test_much_is_cited():
    assert len(cited()) > 12


@pytest.mark.parametrize("place", sorted(set(PLACE.findall(PAGE))))
def test_its_places_are_there(place):
    if "/" not in place:
        assert any(path.name == place for path in SOURCES)
        return
    path = f"lambda_src/{place}" if place.startswith(RUNTIME) else place
    assert (ROOT / path).exists()
