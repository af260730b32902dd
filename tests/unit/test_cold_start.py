"""The imports of a new process of the function, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LAMBDA_SRC = Path(__file__).parents[2] / "lambda_src"
PROGRAM = "import handler, sys; print('boto3' in sys.modules)"

IMPORTING = (
    "import handler, sys; from cqrs.imports import model_reasons, starter, strategies; "
    "print('pydantic' in sys.modules)"
)


def imported(program: str = PROGRAM, **variables: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=LAMBDA_SRC,
        env={**os.environ, "POWERTOOLS_SERVICE_NAME": "test", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.strip()


def test_nothing_is_imported_that_no_event_has_asked_for():
    assert imported() == "False"


def test_imports_need_no_pydantic_which_the_package_lacks():
    assert imported(IMPORTING) == "False"
