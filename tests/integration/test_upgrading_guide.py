"""A team with work of its own takes a newer version, as docs/upgrading.md says.

The work is what other pages tell to write. The newer version has changed every file.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.integration.following import LONGEST_COMMAND_SECONDS, follow, run
from tests.integration.guide import Change, Command, Create, Step, steps
from tests.integration.project_copy import ProjectCopy, copy_project, stamp_as_set_up
from tooling.localstack import ENDPOINT_VARIABLE
from tooling.paths import ROOT

DOCS = ROOT / "docs"
UPGRADING = (DOCS / "upgrading.md").read_text(encoding="utf-8")
FOLDERS = tuple(re.findall(r"^\| `([^`]+/)` \|", UPGRADING, re.MULTILINE))
"""What belongs to the team, as the page says."""

ADDRESS = "URL"
"""Stands in the page for where the project comes from."""

NEWER = "9.0.0"
FACE = "lambda_src/cqrs/__init__.py"
REGISTERED = "lambda_src/app/__init__.py"
COMMENT = "# A newer version.\n"

pytestmark = pytest.mark.skipif(
    bool(os.environ.get(ENDPOINT_VARIABLE)), reason="the guide starts an emulator of its own"
)


@dataclass(frozen=True)
class Repository:
    """A clone."""

    folder: Path

    def git(self, *arguments: str) -> str:
        return self.ended(*arguments, check=True).stdout

    def ended(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        command = ["git", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=check)

    def commit(self, subject: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)
        return self.git("rev-parse", "HEAD").strip()

    def name_the_author(self) -> Repository:
        self.git("config", "user.name", "Somebody")
        self.git("config", "user.email", "somebody@example.com")
        return self

    def files(self) -> list[str]:
        return [name for name in self.git("ls-files", "-z").split("\0") if name]


def written(page: str) -> Iterator[Step]:
    """What a page tells to write, and to leave so."""
    for step in steps((DOCS / page).read_text(encoding="utf-8")):
        if isinstance(step, Create) or (isinstance(step, Change) and not step.is_for_a_moment):
            yield step


def is_the_teams(name: str) -> bool:
    return name.startswith(FOLDERS)


def all_changed(upstream: Repository) -> None:
    """Make a newer version: every file differs, some where teams add lines too."""
    for name in upstream.files():
        file = upstream.folder / name
        text = file.read_text(encoding="utf-8")
        if name.endswith(".py"):
            text = COMMENT + text
        else:
            text += "\n" if name.endswith((".json", ".lock")) else f"\n{COMMENT}"
        file.write_text(text, encoding="utf-8")
    changed(upstream.folder / FACE, r'(__version__ = )"[^"]+"', rf'\1"{NEWER}"')
    sample = upstream.folder / "lambda_src" / "app" / "carriers.py"
    sample.write_text('"""A further sample."""\n', encoding="utf-8")
    changed(upstream.folder / REGISTERED, "( *)country_report,", r"\1carriers,\n\1country_report,")
    upstream.commit("Change everything")


def changed(file: Path, pattern: str, replacement: str) -> None:
    text, times = re.subn(pattern, replacement, file.read_text(encoding="utf-8"))
    assert times == 1
    file.write_text(text, encoding="utf-8")


def cloned(folder: Path, target: Path) -> tuple[Repository, Repository]:
    """The team's clone, made of a copy of the project, and where it comes from."""
    team = Repository(folder)
    team.git("init", "--quiet", "--initial-branch", "main")
    team.name_the_author().commit("As it was cloned")
    team.git("clone", "--quiet", str(folder), str(target))
    return team, Repository(target).name_the_author()


def wrong(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if not is_the_teams(path)]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProjectCopy]:
    copied = copy_project(tmp_path / "clone")
    yield copied
    copied.run("make down", LONGEST_COMMAND_SECONDS)


def test_the_page_names_the_folders_that_git_merges_so():
    attributes = (ROOT / ".gitattributes").read_text(encoding="utf-8")

    assert len(FOLDERS) > 3
    marked = re.findall(r"^(\S+/)\*\* merge=own$", attributes, re.MULTILINE)
    assert tuple(marked) == FOLDERS


def test_own_work_touches_nothing_of_the_project_and_merges(project: ProjectCopy, tmp_path: Path):
    team, upstream = cloned(project.folder, tmp_path / "upstream")
    begun = team.git("rev-parse", "HEAD").strip()
    for step in written("custom-workflow.md"):
        follow(project, step, [])
    for page in ("environments.md", "read-models.md"):
        for step in steps((DOCS / page).read_text(encoding="utf-8")):
            follow(project, step, [])
    team.commit("Add what is ours")
    ours = team.git("diff", "--name-only", begun, "HEAD").splitlines()
    assert len(ours) > 8
    assert wrong(ours) == []

    all_changed(upstream)
    for step in steps(UPGRADING):
        assert isinstance(step, Command)
        if step.command == "make up":
            before = project.run(".venv/bin/cqrs env", LONGEST_COMMAND_SECONDS).stdout
            assert f"is deployed, and this clone is version {NEWER}. `make up`" in before
        run(project, replace(step, command=step.command.replace(ADDRESS, str(upstream.folder))))
        if step.command.startswith("git merge"):
            stamp_as_set_up(project.folder)

    assert team.git("status", "--porcelain") == ""
    for name in upstream.files():
        if not is_the_teams(name):
            assert (team.folder / name).read_bytes() == (upstream.folder / name).read_bytes()
    assert set(ours) <= set(team.files())
    registered = (team.folder / REGISTERED).read_text(encoding="utf-8")
    assert registered.startswith(COMMENT)
    assert "books_by_author" in registered
    shown = json.loads(project.run(".venv/bin/cqrs --json env", LONGEST_COMMAND_SECONDS).stdout)
    assert (shown["deployed_version"], shown["mismatch"]) == (NEWER, None)
    listed = project.run(
        ".venv/bin/cqrs get 'BOOKS_BY_Ende#acme' 'BOOK#momo'", LONGEST_COMMAND_SECONDS
    )
    assert "Momo" in listed.stdout


def test_without_the_second_line_git_asks_about_lines_that_both_changed(tmp_path: Path):
    copied = copy_project(tmp_path / "clone")
    team, upstream = cloned(copied.folder, tmp_path / "upstream")
    for step in written("read-models.md"):
        follow(copied, step, [])
    team.commit("Add what is ours")
    all_changed(upstream)
    team.git("fetch", "--quiet", str(upstream.folder), "main")

    merged = team.ended("merge", "FETCH_HEAD")

    assert merged.returncode == 1
    assert team.git("diff", "--name-only", "--diff-filter=U").split() == [REGISTERED]
