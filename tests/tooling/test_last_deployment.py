"""When a deployment is left out: only if nothing that counts has changed since the last one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stacks.environment.file import load
from tooling.deployment import Deployment
from tooling.last_deployment import LastDeployment

THERE = {"function": "revision-1", "tagged": ["arn:aws:sqs:r:1:q"]}


class Last(LastDeployment):
    """The last deployment to an emulator that is not asked."""

    there: Any = THERE

    def _there(self) -> Any:
        return self.there


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    state.mkdir()
    (state / "terraform.local.tfstate").write_text("{}")
    return tmp_path


@pytest.fixture
def last(folder: Path) -> Last:
    deployment = Deployment("local", "http://127.0.0.1:1", folder)
    return Last(deployment, load("local", to_be_deployed=False))


def test_without_a_note_there_is_a_deployment(last: Last) -> None:
    assert not last.is_current()


def test_if_all_is_as_it_was_there_is_none(last: Last) -> None:
    last.remember()

    assert last.is_current()


@pytest.mark.parametrize("there", [None, {**THERE, "function": "revision-2"}, {}])
def test_what_the_emulator_has_lost_or_changed_or_does_not_tell_is_deployed(
    last: Last, there: Any
) -> None:
    last.remember()
    last.there = there

    assert not last.is_current()


def test_what_cannot_be_told_is_not_noted(last: Last) -> None:
    last.there = None

    last.remember()

    last.there = THERE
    assert not last.is_current()


def test_another_state_of_terraform_is_deployed(last: Last, folder: Path) -> None:
    last.remember()
    (folder / "state" / "terraform.local.tfstate").write_text('{"serial": 2}')

    assert not last.is_current()


def test_other_variables_are_deployed(last: Last, monkeypatch: pytest.MonkeyPatch) -> None:
    last.remember()
    monkeypatch.setenv("TF_VAR_size", "2")

    assert not last.is_current()


def test_what_was_broken_off_is_deployed(last: Last, folder: Path) -> None:
    last.remember()
    last.forget()
    assert not last.is_current()

    (folder / "deployed.json").write_text("{")
    assert not last.is_current()


def test_an_environment_elsewhere_is_always_deployed() -> None:
    last = Last(Deployment("local", "http://127.0.0.1:1"), load("local", to_be_deployed=False))

    last.remember()

    assert not last.is_current()
