"""A part of an application: its files, and what to do with them next."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cli.scaffolding.names import Name
from cli.scaffolding.writing import ChangedFile, NewFile
from cqrs.core.json_text import to_json

if TYPE_CHECKING:
    from cqrs.application import Application

APP, DECLARED, TESTS, ENVIRONMENTS = "lambda_src/app", "stacks/app", "tests/app", "environments"
CQRS = ".venv/bin/cqrs"
UP = "make up"


def nothing(_: Any) -> None:
    """Stand in for a handler when a name is tried."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an application.

    Attributes
    ----------
    files
        The files that it begins with.
    attempt
        Registers the part with an application for a moment, which raises an error if its name is
        taken or reserved.
    commands
        The next commands, as they are typed in the clone's folder.
    notes
        Remarks for the person who has it written.
    """

    files: tuple[NewFile | ChangedFile, ...]
    commands: tuple[str, ...]
    attempt: Callable[[Application], None] = nothing
    notes: tuple[str, ...] = field(default=())


def forms_of(name: Name) -> dict[str, str]:
    """The forms of a name that templates are filled with."""
    return {
        "module": name.module,
        "Class": name.class_name,
        "TYPE": name.type,
        "dashed": name.dashed,
        "text": name.text,
    }


def pytest_of(test: str) -> str:
    """The command that runs a file of tests."""
    return f".venv/bin/python -m pytest {test}"


def publish_line(item_type: str, name: str, attributes: Mapping[str, Any]) -> str:
    """The command that publishes an item of a tenant."""
    keys = f"{shlex.quote(f'{item_type}#acme')} {shlex.quote(f'{item_type}#{name}')}"
    return f"{CQRS} publish {keys} --attributes {shlex.quote(to_json(attributes))} --wait"
