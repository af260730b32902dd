"""Custom workflows: state machines of an application's own, one module each beside this one.

A module defines one by decorating a function; an environment deploys those that its file lists
under ``workflows``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from cqrs.resources import StateMachine

if TYPE_CHECKING:
    from stacks.state_machines.asl import Definition, Invocation

Define = Callable[["Invocation"], "Definition"]
"""Makes a definition, given how its states call the function."""

OWN_MODULES = frozenset({"asl", "command", "custom", "import_csv", "state_machine", "task"})
"""Modules here that define no custom workflow. Some load the bindings, and with them Node, for
which whoever only reads an environment's file need not wait."""

_definitions: dict[str, Define] = {}


def custom_workflow(name: str) -> Callable[[Define], Define]:
    """Define the state machine of a name.

    Parameters
    ----------
    name
        The machine's name without the environment's prefix.

    Raises
    ------
    ValueError
        Another module, or the project itself, has a machine of that name.
    """

    def register(define: Define) -> Define:
        if name in _definitions or name in set(StateMachine):
            raise ValueError(f"Two state machines are called {name!r}; rename one of them.")
        _definitions[name] = define
        return define

    return register


@cache
def custom_workflows() -> Mapping[str, Define]:
    """All that are defined in this folder, by name."""
    package = importlib.import_module("stacks.state_machines")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name not in OWN_MODULES:
            importlib.import_module(f"{package.__name__}.{module.name}")
    return dict(_definitions)
