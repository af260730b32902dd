"""The integration tests that may run on an environment which is deployed already."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.deployed.place import Place
from tooling.child_environment import emulator_access
from tooling.errors import ToolingError
from tooling.localstack.suite import PATIENCE_VARIABLE
from tooling.paths import ROOT

ENVIRONMENT_VARIABLE = "VERIFY_ENVIRONMENT"
"""Names an environment to the integration tests, which then deploy none themselves."""

OUTPUTS_VARIABLE = "VERIFY_OUTPUTS"
"""Names the file of its Terraform outputs."""

MARK_VARIABLE = "VERIFY_MARK"
"""The beginning of the names of all tenants of a run."""

_PATIENCE_ON_AWS = "5"

_NOTHING_CHOSEN = 5
"""Exit code of pytest if it has collected no test."""


def run_tests(place: Place, outputs: Path, mark: str, expression: str = "") -> bool:
    """Run the tests on an environment, and return whether they passed.

    Parameters
    ----------
    place
        The place of the environment.
    outputs
        The file of its Terraform outputs.
    mark
        The mark of the run.
    expression
        Chooses tests by their names, as pytest's ``-k`` does; by default all that are verifiable.

    Raises
    ------
    ToolingError
        If no test has such a name.
    """
    chosen = ["-k", expression] if expression else []
    command = [sys.executable, "-m", "pytest", "tests/integration", "-p", "no:cacheprovider"]
    ended = subprocess.run(  # noqa: S603 - our own tests
        [*command, *chosen], cwd=ROOT, env=_variables(place, outputs, mark), check=False
    )
    if ended.returncode == _NOTHING_CHOSEN:
        message = (
            f"No test that may run there fits {expression!r}, so nothing was tested: "
            "grep -rn verifiable tests/integration lists them."
        )
        raise ToolingError(message)
    return ended.returncode == 0


def _variables(place: Place, outputs: Path, mark: str) -> Mapping[str, str]:
    environment = place.environment
    endpoint = environment.endpoint
    return {
        PATIENCE_VARIABLE: "1" if endpoint else _PATIENCE_ON_AWS,
        **(emulator_access(os.environ, endpoint) if endpoint else os.environ),
        ENVIRONMENT_VARIABLE: environment.name,
        OUTPUTS_VARIABLE: str(outputs.resolve()),
        MARK_VARIABLE: mark,
        # The command line takes the environment by it.
        "CQRS_ENV": environment.name,
    }
