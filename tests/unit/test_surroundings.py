"""``cqrs`` as a process in surroundings that are not those of its authors."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CQRS = Path(sys.executable).parent / "cqrs"
NOBODY = "http://127.0.0.1:9"


def ended(
    command: list[str | Path], variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        command,
        env={**inherited, **variables},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


class TestBrokenApplication:
    """One module of the application that cannot be imported."""

    @pytest.fixture
    def poison(self, tmp_path: Path) -> Path:
        (tmp_path / "app").mkdir()
        (tmp_path / "app" / "__init__.py").write_text("import os\nraise RuntimeError('poison')\n")
        return tmp_path

    def run(self, poison: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return ended([*command], {"PYTHONPATH": str(poison), "AWS_ENDPOINT_URL": NOBODY})

    def test_it_is_broken(self, poison):
        assert "poison" in self.run(poison, sys.executable, "-c", "import app").stderr

    @pytest.mark.parametrize(
        "arguments", [["doctor"], ["executions"], ["workflow", "status", "country-report/x"]]
    )
    def test_commands_reach_for_what_is_deployed(self, poison, arguments):
        run = self.run(poison, CQRS, *arguments)

        assert run.returncode == 1
        assert run.stderr.startswith("TransientError: ")
        assert "poison" not in run.stderr

    def test_help_is_given(self, poison):
        run = self.run(poison, CQRS, "--help")

        assert run.returncode == 0
        assert "doctor" in run.stdout

    def test_the_command_line_imports_nothing_of_it(self, poison):
        script = (
            "import sys\nimport cli.main\nfrom cli.connection import connect\n"
            "connect('local')\nassert not [n for n in sys.modules if n.split('.')[0] == 'app']\n"
        )

        run = self.run(poison, sys.executable, "-c", script)

        assert run.returncode == 0, run.stderr

    @pytest.mark.parametrize("command", ["up", "synth"])
    def test_a_deployment_says_which_line_is_broken(self, poison, command):
        run = self.run(poison, sys.executable, "-m", "tooling", command)

        assert run.returncode == 1
        (line,) = run.stderr.splitlines()
        place = f"{poison}/app/__init__.py, line 2: RuntimeError: poison"
        assert f"cannot be imported: {place}" in line

    def test_a_syntax_error_is_told_with_its_line(self, poison):
        (poison / "app" / "__init__.py").write_text("x = 1\nif x\n")

        run = self.run(poison, sys.executable, "-m", "tooling", "synth")

        (line,) = run.stderr.splitlines()
        assert f"{poison}/app/__init__.py, line 2: SyntaxError: expected ':'" in line
