"""Messages about wrong usage: what was wrong, and what may have been meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from typer.exceptions import TyperException

from cqrs.likely_names import did_you_mean

if TYPE_CHECKING:
    from typer._click.core import Context

OF_PYDANTIC = "Value error, "
"""Pydantic, with which Typer reads values, puts it before the messages of Typer."""

CHOICE = re.compile(r"'(?P<given>[^']*)' is not one of (?P<known>'.*')\.")
"""Typer's message about a value that is none of those of an option."""

BROKEN_LINE = re.compile(r"\s*\n\s*")
"""Typer lists the choices of a missing argument on lines of their own, and a message has one."""

QUOTED = re.compile("'([^']*)'")


def usage_message(error: TyperException) -> str:
    """The message of an error of Typer, with suggestions."""
    mistyped = getattr(error, "option_name", None)
    if mistyped is not None and getattr(error, "possibilities", None) is not None:
        others = [option for option in _options(error) if option != mistyped]
        return f"{error.message}.{did_you_mean(mistyped, others)}"
    message = BROKEN_LINE.sub(" ", error.format_message().replace(OF_PYDANTIC, ""))
    choice = CHOICE.search(message)
    if choice is None:
        return message
    return f"{message}{did_you_mean(choice['given'], QUOTED.findall(choice['known']))}"


def _options(error: Any) -> Iterator[str]:
    """The options of the command, and those that every command has."""
    context: Context | None = error.ctx
    while context is not None:
        for parameter in context.command.get_params(context):
            if parameter.param_type_name == "option":
                yield from (*parameter.opts, *parameter.secondary_opts)
        context = context.parent
