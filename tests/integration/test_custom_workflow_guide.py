"""docs/custom-workflow.md, followed word for word in a copy of the project."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.integration.guide import Change, Command, Create, Step, steps
from tests.integration.project_copy import ProjectCopy, copy_project
from tooling.localstack import ENDPOINT_VARIABLE
from tooling.paths import ROOT

DOCUMENT = ROOT / "docs" / "custom-workflow.md"
LONGEST_COMMAND_SECONDS = 600

pytestmark = pytest.mark.skipif(
    bool(os.environ.get(ENDPOINT_VARIABLE)), reason="the guide starts an emulator of its own"
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProjectCopy]:
    copied = copy_project(tmp_path / "clone")
    yield copied
    copied.run("make down", LONGEST_COMMAND_SECONDS)


def test_the_guide_can_be_followed(project: ProjectCopy):
    undo: list[tuple[Path, str]] = []
    for step in steps(DOCUMENT.read_text(encoding="utf-8")):
        follow(project, step, undo)

    assert undo == []


def test_what_the_guide_has_written_is_in_the_house_style(tmp_path: Path):
    for step in steps(DOCUMENT.read_text(encoding="utf-8")):
        if isinstance(step, Create):
            create(tmp_path, step)
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache", str(tmp_path)]
    for command in (["check"], ["format", "--check"]):
        checked = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *config],
            capture_output=True,
            check=False,
            text=True,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr


def follow(project: ProjectCopy, step: Step, undo: list[tuple[Path, str]]) -> None:
    if isinstance(step, Create):
        create(project.folder, step)
    elif isinstance(step, Change):
        file = project.folder / step.path
        before = file.read_text()
        file.write_text(step.applied_to(before))
        if step.is_for_a_moment:
            undo.append((file, before))
    else:
        run(project, step)
        while undo:
            file, before = undo.pop()
            file.write_text(before)


def create(folder: Path, step: Create) -> None:
    file = folder / step.path
    assert not file.exists(), f"{step.path} is there already"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(step.content)


def run(project: ProjectCopy, step: Command) -> None:
    started = monotonic()
    ended = project.run(step.command, LONGEST_COMMAND_SECONDS)
    sys.stdout.write(f"{monotonic() - started:6.1f} s  {step.command}\n")

    told = f"$ {step.command}\n{ended.stdout}"
    assert (ended.returncode != 0) == step.fails, told
    assert "Installing" not in ended.stdout, f"Set-up does not know the copy's parts:\n{told}"
    assert step.missing_from(ended.stdout) is None, f"{step.missing_from(ended.stdout)}\n{told}"
