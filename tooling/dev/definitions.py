"""Errors of the application at its import, of environments, and of workflows' definitions."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tooling.dev.problems import Problem
from tooling.dev.sources import CODE
from tooling.errors import ToolingError
from tooling.programs import captured

PROGRAM = Path(__file__).with_name("definition_program.py")

_PYTHON = (sys.executable, "-P", "-B", "-W", "ignore")
_IMPORTED_BY_STACKS = """
import sys, stacks.workflow_stack
for module in sys.modules.values():
    print(getattr(module, "__file__", None) or "")
"""


@dataclass(frozen=True)
class Definitions:
    """The part of an environment's stack that comes from the application.

    Attributes
    ----------
    problems
        The errors that keep it from being deployed.
    digest
        Tells it from another; empty if there are problems.
    """

    problems: list[Problem]
    digest: str


def look_at_definitions(root: Path, environment: str, variables: Mapping[str, str]) -> Definitions:
    """Import the application in a new process, and make its definitions.

    Parameters
    ----------
    root
        Folder of the project.
    environment
        Name of the environment.
    variables
        The variables that a synthesis runs under.

    Raises
    ------
    ToolingError
        If the process says nothing: the application has ended it.
    """
    command = [*_PYTHON, str(PROGRAM), environment, str(root)]
    ended = captured(command, cwd=root, environment=variables)
    try:
        answer = json.loads(ended.stdout)
    except ValueError:
        message = f"The application ends the process that imports it: {ended.stderr.strip()}"
        raise ToolingError(message) from None
    return Definitions([Problem(**found) for found in answer["problems"]], answer["digest"])


def code_of_stacks(root: Path) -> frozenset[str]:
    """Paths of the modules of the function's code that the stacks read, whatever they make of it.

    Raises
    ------
    ToolingError
        If the stacks cannot be imported.
    """
    ended = captured([*_PYTHON, "-c", _IMPORTED_BY_STACKS], cwd=root)
    if ended.returncode:
        message = f"The stacks cannot be imported: {ended.stderr.strip()}"
        raise ToolingError(message)
    files = (Path(line) for line in ended.stdout.splitlines())
    code = root / CODE
    return frozenset(str(file.relative_to(root)) for file in files if file.is_relative_to(code))
