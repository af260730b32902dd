"""The hooks of git check what ``make lint`` checks, and keep a commit out that fails it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.integration.project_copy import copy_project
from tooling.paths import ROOT

CONFIG = ROOT / ".pre-commit-config.yaml"
WRONG = "import os\n"
RIGHT = '"""A module."""\n'


def lint() -> list[str]:
    """Commands of ``make lint``."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert found
    return [line.removeprefix("\t@").replace("$(PYTHON)", ".venv/bin/python")
            for line in found[1].splitlines()]  # fmt: skip


def test_they_run_what_make_lint_runs():
    (repository,) = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["repos"]

    assert repository["repo"] == "local"
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
    # Files are named by pre-commit in the place of the whole folder.
    assert [hook["entry"] for hook in repository["hooks"]] == [
        command.removesuffix(" .") for command in lint()
    ]


class Clone:
    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self._variables = {**os.environ, "PRE_COMMIT_HOME": str(cache), "HOME": str(cache)}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self._variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def committed(self, name: str, content: str) -> subprocess.CompletedProcess[str]:
        (self.folder / name).write_text(content, encoding="utf-8")
        self.run("git", "add", name)
        author = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
        return self.run("git", *author, "commit", "--message", f"Add {name}")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    folder = tmp_path_factory.mktemp("hooks")
    cache = folder / "cache"
    cache.mkdir()
    made = Clone(copy_project(folder / "clone").folder, cache)
    made.run("git", "init", "--quiet")
    made.run("git", "add", "--all")
    return made


def test_the_project_passes_them(clone):
    ran = clone.run(".venv/bin/python", "-m", "pre_commit", "run", "--all-files")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("Passed") == 5


def test_a_commit_that_fails_one_is_kept_out(clone):
    installed = clone.run(".venv/bin/python", "-m", "pre_commit", "install")
    assert installed.returncode == 0, installed.stderr

    refused = clone.committed("cli/wrong.py", WRONG)

    assert refused.returncode == 1
    assert "F401" in refused.stdout + refused.stderr
    clone.run("git", "rm", "--force", "--quiet", "cli/wrong.py")
    taken = clone.committed("cli/right.py", RIGHT)
    assert taken.returncode == 0, taken.stdout + taken.stderr
