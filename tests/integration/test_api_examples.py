"""All blocks of docs/api.md that a reader may follow, in their order, in a shell that keeps all."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.integration.closures import waiting
from tests.integration.deployed import Deployed, wait_for
from tests.integration.guide import OTHERS, Command, commands
from tests.integration.http_client import skip_without_api
from tooling.paths import ROOT

GUIDE = ROOT / "docs" / "api.md"
FOLLOWED = ("## Try it", "## Calling")
"""The parts of the page whose blocks follow from one another."""

DEPLOYED = "make up"
TENANT = "acme"
"""That of the page; the test has one of its own."""

STATUS = re.compile(r"^HTTP/[\d.]+ (\d{3})", re.MULTILINE)
ASSIGNED = re.compile(r"^(\w+)=")

SHELL = """
set -a
curl() { command curl -sS -w '%{stderr}HTTP/1 %{http_code}\n' "$@" | tr -d '\r'; }
COMMAND
env -0 > "$KEPT"
"""
"""Runs a command, tells the statuses of its requests beside what it prints, and keeps what it has
assigned."""


@dataclass
class Reader:
    """Somebody who copies the blocks into a shell.

    Attributes
    ----------
    folder
        The shell's, which has what a clone has.
    variables
        The shell's.
    names
        Names of the page, and those that the deployment has in their place.
    """

    folder: Path
    variables: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)

    def follow(self, command: Command) -> None:
        """Run a command, again while what it reads is not there yet."""
        shown = [self._here(line) for line in command.shown]
        text = self._here(command.command)
        reads = " -X " not in text
        expected = STATUS.search("\n".join(shown))
        assigned = ASSIGNED.match(text)

        def answer() -> str | None:
            printed, statuses = self._run(text)
            if "404" in statuses and reads and expected is None:
                return None
            if assigned and self.variables[assigned[1]] == "null":
                return None
            for status in statuses:
                wanted = expected[1] if expected else "2.."
                assert re.fullmatch(wanted, status), f"{text}\n{status}\n{printed}"
            return printed

        printed = wait_for(answer, text)
        for line in shown:
            self._compare(line, printed)

    def _compare(self, shown: str, printed: str) -> None:
        if STATUS.match(shown):
            return
        if not shown.startswith("{"):
            self._compare_text(shown, printed)
            return
        told = json.loads(printed.splitlines()[-1])
        members = re.findall(r'"(\w+)":("[^"]*"|\w+|\[\])', shown)
        assert members
        for name, text in members:
            value = [] if text == "[" else json.loads(text)
            if str(value).endswith(OTHERS) or name in {"id", "name"}:
                assert told[name] or name not in {"id", "name"}
            elif name in told and told[name] != value:
                raise AssertionError(f"{shown}\n{printed}")

    def _compare_text(self, shown: str, printed: str) -> None:
        """A line as it is shown, but for the ULID in an id."""
        form = re.sub(r"[0-9A-Z]{26}", "[0-9A-Z]{26}", re.escape(shown))
        assert any(re.fullmatch(form, line) for line in printed.splitlines()), f"{shown}\n{printed}"

    def _here(self, text: str) -> str:
        for name, real in self.names.items():
            text = text.replace(name, real)
        return text

    def _run(self, command: str) -> tuple[str, list[str]]:
        kept = self.folder / "kept"
        ended = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", SHELL.replace("COMMAND", command)],
            cwd=self.folder,
            env={**os.environ, **self.variables, "KEPT": str(kept)},
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
        told = kept.read_text("utf-8").split("\0")
        self.variables.update(one.split("=", 1) for one in told if "=" in one)
        return ended.stdout, STATUS.findall(ended.stderr)


def followed() -> list[Command]:
    """The commands of the page that follow from one another."""
    parts = re.split(r"^(?=## )", GUIDE.read_text("utf-8"), flags=re.MULTILINE)
    chosen = [part for part in parts if part.startswith(FOLLOWED)]
    assert len(chosen) == len(FOLLOWED)
    return [one for part in chosen for one in commands(part)]


@pytest.fixture
def reader(deployed: Deployed, tenant: str, tmp_path: Path) -> Iterator[Reader]:
    skip_without_api(deployed)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    with waiting(deployed, 900):
        yield Reader(tmp_path, {"AWS_ENDPOINT_URL": deployed.endpoint}, {TENANT: tenant})


def test_the_blocks_run_one_after_the_other(reader: Reader) -> None:
    first, *others = followed()
    assert first.command == DEPLOYED
    assert len(others) > 40

    for command in others:
        reader.follow(command)
