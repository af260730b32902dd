"""A team with work of its own takes a newer version, as docs/upgrading.md says.

The work is what other pages tell to write, and is at work on the emulator before and after.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.following import LONGEST_COMMAND_SECONDS, follow, run
from tests.integration.guide import Command, steps
from tests.integration.project_copy import ProjectCopy, copy_project, stamp_as_set_up
from tests.integration.upgrading import (
    DOCS,
    NEWER,
    UPGRADING,
    all_changed,
    cloned,
    is_taken,
    is_the_teams,
    written,
)
from tooling.localstack.suite import ENDPOINT_VARIABLE

pytestmark = pytest.mark.skipif(
    bool(os.environ.get(ENDPOINT_VARIABLE)), reason="the guide starts an emulator of its own"
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProjectCopy]:
    copied = copy_project(tmp_path / "clone")
    yield copied
    copied.run("make down", LONGEST_COMMAND_SECONDS)


def test_a_newer_version_is_taken(project: ProjectCopy, tmp_path: Path):
    def told(command: str) -> str:
        return project.run(f".venv/bin/cqrs {command}", LONGEST_COMMAND_SECONDS).stdout

    team, upstream = cloned(project.folder, tmp_path / "upstream")
    begun = team.git("rev-parse", "HEAD").strip()
    for step in written("custom-workflow.md"):
        follow(project, step, [])
    for page in ("environments.md", "read-models.md"):
        for step in steps((DOCS / page).read_text(encoding="utf-8")):
            follow(project, step, [])
    team.commit("Add what is ours")
    ours = team.git("diff", "--name-only", begun, "HEAD").splitlines()
    assert all(is_the_teams(path) for path in ours)

    all_changed(upstream, team, ours)
    for step in steps(UPGRADING):
        assert isinstance(step, Command)
        if step.command == "make up":
            mismatch = f"is deployed, and this clone is version {NEWER}. `make up`"
            assert mismatch in told("env")
        run(project, step.at(upstream.folder))
        if step.command.startswith("git merge"):
            stamp_as_set_up(project.folder)

    assert is_taken(team, upstream, ours)
    shown = json.loads(told("--json env"))
    assert (shown["deployed_version"], shown["mismatch"]) == (NEWER, None)
    assert "Momo" in told("get 'BOOKS_BY_Ende#acme' 'BOOK#momo'")
