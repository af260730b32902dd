"""CHANGELOG.md in the form of Keep a Changelog, and its top entry of the version that there is."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from itertools import pairwise

from cqrs import __version__
from tooling.paths import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

headings = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
entries = [match.groups() for heading in headings if (match := ENTRY.fullmatch(heading))]


def parts(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("."))


def test_the_top_entry_is_of_the_version():
    assert entries[0][0] == __version__


def test_the_entries_are_in_the_form_of_keep_a_changelog():
    assert headings[0] == "[Unreleased]"
    assert len(entries) == len(headings) - 1
    assert all(date.fromisoformat(day) for _, day in entries)
    assert set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)) <= KINDS


def test_newer_versions_stand_above_older_ones():
    for (newer, newer_day), (older, older_day) in pairwise(entries):
        assert parts(newer) > parts(older)
        assert newer_day >= older_day


def test_the_version_stands_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert "version" not in project["project"]
    assert project["project"]["dynamic"] == ["version"]
    assert (ROOT / project["tool"]["hatch"]["version"]["path"]).read_text(encoding="utf-8").count(
        f'__version__ = "{__version__}"'
    ) == 1
