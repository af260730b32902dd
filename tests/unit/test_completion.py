"""Commands, options and environments complete in real shells, and nothing is written unasked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.environment_files import names

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
CQRS = PROGRAMS / "cqrs"
BASH, ZSH = shutil.which("bash"), shutil.which("zsh")

BASH_WORDS = """
eval "$(cqrs completion bash)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
"$(complete -p cqrs | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" "$1"
printf '%s\\n' "${COMPREPLY[@]}"
"""
"""Asks bash's own table of completions for the function, and calls it as bash does."""

ZSH_WORDS = """
autoload -Uz compinit && compinit -u -d "$HOME/dump"
eval "$(cqrs completion zsh)"
_arguments() { print -r -- "$@" }
words=("$@") CURRENT=$#
"$_comps[cqrs]"
"""


def ended(
    home: Path, *command: str | Path, shell: str | None = None
) -> subprocess.CompletedProcess[str]:
    variables = {
        "HOME": str(home),
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        **({"SHELL": shell} if shell else {}),
    }
    return subprocess.run(
        command, env=variables, cwd=ROOT, capture_output=True, text=True, check=True
    )


CASES = [
    (["cqrs", "wor"], {"workflow"}),
    (["cqrs", "workflow", "st"], {"start", "status"}),
    (["cqrs", "executions", "--mach"], {"--machine"}),
    (["cqrs", "--env", ""], set(names())),
    (["cqrs", "logs", "--level", "WA"], {"WARNING"}),
    (["cqrs", "executions", "--machine", "comm"], {"command-handler", "command-express"}),
    (["cqrs", "--env", "local", "executions", "--machine", "country"], {"country-report"}),
]
BROKEN_AT_EQUALS = [
    (["cqrs", "--env", "=", "loc"], {"local"}),
    (["cqrs", "--env", "="], set(names())),
    (["cqrs", "--env", "=", "local", "logs", "--level", "=", "WA"], {"WARNING"}),
    (["cqrs", "--env", "=", "local", "doc"], {"doctor"}),
]
"""The words of ``--env=loc`` as bash has them."""


@pytest.mark.parametrize(
    ("words", "completed"), [*CASES, *BROKEN_AT_EQUALS, ([str(CQRS), "doc"], {"doctor"})]
)
def test_bash_completes(tmp_path, words, completed):
    assert BASH
    run = ended(tmp_path, BASH, "--norc", "-c", BASH_WORDS, "bash", *words)

    assert set(run.stdout.split()) == completed
    assert run.stderr == ""


@pytest.mark.skipif(ZSH is None, reason="there is no zsh on this machine")
@pytest.mark.parametrize(("words", "completed"), CASES)
def test_zsh_completes(tmp_path, words, completed):
    assert ZSH
    run = ended(tmp_path, ZSH, "-f", "-c", ZSH_WORDS, "zsh", *words)

    offered = {word for word in completed if f'"{word}"' in run.stdout}
    assert offered == completed, run.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["completion", "bash"]])
def test_nothing_is_written_unasked(tmp_path, arguments):
    ended(tmp_path, CQRS, *arguments)

    assert list(tmp_path.iterdir()) == []


def test_installing_writes_for_the_shell_that_is_named(tmp_path):
    ended(tmp_path, CQRS, "completion", "bash", "--install")

    written = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert written == [".bashrc", "cqrs.sh"]
    assert "cqrs.sh" in (tmp_path / ".bashrc").read_text()
