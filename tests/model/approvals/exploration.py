"""Searches of the model of approvals, over the real code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from cqrs.testing.asl.state_machine import StateMachine
from tests.model import search
from tests.model.approvals.machines import MACHINES, NAME
from tests.model.approvals.program import ApprovalProgram
from tests.model.approvals.scenarios import Scenario, randomised
from tests.model.approvals.world import Setting, World
from tests.model.program import PREFIX
from tests.model.search import Counts, RandomRuns


@cache
def machines() -> Mapping[str, StateMachine]:
    """Interpreters of all definitions."""
    return {name: StateMachine(f"{PREFIX}{NAME}", define()) for name, define in MACHINES.items()}


def world(scenario: Scenario, program: ApprovalProgram | None = None) -> World:
    """The beginning of a scenario, by default with the real code."""
    return World(Setting(scenario, program or ApprovalProgram(), machines()[scenario.machine]))


def explore(scenario: Scenario) -> Counts:
    """Follow every schedule of a scenario.

    Raises
    ------
    Broken
        If a promise was broken.
    """
    return search.explore(world(scenario))


class Randomised(RandomRuns[World]):
    """Random runs of the model of approvals.

    Parameters
    ----------
    program
        The code; by default the real one.
    """

    def __init__(self, program: ApprovalProgram | None = None) -> None:
        given = program or ApprovalProgram()
        super().__init__(lambda random: world(randomised(random), given))
