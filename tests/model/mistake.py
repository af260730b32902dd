"""The common parts of mistakes of all models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cqrs.aws.step_functions import StepFunctionsService
from cqrs.services import Services

Wiring = Callable[[Services], None]
"""Replaces services by others, before any is used."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake.

    Attributes
    ----------
    name
        The mistake, in words.
    shows_in
        An exhaustive scenario in which it shows.
    wire
        Puts a mistaken service in the place of the real one.
    """

    name: str
    shows_in: str
    wire: Wiring = lambda _: None


class _TakesTheirWord(StepFunctionsService):
    def has_ended(self, _execution: str) -> bool:
        return True


def believe_all_ends(services: Services) -> None:
    """Let whoever hears that an execution has ended not ask the execution."""
    services.step_functions = _TakesTheirWord(services.clients)
