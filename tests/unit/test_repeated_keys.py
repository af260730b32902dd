"""JSON in which an object has a key twice: people get a report, and stored text is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cqrs.aws.object_store import ObjectStore
from cqrs.core.json_text import RepeatedKey, from_json
from cqrs.core.keys import ItemKey
from tests.unit.operating import Operator

TWICE = '{"b": [{"a": 1, "\\u0061": 2}]}'


@pytest.fixture
def cqrs(services, monkeypatch, capsys) -> Operator:
    return Operator(services, monkeypatch, capsys)


PUBLISH = ("publish", "N#acme", "N#1", "--attributes")
CREATE = ("task", "create", "square", "--tenant", "acme")
START = ("workflow", "start", "country-report", "--input")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((*PUBLISH, TWICE), "--attributes"),
        ((*PUBLISH, "@value"), "--attributes"),
        ((*PUBLISH, TWICE, "--sync"), "--attributes"),
        ((*CREATE, "--input", TWICE), "--input"),
        ((*CREATE, "--items", "lines"), "line 2 of --items"),
        ((*CREATE, "--items", "array"), "--items"),
        ((*START, TWICE), "--input"),
    ],
)
def test_it_is_wrong_usage(cqrs, services, tmp_path: Path, monkeypatch, arguments, what):
    (tmp_path / "value").write_text(TWICE)
    (tmp_path / "lines").write_text(f'{{"a": 1}}\n{TWICE}\n')
    (tmp_path / "array").write_text(f"[{TWICE}]")
    monkeypatch.chdir(tmp_path)

    ended = cqrs.run(*arguments)

    assert (ended.code, ended.out) == (2, "")
    told = " ".join(ended.err.split())
    assert f": {what} has an object with the key 'a' twice; only one of the values" in told
    assert services.commands.newest_version(ItemKey("N#acme", "N#1")) == 0


def test_one_key_in_several_objects_is_nothing_to_tell():
    text = '[{"a": {"a": 1}}, {"a": 2, "A": 3}]'

    assert from_json(text, unique_keys=True) == json.loads(text)


@pytest.mark.parametrize("text", [TWICE, '{"a": 1, "a": 1}', '{"": 1, "": 2}'])
def test_the_key_is_named(text):
    with pytest.raises(RepeatedKey) as refused:
        from_json(text, unique_keys=True)

    assert refused.value.key in {"a", ""}


def test_what_is_stored_is_read_as_before(settings, clients):
    objects = ObjectStore(clients, settings.bucket)
    objects.put_pieces("stored.json", [TWICE.encode()], "application/json")

    assert objects.get_json("stored.json") == {"b": [{"a": 2}]}
