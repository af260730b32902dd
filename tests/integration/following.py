"""Doing in a copy of the project what a document says."""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic

from tests.integration.guide import Change, Command, Create, Step
from tests.integration.project_copy import ProjectCopy

LONGEST_COMMAND_SECONDS = 600


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
