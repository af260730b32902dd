"""``cqrs read-model``, as far as it decides by itself."""

from __future__ import annotations

from typing import Any

import pytest

import cli.groups.read_models
from tests.unit.operating import Operator

RUN = {
    "model": "shelf",
    "run": "01JD3Q8ZB1T6R4N7Y0S2V5W9XA",
    "kind": "rebuild",
    "phase": "fill",
    "generation": 2,
    "from_history": False,
    "segments": 4,
    "rate": 0,
    "hold": False,
    "counts": {},
    "examples": [],
}


@pytest.fixture
def cqrs(services, monkeypatch, capsys) -> Operator:
    monkeypatch.setattr(cli.groups.read_models, "LOOK_SECONDS", 0)
    return Operator(services, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("command", "end", "code"),
    [
        (["rebuild", "shelf"], {"phase": "done"}, 0),
        (["rebuild", "shelf"], {"phase": "ready"}, 1),
        (["rebuild", "shelf", "--hold"], {"phase": "ready"}, 0),
        (["rebuild", "shelf"], {"phase": "cancelled"}, 1),
        (["replay", "shelf"], {"phase": "done"}, 0),
        (["replay", "shelf"], {"phase": "done", "counts": {"fill": {"refused": 1}}}, 1),
    ],
)
def test_a_watched_run_tells_by_its_code_whether_all_is_well(cqrs, monkeypatch, command, end, code):
    asked: list[tuple[str, Any]] = []

    def invoke(_services: Any, action: str, payload: dict[str, Any]) -> Any:
        asked.append((action, payload))
        return {**RUN, **end} if action == "replay_progress" else RUN

    monkeypatch.setattr(cli.groups.read_models, "invoke_action", invoke)

    assert cqrs.run("read-model", *command, "--watch").code == code
    assert asked[-1] == ("replay_progress", {"name": "shelf", "run": RUN["run"]})
    assert cqrs.run("read-model", *command).code == 0


@pytest.mark.parametrize(
    ("options", "begun", "told"),
    [
        ([], {}, None),
        (["--hold"], {"hold": True}, None),
        ([], {"hold": True}, "--from data, --segments 4, --rate 0 and --hold."),
        (["--hold"], {}, "--segments 4, --rate 0 and no --hold."),
        (["--segments", "8"], {"segments": 2}, "--segments 2, --rate 0 and no --hold."),
        (["--rate", "50"], {"rate": 20}, "--segments 4, --rate 20 and no --hold."),
        (["--from", "history"], {}, "--from data, --segments 4, --rate 0 and no --hold."),
        ([], {"from_history": True}, "--from history, --segments 4, --rate 0 and no --hold."),
    ],
)
def test_a_rebuild_under_way_that_goes_on_otherwise_is_told(
    cqrs, monkeypatch, options, begun, told
):
    monkeypatch.setattr(cli.groups.read_models, "invoke_action", lambda *_: {**RUN, **begun})

    said = " ".join(cqrs.run("read-model", "rebuild", "shelf", *options).out.split())

    assert ("goes on as it was begun" in said) == (told is not None)
    assert told is None or told in said


@pytest.mark.parametrize(
    "options",
    [
        ["--tenant", "beta"],
        ["--type", "BOOK"],
        ["--since", "2h"],
        ["--segments", "4"],
        ["--rate", "0"],
        ["--watch"],
    ],
)
def test_one_item_is_told_with_no_option_for_many(cqrs, monkeypatch, options):
    asked: list[str] = []

    def invoke(_services: Any, action: str, _payload: dict[str, Any]) -> Any:
        asked.append(action)
        return {"version": 1}

    monkeypatch.setattr(cli.groups.read_models, "invoke_action", invoke)
    one = ["read-model", "replay", "shelf", "--item", "BOOK#acme", "BOOK#momo"]

    refused = cqrs.run(*one, *options)

    assert (refused.code, asked) == (2, [])
    assert f"{options[0]} does not go with --item" in " ".join(refused.err.split())
    assert cqrs.run(*one).code == 0
    assert asked == ["replay_item"]
