"""The ``cqrs`` command as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.deployed import PATIENCE
from tests.unit.terminal import Terminal

CQRS = Path(sys.executable).parent / "cqrs"


@contextmanager
def watching(
    endpoint: str, *arguments: str, stderr: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """Run ``cqrs`` until the end of the block, at the latest."""
    with subprocess.Popen(
        [CQRS, *arguments],
        env={**os.environ, "AWS_ENDPOINT_URL": endpoint, "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


class CommandLine:
    """Runs ``cqrs`` and reads what it prints."""

    def __init__(self, endpoint: str, variables: Mapping[str, str] | None = None) -> None:
        emulator = {"AWS_ENDPOINT_URL": endpoint, "COLUMNS": "200"}
        self._environment = {**os.environ, **emulator, **(variables or {})}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CQRS, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120 * PATIENCE,
        )

    def run_before_a_person(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command whose stderr leads to a terminal; ``stderr`` is all that this got."""
        terminal = Terminal(columns=200)
        ended = subprocess.run(
            [CQRS, *arguments],
            env={**self._environment, "TERM": "xterm"},
            stdout=subprocess.PIPE,
            stderr=terminal.slave,
            text=True,
            check=False,
            timeout=120 * PATIENCE,
        )
        os.close(terminal.slave)
        ended.stderr = terminal.received()
        return ended

    def json(self, *arguments: str, code: int | None = 0) -> Any:
        """The output of a command; its exit code is ``code``, unless that is None."""
        ended = self.run("--json", *arguments)
        assert code in (None, ended.returncode), ended.stdout + ended.stderr
        # A command that watches says there what it has made; nothing else is there.
        told = ended.stderr.splitlines()
        assert [sorted(json.loads(line)) for line in told] in ([], [["id", "resume"]])
        return json.loads(ended.stdout)
