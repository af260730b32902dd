"""The integration tests on LocalStack."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tooling.localstack import docker
from tooling.localstack.process import as_process
from tooling.paths import TOOLS
from tooling.programs import run

ENDPOINT_VARIABLE = "INTEGRATION_ENDPOINT"
"""Names an emulator to the integration tests, which then start none themselves."""

PATIENCE_VARIABLE = "INTEGRATION_PATIENCE"
"""How much longer than on MiniStack the tests wait for everything."""

PATIENCE = "5"
"""LocalStack carries a command out in a second, and MiniStack does ten in one."""

FEWER_ROWS = {"IMPORT_DRIVER_ROWS": "1000"}
"""An event source of LocalStack's reads twenty records a second, and each row is a record that the
commands behind it wait for."""

TESTS = ("tests/integration", "tests/parity/test_on_localstack.py")

PLUGIN_TESTS = ("tests/localstack",)
"""Tests of functions in processes, which Docker does without."""


def run_integration_tests(chosen: Sequence[str] = ()) -> None:
    """Start LocalStack, run the integration tests against it, and end it again.

    Parameters
    ----------
    chosen
        Arguments of pytest in place of the whole folder.

    Raises
    ------
    ToolingError
        If LocalStack does not come up, or a test fails.
    """
    has_docker = docker.answers()
    tests = chosen or (TESTS if has_docker else (*TESTS, *PLUGIN_TESTS))
    with docker.in_docker() if has_docker else _in_processes() as endpoint:
        environment = {**FEWER_ROWS, **os.environ}
        environment |= {ENDPOINT_VARIABLE: endpoint, PATIENCE_VARIABLE: PATIENCE}
        run([sys.executable, "-m", "pytest", *tests], environment)


@contextmanager
def _in_processes() -> Iterator[str]:
    """Run LocalStack for as long as the block; its files stay if that fails."""
    runs = TOOLS / "run"
    runs.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="localstack-", dir=runs))
    with as_process(folder) as endpoint:
        yield endpoint
    shutil.rmtree(folder, ignore_errors=True)
