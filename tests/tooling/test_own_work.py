"""Work of a team's own, written as the pages say, touches nothing of the project and is merged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.following import follow, run
from tests.integration.guide import Command, steps
from tests.integration.project_copy import ProjectCopy, copy_project
from tests.integration.upgrading import (
    FOLDERS,
    UPGRADING,
    Repository,
    all_changed,
    changed_by_both,
    cloned,
    is_taken,
    is_the_teams,
    written,
)
from tooling.paths import ROOT

PAGES = ("custom-workflow.md", "environments.md", "read-models.md")


class Team:
    """A clone with work of its own, and what it came from."""

    def __init__(self, folder: Path) -> None:
        self.project: ProjectCopy = copy_project(folder / "clone")
        self.clone, self.upstream = cloned(self.project.folder, folder / "upstream")
        begun = self.clone.git("rev-parse", "HEAD").strip()
        for page in PAGES:
            for step in written(page):
                follow(self.project, step, [])
        self.clone.commit("Add what is ours")
        self.ours = self.clone.git("diff", "--name-only", begun, "HEAD").splitlines()

    def merge(self, *, with_driver: bool) -> None:
        """Do what the page says with git."""
        for step in steps(UPGRADING):
            assert isinstance(step, Command)
            if step.command.startswith("git ") and ("config" not in step.command or with_driver):
                run(self.project, step.at(self.upstream.folder))


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def conflicts(clone: Repository) -> list[str]:
    return clone.git("diff", "--name-only", "--diff-filter=U").split()


def test_the_page_names_the_folders_that_git_merges_so():
    attributes = (ROOT / ".gitattributes").read_text(encoding="utf-8")

    assert len(FOLDERS) > 3
    assert tuple(re.findall(r"^(\S+/)\*\* merge=own$", attributes, re.MULTILINE)) == FOLDERS


def test_own_work_touches_nothing_of_the_project(team):
    assert [path for path in team.ours if not is_the_teams(path)] == []
    assert {next(f for f in FOLDERS if path.startswith(f)) for path in team.ours} == set(FOLDERS)


def test_a_version_that_has_changed_every_file_is_merged(team):
    all_changed(team.upstream, team.clone, team.ours)

    team.merge(with_driver=True)

    assert conflicts(team.clone) == []
    assert is_taken(team.clone, team.upstream, team.ours)


def test_without_its_driver_git_asks_about_lines_that_both_changed(team):
    all_changed(team.upstream, team.clone, team.ours)

    with pytest.raises(AssertionError, match="CONFLICT"):
        team.merge(with_driver=False)

    assert conflicts(team.clone) == changed_by_both(team.upstream, team.ours)
