"""Custom workflows: state machines of an application's own.

A module of ``stacks/app`` defines one by decorating a function; an environment deploys those that
its file lists under ``workflows``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import TYPE_CHECKING

from cqrs.resources import API, FUNCTION, HEALER, StateMachine
from stacks.asl import DefinitionError
from stacks.declarations.modules import import_application
from stacks.environment_files import NAME_PATTERN

if TYPE_CHECKING:
    from stacks.asl import Definition, Invocation

Define = Callable[["Invocation"], "Definition"]
"""Makes a definition, given how its states call the function."""

RESERVED = frozenset(
    {
        API,
        FUNCTION,
        HEALER,
        "aliases",
        "aws",
        "backend",
        "bucket",
        "buckets",
        "encryption",
        "event-sources",
        "execution-events",
        "failed-events",
        "function",
        "healing-schedule",
        "imports",
        "monitoring",
        "notification-topic",
        "queues",
        "region",
        "schedules",
        "storage",
        "sub-tasks",
        "subscriptions",
        "tables",
        "topics",
        "workflows",
    }
)
"""Names of other parts of the stack, of other roles, and what alarms are named after. A machine of
such a name would take their place, or they its."""

RESERVED_ENDS = ("-table-reads", "-table-writes")
"""Ends of what the alarms of tables are named after."""

_definitions: dict[str, Define] = {}


def is_reserved(name: str) -> bool:
    """Whether another part of the stack is called so, or an alarm may be."""
    return name in RESERVED or name.endswith(RESERVED_ENDS)


def custom_workflow(name: str) -> Callable[[Define], Define]:
    """Define the state machine of a name.

    Parameters
    ----------
    name
        The machine's name without the environment's prefix.

    Raises
    ------
    DefinitionError
        If its name is not allowed, something else has it, or the function cannot define one.
    """
    if name in _definitions or name in set(StateMachine):
        raise DefinitionError(f"Two state machines are called {name!r}; rename one of them.")
    if not re.fullmatch(NAME_PATTERN, name):
        raise DefinitionError(
            f"A workflow cannot be called {name!r}: give it a name of lower-case letters, digits "
            "and single dashes that begins with a letter, such as 'price-adjustment'."
        )
    if is_reserved(name):
        raise DefinitionError(
            f"A workflow cannot be called {name!r}, as another part of the stack is; give it "
            "another name."
        )

    def register(define: Define) -> Define:
        @wraps(define)
        def named(function: Invocation) -> Definition:
            try:
                return define(function)
            except DefinitionError as error:
                raise DefinitionError(f"State machine {name!r}: {error}") from None

        _definitions[name] = named
        return define

    return register


@cache
def custom_workflows() -> Mapping[str, Define]:
    """All that ``stacks/app`` defines, by name.

    This imports the application, whose states they are: whoever only looks at an environment has
    to do without.

    Raises
    ------
    BrokenModuleError
        If a module here, or of the application, cannot be imported.
    DefinitionError
        If a module defines what cannot be.
    """
    import_application()
    return dict(_definitions)
