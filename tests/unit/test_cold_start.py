"""The imports of a new process of the function, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LAMBDA_SRC = Path(__file__).parents[2] / "lambda_src"
PROGRAM = "import handler, sys; print('aws_xray_sdk' in sys.modules, 'boto3' in sys.modules)"


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


def test_nothing_is_imported_that_no_event_has_asked_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_XRAY_DAEMON_ADDRESS", raising=False)

    assert imported() == "False False"


def test_imports_need_no_pydantic_which_the_package_lacks():
    assert imported(IMPORTING) == "False"


def test_lambda_is_traced():
    assert imported(AWS_XRAY_DAEMON_ADDRESS="127.0.0.1:2000", LAMBDA_TASK_ROOT="/var/task") == (
        "True False"
    )
