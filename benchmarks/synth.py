"""Synthesis of one environment: the project's import of the bindings against the ordinary one.

Both run ``main.py`` in a fresh process; the ordinary one first imports the provider's package as a
whole, as any program that names it does. Runs alternate, so that a busy machine slows both, and
share one cache of bytecode, which each program fills before it is measured.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT = "dev"
REPETITIONS = 5
LARGEST_RATIO = 1 / 3

FAST = "import runpy; runpy.run_path('main.py', run_name='__main__')"
ORDINARY = f"import cdktf_cdktf_provider_aws; {FAST}"


def measure(repetitions: int) -> bool:
    """Measure and report; False if the goal is missed."""
    fast, ordinary = [], []
    with tempfile.TemporaryDirectory() as folder:
        for program in (FAST, ORDINARY):
            _seconds(program, folder)
        for _ in range(repetitions):
            fast.append(_seconds(FAST, folder))
            ordinary.append(_seconds(ORDINARY, folder))
    ratio = statistics.median(fast) / statistics.median(ordinary)
    sys.stdout.write(
        f"{_line('fast import', fast)}\n"
        f"{_line('ordinary import', ordinary)}\n"
        f"ratio of medians  {ratio:.2f}  (goal: at most {LARGEST_RATIO:.2f})\n"
    )
    return ratio <= LARGEST_RATIO


def _seconds(program: str, folder: str) -> float:
    variables = {
        **os.environ,
        "CQRS_ENVIRONMENT": ENVIRONMENT,
        "CDKTF_OUTDIR": f"{folder}/out",
        "CQRS_SOURCE_ONLY": "1",
        "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
        "PYTHONDONTWRITEBYTECODE": "",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }
    start = time.perf_counter()
    subprocess.run(  # noqa: S603  the programs are the two above
        [sys.executable, "-c", program], cwd=PROJECT, env=variables, check=True
    )
    return time.perf_counter() - start


def _line(name: str, seconds: list[float]) -> str:
    values = " ".join(f"{value:.2f}" for value in seconds)
    return f"{name:<16}  median {statistics.median(seconds):.2f} s  of {values}"
