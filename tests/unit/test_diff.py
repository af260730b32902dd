"""``cqrs diff``: what two versions of an item say otherwise."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.differences import differences
from tests.unit.operating import Operator

PK, SK = "NOTE#acme", "NOTE#1"


@pytest.fixture
def cqrs(services, monkeypatch, capsys) -> Operator:
    """A command line on an item with three versions that are applied, and one under way."""
    publish = services.commands.publish_sync
    publish(PK, SK, name="Kyoto", attributes={"runways": [1, 2, 3], "a/b": {"deep": 1}})
    publish(PK, SK, name="Kansai", attributes={"runways": [1, 4], "city": "Osaka"}, version=1)
    publish(PK, SK, name="Kansai", attributes={"runways": [1, 4]}, version=2, is_deleted=True)
    services.commands.publish(PK, SK, name="Again", version=3)
    return Operator(services, monkeypatch, capsys)


def test_people_read_a_line_for_each_change(cqrs):
    ended = cqrs.run("diff", PK, SK, "1", "2")

    assert ended.code == 0
    assert ended.out.splitlines() == [
        f"{PK} {SK}, from version 1 to 2:",
        '- /attributes/a~1b: {"deep": 1}',
        '+ /attributes/city: "Osaka"',
        "~ /attributes/runways/1: 2 -> 4",
        "- /attributes/runways/2: 3",
        '~ /name: "Kyoto" -> "Kansai"',
    ]


def test_programs_get_a_patch_with_the_old_values(cqrs):
    ended = cqrs.run("--json", "diff", PK, SK, "2")

    assert ended.document == {
        "pk": PK,
        "sk": SK,
        "from": 2,
        "to": 3,
        "notes": [],
        "changes": [
            {"op": "remove", "path": "/attributes/city", "old": "Osaka"},
            {"op": "replace", "path": "/is_deleted", "value": True, "old": False},
        ],
    }


def test_before_the_first_there_is_nothing(cqrs):
    ended = cqrs.run("--json", "diff", PK, SK, "0", "1")

    changes = ended.document["changes"]
    assert {(change["op"], change["path"]) for change in changes} == {
        ("add", "/name"),
        ("add", "/attributes"),
        ("add", "/is_deleted"),
    }


def test_one_that_is_not_applied_comes_from_its_command(cqrs):
    ended = cqrs.run("diff", PK, SK, "3", "4")

    assert '~ /name: "Kansai" -> "Again"' in ended.out
    assert "Version 4 is not applied: it is PUBLISHED." in ended.out


def test_no_difference_is_told(cqrs):
    assert cqrs.run("diff", PK, SK, "3").out == f"{PK} {SK}, from version 3 to 3: no difference.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((PK, SK, "9", "1"), 1, "Version 9 of NOTE#acme NOTE#1 is not to be had"),
        ((PK, "NOTE#2", "1"), 1, "NOTE#acme NOTE#2 has no data"),
        (("NOTE", SK, "1"), 2, "is not of the form <TYPE>#<tenant>"),
        ((PK, SK, "1", "0"), 2, "0 is not in the range 1"),
        ((PK, SK, "one"), 2, "'one' is not a whole number"),
    ],
)
def test_what_cannot_be_compared_is_told(cqrs, arguments, code, says):
    ended = cqrs.run("diff", *arguments)

    assert (ended.code, ended.out) == (code, "")
    assert says in ended.err


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab/~", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON, JSON)
def test_the_changes_make_one_value_of_the_other(old: Any, new: Any):
    document = {"value": deepcopy(old)}
    for change in list(differences(old, new)):
        applied(document, change.to_mapping())

    assert as_json(document["value"]) == as_json(new)


def applied(document: dict[str, Any], change: dict[str, Any]) -> None:
    """Apply one operation of a JSON Patch, as RFC 6902 has it."""
    *parents, last = ["value", *change["path"].split("/")[1:]]
    place: Any = document
    for part in parents:
        place = place[int(part) if isinstance(place, list) else unescaped(part)]
    name = int(last) if isinstance(place, list) else unescaped(last)
    if change["op"] == "remove":
        del place[name]
    elif change["op"] == "add" and isinstance(place, list):
        place.insert(name, deepcopy(change["value"]))
    else:
        place[name] = deepcopy(change["value"])


def unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def as_json(value: Any) -> str:
    """A value as text, in which true is not 1."""
    return json.dumps(value, sort_keys=True)
