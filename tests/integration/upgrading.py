"""A team's clone with work of its own, and a newer version of the project for it to take."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from tests.integration.guide import Change, Create, Step, steps
from tooling.paths import ROOT

DOCS = ROOT / "docs"
UPGRADING = (DOCS / "upgrading.md").read_text(encoding="utf-8")
FOLDERS = tuple(re.findall(r"^\| `([^`]+/)` \|", UPGRADING, re.MULTILINE))
"""The team's folders, as the page says."""

NEWER = "9.0.0"
FACE = "lambda_src/cqrs/__init__.py"
HEAD = "# A newer version.\n"
COMMENT = "# Added in the place where the team adds lines.\n"


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
    """The files that a page tells to write, and to leave so."""
    for step in steps((DOCS / page).read_text(encoding="utf-8")):
        if isinstance(step, Create) or (isinstance(step, Change) and not step.is_for_a_moment):
            yield step


PICTURES = (".png", ".ico")


def is_the_teams(name: str) -> bool:
    return name.startswith(FOLDERS)


def all_changed(upstream: Repository, team: Repository, ours: list[str]) -> None:
    """Make a newer version: every file differs, also at lines that the team adds to."""
    for name in changed_by_both(upstream, ours):
        file = upstream.folder / name
        before, theirs = lines(file), lines(team.folder / name)
        places = {
            start
            for change, start, _, _, _ in SequenceMatcher(None, before, theirs).get_opcodes()
            if change == "insert"
        }
        assert places, name
        text = "".join(COMMENT * (at in places) + line for at, line in enumerate(before))
        file.write_text(text, encoding="utf-8")
    for name in upstream.files():
        file = upstream.folder / name
        if name.endswith(PICTURES):
            file.write_bytes(file.read_bytes() + b"\0")
            continue
        text = file.read_text(encoding="utf-8")
        if name.endswith(".py"):
            text = HEAD + text
        else:
            text += "\n" if name.endswith((".json", ".lock")) else f"\n{HEAD}"
        file.write_text(text, encoding="utf-8")
    face = upstream.folder / FACE
    text, times = re.subn(
        r'(__version__ = )"[^"]+"', rf'\1"{NEWER}"', face.read_text(encoding="utf-8")
    )
    assert times == 1
    face.write_text(text, encoding="utf-8")
    upstream.commit("Change everything")


def changed_by_both(upstream: Repository, ours: list[str]) -> list[str]:
    """Files of the project that the team has changed."""
    return [name for name in ours if name in set(upstream.files())]


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines(keepends=True)


def cloned(folder: Path, target: Path) -> tuple[Repository, Repository]:
    """The team's clone, made of a copy of the project, and where it comes from."""
    team = Repository(folder)
    team.git("init", "--quiet", "--initial-branch", "main")
    team.name_the_author().commit("As it was cloned")
    team.git("clone", "--quiet", str(folder), str(target))
    return team, Repository(target).name_the_author()


def is_taken(team: Repository, upstream: Repository, ours: list[str]) -> bool:
    """Whether a clone is as the newer version is, and still has what is its own."""
    same = all(
        (team.folder / name).read_bytes() == (upstream.folder / name).read_bytes()
        for name in upstream.files()
        if not is_the_teams(name)
    )
    both = [(team.folder / name).read_text() for name in changed_by_both(upstream, ours)]
    kept = all(HEAD in text and COMMENT not in text for text in both)
    is_clean = team.git("status", "--porcelain") == ""
    return same and bool(both) and kept and is_clean and set(ours) <= set(team.files())
