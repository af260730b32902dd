"""Ctrl-C in moments that no command sees: a module of its own sends the signal there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CQRS = Path(sys.executable).parent / "cqrs"
NOBODY = "http://127.0.0.1:9"

KILL = "os.kill(os.getpid(), signal.SIGINT)"
CTRL_C = f"import os, signal\n{KILL}\n"
TWICE = f"import os, signal\ntry:\n    {KILL}\nfinally:\n    {KILL}\n"
IN_A_CALLBACK = f"""import os, signal, weakref
class Thing: pass
thing = Thing()
end = weakref.ref(thing, lambda _: {KILL})
del thing
"""
AT_THE_END = f"""import atexit, os, signal
def end(): {KILL}
atexit.register(end)
"""

NOTHING_ASKED = "Nothing was asked of AWS yet."
GOES_ON = "The requests that were made to AWS before go on there."


def cqrs(
    folder: Path, module: str, code: str, *arguments: str, ignored: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the command line with a module that stands in front of the real one."""
    (folder / f"{module}.py").write_text(code)
    path = os.pathsep.join(map(str, (folder, ROOT, ROOT / "lambda_src")))
    shell = ["/bin/sh", "-c", 'trap "" INT; exec "$0" "$@"'] if ignored else []
    return subprocess.run(
        [*shell, CQRS, *arguments],
        env={**os.environ, "PYTHONPATH": path, "AWS_ENDPOINT_URL": NOBODY},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


MOMENTS = [
    pytest.param("typer", CTRL_C, NOTHING_ASKED, id="at the first import"),
    pytest.param("shellingham", CTRL_C, NOTHING_ASKED, id="at a later import"),
    pytest.param("signal", "raise KeyboardInterrupt", NOTHING_ASKED, id="before it is seen to"),
    pytest.param("botocore", CTRL_C, GOES_ON, id="at an import of a command"),
    pytest.param("botocore", TWICE, GOES_ON, id="twice"),
    pytest.param("botocore", IN_A_CALLBACK, GOES_ON, id="where nothing can catch it"),
]


@pytest.mark.parametrize(("module", "code", "says"), MOMENTS)
def test_it_ends_with_a_line(tmp_path, module, code, says):
    ended = cqrs(tmp_path, module, code, "task", "list", "--tenant", "acme")

    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == f"Interrupted: {says}\n"


@pytest.mark.parametrize(("module", "code", "says"), [MOMENTS[0], *MOMENTS[2:5]])
def test_a_program_is_told_as_json(tmp_path, module, code, says):
    ended = cqrs(tmp_path, module, code, "--json", "task", "list", "--tenant", "acme")

    assert (ended.returncode, ended.stderr) == (130, "")
    assert json.loads(ended.stdout) == {"error": "Interrupted", "message": says}


def test_at_the_end_nothing_is_added(tmp_path):
    ended = cqrs(tmp_path, "sitecustomize", AT_THE_END, "task", "list", "--tenant", "acme")

    assert ended.returncode == 130
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Unreachable: ")


def test_it_stays_ignored_where_it_was(tmp_path):
    code = f"{CTRL_C}raise SystemExit(7)\n"

    ended = cqrs(tmp_path, "typer", code, "doctor", ignored=True)

    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "", "")


def test_other_errors_of_callbacks_are_shown(tmp_path):
    code = f"{IN_A_CALLBACK.replace(KILL, '1 / 0')}raise SystemExit(7)\n"

    ended = cqrs(tmp_path, "typer", code, "doctor")

    assert ended.returncode == 7
    assert "ZeroDivisionError" in ended.stderr
