"""A watcher of new work gets its id first, and how to come back to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import cli.groups.imports
import cli.groups.tasks
import cli.groups.workflows
from tests.unit.operating import Operator

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
IMPORT = f"CSV_IMPORT#acme/airports#{ULID}"
TASK = f"TASK#acme/square#{ULID}"
REPORT = "country-report/now"

MADE = [
    pytest.param(
        ("import", "s3://bucket/in.csv", "--target", "airports", "--tenant", "acme", "--watch"),
        IMPORT,
        f"cqrs --env test import status --watch '{IMPORT}'",
        id="import",
    ),
    pytest.param(
        ("task", "create", "square", "--tenant", "acme", "--input", "1", "--watch"),
        TASK,
        f"cqrs --env test task status --watch '{TASK}'",
        id="task",
    ),
    pytest.param(
        ("workflow", "start", "country-report", "--name", "now", "--input", "{}", "--watch"),
        REPORT,
        f"cqrs --env test workflow status --watch {REPORT}",
        id="workflow",
    ),
]


@pytest.fixture
def cqrs(services, monkeypatch: pytest.MonkeyPatch, capsys) -> Operator:
    """A command line whose function makes what it is asked for, and that is interrupted then."""

    def make(_services: Any, action: str, _payload: Any) -> dict[str, str]:
        known_as = IMPORT if action == "create_csv_import" else TASK
        pk, _, sk = known_as.partition("/")
        return {"id": known_as, "pk": pk, "sk": sk}

    for module, watch in (
        (cli.groups.imports, "watch_import"),
        (cli.groups.tasks, "watch_task"),
        (cli.groups.workflows, "watch_execution"),
    ):
        monkeypatch.setattr(module, watch, _interrupted)
    monkeypatch.setattr(cli.groups.imports, "invoke_action", make)
    monkeypatch.setattr(cli.groups.tasks, "invoke_action", make)
    return Operator(services, monkeypatch, capsys)


def _interrupted(*_arguments: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("command", "known_as", "resume"), MADE)
def test_people_are_told_before_and_when_they_stop(cqrs, command, known_as, resume):
    ended = cqrs.run(*command)

    assert ended.code == 130
    assert ended.out == ""
    first, second, *rest = ended.err.splitlines()
    assert (first, second) == (known_as, f"To watch it again: {resume}")
    assert rest[-1].endswith(f"go on there. To watch it again: {resume}")


@pytest.mark.parametrize(("command", "known_as", "resume"), MADE)
def test_a_program_is_told_as_json(cqrs, command, known_as, resume):
    ended = cqrs.run("--json", *command)

    assert ended.code == 130
    assert json.loads(ended.err) == {"id": known_as, "resume": resume}
    assert ended.document["error"] == "Interrupted"
    assert ended.document["message"].endswith(resume)


@pytest.mark.parametrize(("command", "known_as", "resume"), MADE)
def test_whoever_has_the_id_is_told_when_they_stop(cqrs, command, known_as, resume):
    ended = cqrs.run("--json", command[0], "status", known_as, "--watch")

    assert (ended.code, ended.err) == (130, "")
    assert ended.document["message"].endswith(resume)
