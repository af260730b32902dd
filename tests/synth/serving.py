"""The server of the Task states of a machine: a class, or an event factory and its handler."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING

from cqrs.aws.step_functions import Execution, Machine, State, StepFunctionsContext
from cqrs.events.types import StepFunctionsEvent
from cqrs.events.workflows import state_methods

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from cqrs.application import Application

PREFIX = "environment-application-"
NO_MACHINE = "no-such-machine"


def problems(workflow: type, called: Set[str]) -> Iterator[str]:
    """Sentences on how a class does not fit the Task states that are called."""
    name, methods = workflow.__name__, state_methods(workflow)
    for state in sorted(called - methods):
        yield f"{name} has no method {state!r}: add it."
    for method in sorted(methods - called):
        yield (
            f"{name} has a method {method!r}, but there is no Task state of that name: remove it, "
            "or begin its name with an underscore."
        )
    for method in sorted(methods & called):
        if not takes_an_event(workflow, method):
            yield (
                f"{name}.{method} cannot be called with the event alone: give it one parameter "
                f"beside self, as in {method}(self, event)."
            )


def takes_an_event(workflow: type, method: str) -> bool:
    """Tell whether a method can be called with an event and nothing else."""
    bound = getattr(object.__new__(workflow), method)
    try:
        signature(bound).bind("event")
    except TypeError:
        return False
    return True


def is_taken(application: Application, machine: str, called: Set[str]) -> bool:
    """Tell whether a factory and a handler of the application take the calls of a machine.

    A factory that would make something of any machine's calls says nothing of this one.
    """
    return not application.takes(_call(NO_MACHINE, "state")) and all(
        application.takes(_call(machine, state)) for state in called
    )


def _call(machine: str, state: str) -> StepFunctionsEvent:
    name = f"{PREFIX}{machine}"
    moment = "2026-01-01T00:00:00.000Z"
    arn = "arn:aws:states:ap-northeast-1:111111111111"
    return StepFunctionsEvent(
        StepFunctionsContext(
            Execution(f"{arn}:execution:{name}:sample", "sample", {}, moment),
            State(state, moment, 0),
            Machine(f"{arn}:stateMachine:{name}", name),
        ),
        {},
        "token",
    )
