"""docs/custom-workflow.md, followed word for word in a copy of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.following import LONGEST_COMMAND_SECONDS, create, follow
from tests.integration.guide import Create, steps
from tests.integration.project_copy import ProjectCopy, copy_project, entered_by_all
from tooling.localstack.suite import ENDPOINT_VARIABLE
from tooling.paths import ROOT

DOCUMENT = ROOT / "docs" / "custom-workflow.md"

pytestmark = pytest.mark.skipif(
    bool(os.environ.get(ENDPOINT_VARIABLE)), reason="the guide starts an emulator of its own"
)


@pytest.fixture
def project() -> Iterator[ProjectCopy]:
    with entered_by_all() as folder:
        copied = copy_project(folder / "clone")
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
    # A statement about a folder holds for the one beside the configuration.
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    config = ["--no-cache", str(tmp_path)]
    for command in (["check"], ["format", "--check"]):
        checked = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *config],
            capture_output=True,
            check=False,
            text=True,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
