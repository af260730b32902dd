"""Looks at an application and its definitions; a program of its own, in a new process.

Its arguments are the name of an environment and the folder of the project. It imports the
application as the function does, reads the environment, and makes each workflow's definition. It
writes JSON to standard output. ``problems`` have path, line, column and message each. ``digest``
tells whether a stack is made of the same.
"""

import contextlib
import hashlib
import importlib
import json
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

GENERATED = "<"
PACKAGES = "site-packages"
KEY = re.compile(r"^(?P<path>[^:\n]+\.toml): (?P<key>[\w.-]+): (?P<reason>.*)$")


def main(environment: str, folder: str) -> None:
    """Look at what lies in the project's folder."""
    answer = sys.stdout
    # The answer holds nothing that the application writes.
    with contextlib.redirect_stdout(sys.stderr):
        problems, digest = _looked_at(environment, Path(folder))
    json.dump({"problems": problems, "digest": digest}, answer)


def _looked_at(name: str, root: Path) -> tuple[list[dict[str, Any]], str]:
    try:
        importlib.import_module("app")
        environment = _environment(name)
        faults = [*_faults(environment, root)]
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the application may raise anything
        return _told(error, root), ""
    return faults, "" if faults else _digest(environment)


def _environment(name: str) -> Any:
    from stacks.environment.file import load  # noqa: PLC0415 - its errors are to be told

    return load(name)


def _faults(environment: Any, root: Path) -> Iterator[dict[str, Any]]:
    """Faults of the definitions, each at the function that makes the definition."""
    from statelint.linter import Linter  # noqa: PLC0415

    from stacks.asl import DefinitionError  # noqa: PLC0415

    for machine, define in _workflows(environment).items():
        code: CodeType = define.__wrapped__.__code__
        try:
            faults = Linter.validate(define(_invocation(environment)))
        except DefinitionError as error:
            faults = [str(error)]
        for fault in sorted(set(faults)):
            text = fault if machine in fault else f"State machine {machine!r}: {fault}"
            yield _problem(root, code.co_filename, code.co_firstlineno, 1, text)


def _workflows(environment: Any) -> dict[str, Any]:
    from stacks.declarations.workflows import custom_workflows  # noqa: PLC0415

    return {name: custom_workflows()[name] for name in environment.workflows}


def _invocation(environment: Any) -> Any:
    from stacks.asl import Invocation  # noqa: PLC0415

    return Invocation(environment.function_arn(), environment.function.timeout_seconds)


def _digest(environment: Any) -> str:
    """A hash of all that a stack takes from the application."""
    invocation = _invocation(environment)
    parts = {
        "settings": environment.settings().to_environment(),
        "own": [repr(resource) for resource in environment.own_resources],
        "workflows": {name: define(invocation) for name, define in _workflows(environment).items()},
    }
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _told(error: BaseException, root: Path) -> list[dict[str, Any]]:
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, SyntaxError) and cause.filename:
        return [_problem(root, cause.filename, cause.lineno or 1, cause.offset or 1, cause.msg)]
    told = [*_of_file(str(error), root)]
    if told:
        return told
    frames = [
        frame
        for frame in traceback.extract_tb(cause.__traceback__)
        if not frame.filename.startswith(GENERATED) and frame.filename != __file__
    ]
    own = [frame for frame in frames if PACKAGES not in frame.filename] or frames
    last = own[-1] if own else None
    text = f"{type(cause).__name__}: {cause}"
    if last is None:
        return [_problem(root, "lambda_src/app/__init__.py", 1, 1, text)]
    return [_problem(root, last.filename, last.lineno or 1, (last.colno or 0) + 1, text)]


def _of_file(message: str, root: Path) -> Iterator[dict[str, Any]]:
    """Problems of an environment's file, each at the line of its key."""
    for found in filter(None, map(KEY.match, message.splitlines())):
        path, key = Path(found["path"]), found["key"]
        line = _line_of(path, key.split("."))
        yield _problem(root, str(path), line, 1, f"{key}: {found['reason']}")


def _line_of(path: Path, key: list[str]) -> int:
    """Line of a key in a TOML file, or that of the nearest table around it."""
    *tables, name = key
    table: list[str] = []
    nearest = 1
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        text = line.strip()
        if text.startswith("["):
            table = text.strip("[] ").split(".")
            if table in (key, tables):
                nearest = number
        elif table == tables and re.match(rf"\"?{re.escape(name)}\"?\s*=", text):
            return number
    return nearest


def _problem(root: Path, path: str, line: int, column: int, message: str) -> dict[str, Any]:
    file = Path(path)
    shown = file.relative_to(root) if file.is_relative_to(root) else file
    return {"path": str(shown), "line": line, "column": column, "message": message}


if __name__ == "__main__":
    main(*sys.argv[1:])
