"""A team's clone with work of its own, and a newer version of the project for it to take."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.integration.guide import Change, Create, Step, steps
from tooling.paths import ROOT

DOCS = ROOT / "docs"
UPGRADING = (DOCS / "upgrading.md").read_text(encoding="utf-8")
FOLDERS = tuple(re.findall(r"^\| `([^`]+/)` \|", UPGRADING, re.MULTILINE))
"""What belongs to the team, as the page says."""

NEWER = "9.0.0"
FACE = "lambda_src/cqrs/__init__.py"
REGISTERED = "lambda_src/app/__init__.py"
COMMENT = "# A newer version.\n"


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


def is_taken(team: Repository, upstream: Repository, ours: list[str]) -> bool:
    """Whether a clone is as the newer version is, and still has what is its own."""
    same = all(
        (team.folder / name).read_bytes() == (upstream.folder / name).read_bytes()
        for name in upstream.files()
        if not is_the_teams(name)
    )
    registered = (team.folder / REGISTERED).read_text(encoding="utf-8")
    has_both = registered.startswith(COMMENT) and "books_by_author" in registered
    is_clean = team.git("status", "--porcelain") == ""
    return same and has_both and is_clean and set(ours) <= set(team.files())
