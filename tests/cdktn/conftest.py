"""One copy of the sources, synthesised with cdktf and then, as the page says, with cdktn."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from stacks.environment_files import names
from tests.cdktn.comparison import Configuration
from tooling.child_environment import without_aws_access
from tooling.paths import ROOT, TOOLS

SOURCES = ("cli", "environments", "lambda_src", "stacks", "main.py")
BINDINGS = Path("stacks") / "bindings.py"
UPGRADING = ROOT / "docs" / "upgrading.md"

DECLARATIONS = """\
\"\"\"One resource of each kind that an application may have, to compare them all.\"\"\"

from stacks.declarations import bucket, queue, schedule, table, topic

queue("compared-queue")
table("compared-table", stream=True)
topic("compared-topic")
bucket("compared-bucket", imports=True)
schedule("compared-schedule", "rate(1 day)")
"""


@dataclass(frozen=True)
class Pair:
    """An environment as cdktf synthesises it, and as cdktn does."""

    before: Configuration
    after: Configuration


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pair]:
    """Every environment of the project, by its name."""
    # Both in one folder: paths are a part of what is synthesised.
    folder = tmp_path_factory.mktemp("project")
    for name in SOURCES:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (folder / "stacks" / "app" / "compared.py").write_text(DECLARATIONS, encoding="utf-8")
    packages = list((TOOLS / "cdktn" / "lib").glob("python*/site-packages"))
    assert packages, "cdktn is not installed: run make test-cdktn"
    before = synthesised(folder, folder / "cdktf", [])
    move_to_cdktn(folder / BINDINGS)
    after = synthesised(folder, folder / "cdktn", packages)
    return {name: Pair(before[name], after[name]) for name in names()}


def move_to_cdktn(bindings: Path) -> None:
    """Change the roots of the imports to those that the page names."""
    page = UPGRADING.read_text(encoding="utf-8")
    ((today, then),) = re.findall(r"^\| imports \|(.+)\|(.+)\|$", page, re.MULTILINE)
    text = bindings.read_text(encoding="utf-8")
    for before, after in zip(
        *(re.findall(r"`(\w+)`", cell) for cell in (today, then)), strict=True
    ):
        text, times = re.subn(rf"\b{before}\b", after, text)
        assert times, before
    bindings.write_text(text, encoding="utf-8")


def synthesised(folder: Path, output: Path, packages: list[Path]) -> dict[str, Configuration]:
    """Synthesise all environments, with some packages before the project's own."""
    inherited = {
        name: value
        for name, value in without_aws_access(os.environ).items()
        if not name.startswith(("CDKTF_", "CQRS_", "PYTHON"))
    }
    paths = [folder / "lambda_src", *packages]
    outcome = subprocess.run(
        [sys.executable, "main.py"],
        cwd=folder,
        env=inherited
        | {
            "CDKTF_OUTDIR": str(output),
            "CQRS_SOURCE_ONLY": "1",
            "PYTHONPATH": os.pathsep.join(str(path) for path in paths),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stdout
    stacks = {stack.name: stack / "cdk.tf.json" for stack in (output / "stacks").iterdir()}
    assert sorted(stacks) == names()
    return {name: json.loads(file.read_text(encoding="utf-8")) for name, file in stacks.items()}
