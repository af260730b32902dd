"""Failing tests, disagreements and a cleaning that fails, and how a run ends by them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.deployed.connection import Connection, connect
from cli.deployed.place import Place
from stacks.environment.file import load
from tooling.errors import ToolingError
from tooling.verification import run
from tooling.verification.assumptions import Subject, assumptions
from tooling.verification.cleaning import Found
from tooling.verification.suite import run_tests


class Stage:
    """A run without an environment: what happens is said beforehand."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        patch.setattr(run, "ROOT", folder)
        patch.setattr(run, "FOLDER", folder / "verify")
        patch.setattr(run, "run_tests", lambda *_: self.tests())
        patch.setattr(run, "Observer", lambda *_: self)
        patch.setattr(run, "Cleaner", lambda *_: self)
        self.connection: Connection = connect("local", None)
        assumed = assumptions(self.connection.environment)
        self.seen = {subject: min(one.values) for subject, one in assumed.items()}
        self.tests: Callable[[], bool] = lambda: True
        self.left = Found()
        self.cleaned = 0
        self._reports = folder / "verify"

    def observe(self) -> dict[Subject, str]:
        return self.seen

    def clean(self) -> tuple[int, Found]:
        self.cleaned += 1
        return 3, self.left

    @property
    def report(self) -> str:
        (file,) = self._reports.glob("local-*Z.md")
        return file.read_text()

    def carry_out(self, tests: str = "") -> str:
        told: list[str] = []
        clients: Any = self.connection.services.clients
        run.Run(self.connection, clients, Path("outputs.json"), told.append).carry_out(tests)
        return "\n".join(told)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stage:
    return Stage(monkeypatch, tmp_path)


def test_a_run_that_finds_nothing_wrong_says_so(stage: Stage):
    told = stage.carry_out()

    assert "local is verified" in told
    assert "Removed 3 items and objects" in told
    assert "finds nothing" in told
    assert "| no |" not in stage.report


def test_a_disagreement_fails_the_run_with_a_sentence(stage: Stage):
    stage.seen[Subject.STATE_TIMEOUT] = "States.Late"

    with pytest.raises(ToolingError, match=r"takes States.Timeout for granted, and States.Late"):
        stage.carry_out()

    assert stage.cleaned == 1
    assert "| States.Timeout | States.Late | no |" in stage.report


def test_failing_tests_fail_the_run_and_what_is_seen_is_told_all_the_same(stage: Stage):
    stage.tests = lambda: False

    with pytest.raises(ToolingError, match="Tests failed"):
        stage.carry_out()

    assert stage.cleaned == 1
    assert str(Subject.CONTEXT) in stage.report


def test_a_run_that_is_broken_off_is_cleaned_up_after(stage: Stage):
    def interrupted() -> bool:
        raise KeyboardInterrupt

    stage.tests = interrupted

    with pytest.raises(KeyboardInterrupt):
        stage.carry_out()

    assert stage.cleaned == 1
    assert "- The run was broken off by KeyboardInterrupt." in stage.report


def test_a_report_says_which_tests_ran(stage: Stage):
    stage.carry_out("commands")

    assert "- Only the tests that fit 'commands' ran." in stage.report


def test_an_expression_that_fits_no_test_is_told(tmp_path: Path):
    place = Place(load("local", variables={}), None)

    with pytest.raises(ToolingError, match="No test that may run there fits 'no_such_test'"):
        run_tests(place, tmp_path / "outputs.json", "verify0", "no_such_test")


def test_what_is_left_fails_the_run(stage: Stage):
    stage.left = Found({"local-cqrs-data": [{"pk": {"S": "A#b"}, "sk": {"S": "c"}}]}, [])

    with pytest.raises(ToolingError, match="Something of the run is left: 1 in local-cqrs-data"):
        stage.carry_out()


def test_a_cleaning_that_fails_hides_no_other_failure(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    def clean() -> tuple[int, Found]:
        raise OSError("no way to AWS")

    monkeypatch.setattr(stage, "clean", clean)
    stage.tests = lambda: False

    with pytest.raises(ToolingError, match=r"Tests failed.*Cleaning up failed.*no way to AWS"):
        stage.carry_out()
