"""Programs that the tool chain runs end before it, whoever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.deployed import wait_for
from tooling.errors import ToolingError
from tooling.programs import run

ROOT = Path(__file__).parents[2]

PROGRAM = """
import pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)
(folder / "begun").touch()
try:
    time.sleep(120)
except KeyboardInterrupt:
    time.sleep(1)
    (folder / "cleaned up").touch()
"""

RUNNER = """
import os, sys
from tooling.programs import end_in_order_when_terminated, run
end_in_order_when_terminated()
try:
    run([sys.executable, "-c", sys.argv[1], sys.argv[2]], os.environ)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)],
    ids=["SIGTERM", "SIGHUP", "Ctrl-C"],
)
def test_a_program_ends_in_order_before_whoever_ran_it(
    tmp_path: Path, number: signal.Signals, code: int
):
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER, PROGRAM, str(tmp_path)], cwd=ROOT, start_new_session=True
    ) as runner:
        wait_for(lambda: (tmp_path / "begun").exists() or None, "the program to begin")
        if number is signal.SIGINT:
            os.killpg(runner.pid, number)  # as a terminal does
        else:
            runner.send_signal(number)

        assert runner.wait(30) == code
        assert (tmp_path / "cleaned up").exists()


def test_a_program_that_fails_is_told_in_a_sentence(tmp_path: Path):
    with pytest.raises(ToolingError, match=r"failed with exit code 3: see .*, which ends:\nwhy"):
        run([sys.executable, "-c", "print('why'); exit(3)"], {}, tmp_path / "log")
