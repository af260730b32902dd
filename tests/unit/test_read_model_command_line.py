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
