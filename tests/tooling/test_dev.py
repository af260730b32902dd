"""Parts of ``make dev``: what counts, what is refused and told, and what Terraform knows."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cqrs.aws.log_events import LogEvent
from stacks.environment.file import EnvironmentFileError, load
from tests.unit.test_screen import on_terminal
from tooling.dev.definitions import Definitions, code_of_stacks, look_at_definitions
from tooling.dev.following import FunctionLog
from tooling.dev.function_code import FunctionCode, Package
from tooling.dev.function_state import UNKNOWN, FunctionState
from tooling.dev.holder import held
from tooling.dev.infrastructure import Infrastructure
from tooling.dev.inner_loop import _deploy_to_emulator
from tooling.dev.log_lines import LogLines
from tooling.dev.report import Report, Topic
from tooling.dev.sources import is_source, read_sources
from tooling.dev.syntax import syntax_problems
from tooling.errors import ToolingError
from tooling.paths import ROOT

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
PACKAGE = "assets/function_package_1F05042C/{}/function.zip"


# Changes


@pytest.mark.parametrize(
    "path",
    [
        "lambda_src/app/item_types.py",
        "lambda_src/app/data.json",
        "stacks/app/report.py",
        "environments/local.toml",
        "environments/common.toml",
    ],
)
def test_a_source_counts(path: str) -> None:
    assert is_source(Path(path), "local")


@pytest.mark.parametrize(
    "path",
    [
        "lambda_src/app/.item_types.py.swp",
        "lambda_src/app/.#item_types.py",
        "lambda_src/app/#item_types.py#",
        "lambda_src/app/item_types.py~",
        "lambda_src/app/~item_types.py",
        "lambda_src/app/4913",
        "lambda_src/app/__pycache__/item_types.cpython-311.py",
        "lambda_src/app/notes.md",
        "environments/prod.toml",
        "stacks/app/data.json",
    ],
)
def test_what_an_editor_keeps_and_what_is_not_deployed_does_not(path: str) -> None:
    assert not is_source(Path(path), "local")


def test_sources_differ_by_content_and_not_by_time(tmp_path: Path) -> None:
    changed, gone = tmp_path / "lambda_src/a.py", tmp_path / "stacks/b.py"
    for file in (changed, gone):
        file.parent.mkdir()
        file.write_text("x = 1")
    before = read_sources(tmp_path, "local")
    os.utime(changed, (1, 1))
    assert read_sources(tmp_path, "local") == before

    changed.write_text("x = 2")
    gone.unlink()

    after = read_sources(tmp_path, "local")
    assert after.differing_from(before) == ["lambda_src/a.py", "stacks/b.py"]


# Errors


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.py", "def f(:\n", "a.py:1:7: error: invalid syntax"),
        ("a.toml", "a = 1\nb = \n", "a.toml:2:5: error: Invalid value"),
        ("a.py", "x = '\x00'\n", "a.py:1:1: error: source code string cannot contain null bytes"),
    ],
)
def test_an_error_of_syntax_has_its_place(
    tmp_path: Path, name: str, content: str, told: str
) -> None:
    (tmp_path / name).write_text(content)

    assert [str(problem) for problem in syntax_problems(tmp_path, [name, "gone.py"])] == [told]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources alone, in a folder in which they may be broken."""
    folder = tmp_path_factory.mktemp("dev") / "clone"
    for name in ("lambda_src", "stacks", "environments"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def looked_at(project: Path) -> Definitions:
    path = os.pathsep.join([str(project), str(project / "lambda_src"), str(ROOT)])
    return look_at_definitions(project, "local", {**os.environ, "PYTHONPATH": path})


def broken(project: Path, path: str, old: str, new: str) -> list[str]:
    """Errors that are told if a file says something else."""
    file = project / path
    whole = file.read_text()
    assert old in whole
    file.write_text(whole.replace(old, new, 1))
    try:
        return [str(problem) for problem in looked_at(project).problems]
    finally:
        file.write_text(whole)


def test_sources_as_they_are_have_no_error(project: Path) -> None:
    found = looked_at(project)

    assert found.problems == []
    assert found.digest == looked_at(project).digest


def test_an_import_that_fails_is_told_at_its_line(project: Path) -> None:
    (told,) = broken(
        project, "lambda_src/app/registry.py", "from cqrs import", "from cqrs import No,"
    )

    place, _, error = told.partition(": error: ")
    assert re.fullmatch(r"lambda_src/app/registry\.py:\d+:1", place)
    assert error.startswith("ImportError: cannot import name 'No' from 'cqrs'")


def test_a_key_that_is_refused_is_told_at_its_line(project: Path) -> None:
    file = project / "environments/local.toml"
    line = file.read_text().splitlines().index("wait_seconds = 60") + 1

    (told,) = broken(project, "environments/local.toml", "wait_seconds = 60", "wait_seconds = -1")

    assert told.startswith(f"environments/local.toml:{line}:1: error: command.wait_seconds: ")


def test_a_definition_that_leads_nowhere_is_told_at_its_function(project: Path) -> None:
    (told, *_) = broken(
        project, "stacks/app/country_report.py", "s.FAILED: fail(", '"elsewhere": fail('
    )

    assert told.startswith("stacks/app/country_report.py:1")
    assert "country-report" in told


def test_the_modules_that_the_stacks_read_are_known() -> None:
    modules = code_of_stacks(ROOT)

    assert "lambda_src/cqrs/settings.py" in modules
    assert "lambda_src/app/airports_by_country.py" not in modules


# Terraform's state


class Terraform:
    """A deployment's state, as Terraform keeps it."""

    environment = "local"

    def __init__(self) -> None:
        function = {"function_name": "f", "source_code_hash": OLD, "filename": _package(OLD)}
        self.document: dict[str, Any] = {
            "serial": 4,
            "resources": [
                {"mode": "data", "type": "aws_region", "instances": []},
                {
                    "mode": "managed",
                    "type": "aws_lambda_function",
                    "instances": [{"attributes": function}],
                },
            ],
        }

    @property
    def function(self) -> dict[str, Any]:
        attributes: dict[str, Any] = self.document["resources"][1]["instances"][0]["attributes"]
        return attributes

    def state(self) -> str:
        return json.dumps(self.document)

    def push_state(self, text: str) -> None:
        pushed = json.loads(text)
        if pushed["serial"] <= self.document["serial"]:
            raise ToolingError("It has become another one.")
        self.document = pushed


def _package(code_hash: str) -> str:
    return PACKAGE.format(base64.b64decode(code_hash).hex())


def test_code_past_terraform_is_unknown_to_it_until_it_is_recorded() -> None:
    terraform = Terraform()
    state = FunctionState(terraform, "f")  # type: ignore[arg-type] - what it uses of one

    state.forget_code()
    assert terraform.function["source_code_hash"] == UNKNOWN
    state.record_code(NEW)

    assert terraform.function["source_code_hash"] == NEW
    assert terraform.function["filename"] == _package(NEW)
    assert terraform.document["serial"] == 6


def test_a_state_that_somebody_else_has_written_is_read_again() -> None:
    terraform = Terraform()
    state = FunctionState(terraform, "f")  # type: ignore[arg-type]
    assert state.code_hash() == OLD
    terraform.document["serial"] = 9

    state.record_code(NEW)

    assert terraform.function["source_code_hash"] == NEW
    assert terraform.document["serial"] == 10


def test_a_function_that_is_not_deployed_is_said_to_be_missing() -> None:
    state = FunctionState(Terraform(), "g")  # type: ignore[arg-type]

    with pytest.raises(ToolingError, match="has no function g: deploy local first"):
        state.code_hash()


# Deployments


class Lambda:
    """Answers as Lambda does while it replaces code."""

    def __init__(self, *statuses: str) -> None:
        self._statuses = iter(statuses)

    def _answer(self, **_: object) -> dict[str, str]:
        return {"LastUpdateStatus": next(self._statuses), "LastUpdateStatusReason": "No key."}

    update_function_code = get_function_configuration = _answer


def test_code_is_waited_for_until_every_invocation_has_it() -> None:
    client = Lambda("InProgress", "InProgress", "Successful")

    FunctionCode(client, "f").put(Package(b"", NEW))

    with pytest.raises(StopIteration):
        client.get_function_configuration()


def test_code_that_lambda_refuses_is_told_with_its_reason() -> None:
    with pytest.raises(ToolingError, match=r"refuses the code of f: No key\."):
        FunctionCode(Lambda("InProgress", "Failed"), "f").put(Package(b"", NEW))


class Plans:
    """A deployment that plans, and notes whether it applied."""

    environment = "local"
    stack_folder: Path

    def __init__(self, *actions: str) -> None:
        self.actions = actions
        self.applied = False

    def initialise(self) -> None:
        """Nothing is to be prepared."""

    def plan_alone(self, *, believes_state: bool) -> str:  # noqa: ARG002 - as a deployment's
        messages = [{"type": "version"}] + [
            {"type": "planned_change", "change": {"action": action, "resource": {"addr": "a.b"}}}
            for action in self.actions
        ]
        return "\n".join(map(json.dumps, messages))

    def planned_document(self) -> str:
        values = {"actions": ["delete"], "before": {"name": "b"}, "after": None}
        change = {"address": "a.b", "type": "aws_dynamodb_table", "change": values}
        return json.dumps(
            {"format_version": "1.2", "planned_values": {}, "resource_changes": [change]}
        )

    def apply_planned(self) -> None:
        self.applied = True


@pytest.mark.parametrize("action", ["delete", "replace"])
def test_a_plan_that_takes_away_asks_and_tells_what_is_lost(action: str) -> None:
    plans, asked = Plans("update", action), []
    infrastructure = Infrastructure(
        plans,  # type: ignore[arg-type]
        asked.append,  # type: ignore[arg-type]
        asks_always=False,
    )

    assert not infrastructure.apply(infrastructure.plan())

    assert not plans.applied
    assert asked == [["a.b is destroyed, and all its items with it"]]


@pytest.mark.parametrize("asks_always", [True, False])
def test_another_plan_asks_on_aws_alone(asks_always: bool) -> None:
    plans, asked = Plans("create", "update", "noop"), []
    infrastructure = Infrastructure(
        plans,  # type: ignore[arg-type]
        lambda lines: asked.append(lines) or True,  # type: ignore[func-returns-value]
        asks_always=asks_always,
    )

    changes = infrastructure.plan()

    assert [str(change) for change in changes] == ["+ a.b", "~ a.b"]
    assert infrastructure.apply(changes)
    assert plans.applied
    assert asked == ([[]] if asks_always else [])


def test_what_is_applied_is_told_once_somebody_has_agreed() -> None:
    plans, told = Plans("delete"), []

    @contextmanager
    def under_way(text: str) -> Iterator[None]:
        told.append(text)
        yield
        assert plans.applied

    infrastructure = Infrastructure(
        plans,  # type: ignore[arg-type]
        lambda _: told.append("asked") or True,  # type: ignore[func-returns-value]
        asks_always=False,
        under_way=under_way,
    )

    assert infrastructure.apply(infrastructure.plan())
    assert told == ["asked", "Applying the plan"]


@pytest.mark.parametrize(("action", "is_applied"), [("delete", False), ("create", True)])
def test_the_first_deployment_asks_before_it_takes_away_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, is_applied: bool
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    plans = Plans(action)
    plans.stack_folder = tmp_path

    with nullcontext() if is_applied else pytest.raises(ToolingError, match="nothing is deployed"):
        _deploy_to_emulator(Report(), plans)  # type: ignore[arg-type]

    assert plans.applied is is_applied


# The screen


def test_a_terminal_shows_what_is_under_way_and_for_how_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def show(_: object) -> None:
        report = Report()
        with report.watching(), report.under_way(Topic.STACK, "Applying the plan"):
            report.line(Topic.STACK, "meanwhile")

    shown = on_terminal(monkeypatch, show, columns=100)

    assert re.search(r"stack Applying the plan\.\r?\n", shown)
    assert "Applying the plan, for 0 s" in shown


def test_a_pipe_gets_a_line_of_what_is_under_way(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    with report.watching(), report.under_way(Topic.STACK, "Planning"):
        pass

    assert capsys.readouterr().out.endswith("stack Planning.\n")


# Who may


def test_a_second_one_is_told_who_holds_the_environment(tmp_path: Path) -> None:
    with held("local", tmp_path):
        with pytest.raises(ToolingError, match=f"runs already: process {os.getpid()} of "):
            held("local", tmp_path).__enter__()
        with held("qa", tmp_path / "qa"):
            pass

    with held("local", tmp_path):
        pass


def test_a_protected_environment_allows_no_development(tmp_path: Path) -> None:
    (tmp_path / "team.toml").write_text(
        'application = "a"\naccount_id = "111111111111"\nregion = "ap-northeast-1"\n'
        "[development]\nenabled = true\n"
    )

    with pytest.raises(EnvironmentFileError, match="as deletion_protection is true"):
        load("team", tmp_path, to_be_deployed=False)


# The log


FAILED_STATE = {
    "level": "ERROR",
    "message": "Handler failed",
    "command": "AIRPORT#acme AIRPORT#KIX@2",
    "state": "sync_data",
    "tenant": "acme",
    "handler": "sync handler airports_by_country",
    "error": "KeyError",
    "reason": "'contry'",
    "fault": "app/airports_by_country.py:39 in show",
    "code": 'country = airport.attributes["contry"]',
    "traceback": (
        '  File "app/airports_by_country.py", line 39, in show\n'
        "    country = airport.attributes[\"contry\"]\nKeyError: 'contry'"
    ),
}
OF_WORKER = """Traceback (most recent call last):
  File "{folder}cqrs/application.py", line 186, in <lambda>
    lambda command: self.services.read_models.apply(name, command),
  File "{folder}app/airports_by_country.py", line 39, in show
    country = airport.attributes["contry"]
KeyError: 'contry'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "{folder}handler.py", line 35, in handler
    return application.handle(
cqrs.errors.SyncHandlerFailed: Sync handler airports_by_country: KeyError: 'contry'
"""
FOLDERS = ("/home/ann/clone/.tools/run/tmp/ministack-lambda-local-1/code/", "/var/task/")


def in_words() -> LogLines:
    return LogLines(ROOT, lambda words: f"cqrs explain {shlex.join(words)}")


def of_an_invocation(number: int, *told: dict[str, Any] | str) -> list[LogEvent]:
    """Events of one invocation, each line of what is printed by itself, as MiniStack has them."""
    request = f"{number:08d}-0000-0000-0000-000000000000"
    lines = [f"START RequestId: {request} Version: $LATEST"]
    for one in told:
        lines += [json.dumps(one)] if isinstance(one, dict) else one.splitlines()
    lines.append(f"END RequestId: {request}")
    return [LogEvent(number, f"stream-{number}", text, f"{number}-{text}") for text in lines]


def test_a_line_of_the_log_tells_what_it_is_about_and_none_is_of_debugging() -> None:
    about = {"command": "AIRPORT#acme AIRPORT#KIX@1", "state": "sync_data", "tenant": "acme"}
    task = {"task": "TASK#acme/report#1", "tenant": "acme"}
    called, said = {"level": "DEBUG", "message": "Called"}, {"level": "INFO", "message": "Sent"}

    told = in_words()([
        *of_an_invocation(1, {**called, **about}, "printed", {**said, **about, "n": 3}),
        *of_an_invocation(2, {**called, **task}, {**said, **task}),
    ])  # fmt: skip

    assert [*told] == [
        "printed AIRPORT#acme AIRPORT#KIX@1 in sync_data",
        "INFO Sent AIRPORT#acme AIRPORT#KIX@1 in sync_data n=3",
        "INFO Sent TASK#acme/report#1",
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_failure_tells_the_places_of_ones_own_code_once(folder: str) -> None:
    tell = in_words()
    raised = OF_WORKER.format(folder=folder)
    said = "ERROR Handler failed AIRPORT#acme AIRPORT#KIX@2 in sync_data "
    handler = "(sync handler airports_by_country)"

    assert [*tell(of_an_invocation(1, FAILED_STATE, raised))] == [
        f"{said}{handler}",
        "  lambda_src/app/airports_by_country.py:39: in show: KeyError: 'contry'",
        "  Why: cqrs explain 'AIRPORT#acme' 'AIRPORT#KIX@2'",
    ]
    again = [*tell([*of_an_invocation(2, FAILED_STATE), *of_an_invocation(3, FAILED_STATE)])]
    assert again == [
        f"{said}{handler}: KeyError: 'contry', the same as before, {times} times by now"
        for times in (2, 3)
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_failure_that_the_function_did_not_log_is_told_likewise(folder: str) -> None:
    tell = in_words()
    raised = OF_WORKER.format(folder=folder)

    first, again = ([*tell(of_an_invocation(number, raised))] for number in (1, 2))

    assert first == [
        "ERROR Invocation failed",
        "  lambda_src/app/airports_by_country.py:39: in show: KeyError: 'contry'",
    ]
    (line,) = again
    assert "KeyError: 'contry'" in line
    assert line.endswith(", the same as before, 2 times by now")


def test_lines_of_the_log_are_told_once_and_as_they_read() -> None:
    entry = json.dumps({"level": "INFO", "message": "Published", "timestamp": "now"})
    events = [
        {"timestamp": 1, "message": "START RequestId: 1\n"},
        {"timestamp": 2, "message": f"{entry}\n", "eventId": "1"},
        {"timestamp": 3, "message": '{"_aws": {}}'.replace(": {", ":{")},
        {"timestamp": 4, "message": "plain\ntext\n"},
    ]
    pages = SimpleNamespace(paginate=lambda **_: [{"events": events}])
    log = FunctionLog(SimpleNamespace(get_paginator=lambda _: pages), "group", in_words())

    assert [*log()] == ["INFO Published", "plain", "text"]
    assert [*log()] == []
