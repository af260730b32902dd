"""Errors of syntax, which need no other program to be found."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tooling.dev.problems import Problem

PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
"""Ends the message of a TOML error (source of Python's ``tomllib``)."""


def syntax_problems(root: Path, paths: Iterable[str]) -> list[Problem]:
    """The errors of syntax in Python and TOML files; one that is gone has none."""
    return [problem for path in paths for problem in _problems(root, path)]


def _problems(root: Path, path: str) -> Iterator[Problem]:
    try:
        content = (root / path).read_bytes()
    except OSError:
        return
    try:
        if path.endswith(".py"):
            compile(content, path, "exec", dont_inherit=True)
        elif path.endswith(".toml"):
            tomllib.loads(content.decode("utf-8-sig"))
    except SyntaxError as error:
        yield Problem(path, error.lineno or 1, error.offset or 1, error.msg)
    except tomllib.TOMLDecodeError as error:
        found = PLACE.search(str(error))
        line, column = map(int, found.groups()) if found else (1, 1)
        yield Problem(path, line, column, PLACE.sub("", str(error)))
    except (UnicodeDecodeError, ValueError) as error:
        yield Problem(path, 1, 1, str(error))
