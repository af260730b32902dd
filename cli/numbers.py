"""Numbers that are given on the command line, read as people write them.

Python's own reading takes ``1_0`` for 10, and ``nan`` for a number of seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import typer

WHOLE = re.compile("-?[0-9]{1,18}")
DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


def whole_option(
    help: str,  # noqa: A002 - Typer's own name for it
    *,
    least: int | None = None,
    most: int | None = None,
    envvar: str | None = None,
) -> Any:
    """An option that takes a whole number, of which the least and the most are allowed, too."""
    parser = _reading(WHOLE, int, "whole number", least, most)
    return typer.Option(help=help, parser=parser, metavar=_range(least, most), envvar=envvar)


def whole_argument(help: str, *, least: int, most: int) -> Any:  # noqa: A002
    """An argument that takes a whole number, of which the least and the most are allowed, too."""
    parser = _reading(WHOLE, int, "whole number", least, most)
    return typer.Argument(help=help, parser=parser, show_default=False)


def seconds_option(help: str, *, least: int) -> Any:  # noqa: A002
    """An option that takes a number of seconds, and parts of one."""
    parser = _reading(DECIMAL, float, "number of seconds", least, None)
    return typer.Option(help=help, parser=parser, metavar=_range(least, None))


def _reading(
    form: re.Pattern[str],
    kind: Callable[[str], float],
    what: str,
    least: int | None,
    most: int | None,
) -> Callable[[Any], float]:
    def read(given: Any) -> float:
        text = str(given)  # a default is a number already
        if not form.fullmatch(text):
            raise typer.BadParameter(f"{text[:80]!r} is not a {what}, such as 20.")
        number = kind(text)
        if (least is not None and number < least) or (most is not None and number > most):
            raise typer.BadParameter(f"{text} is not in the range {_range(least, most)}.")
        return number

    return read


def _range(least: int | None, most: int | None) -> str:
    if least is None:
        return "N"
    return f"{least} or more" if most is None else f"{least} to {most}"
