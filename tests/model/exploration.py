"""Searches of the model of the ordering protocol, over the real code and the real definition."""

from __future__ import annotations

from collections.abc import Iterable

from cqrs.resources import StateMachine as Machine
from cqrs.states import Lane
from cqrs.testing.asl.state_machine import StateMachine
from stacks.asl import Definition, Invocation
from stacks.options.workflows import CommandOptions
from stacks.state_machines.command import command_definition, express_command_definition
from tests.model import search
from tests.model.choice import Choice
from tests.model.program import PREFIX, Program
from tests.model.scenarios import Scenario, randomised
from tests.model.search import Counts, RandomRuns
from tests.model.world import Setting, World


def definition() -> Definition:
    """The real definition of the command-handler."""
    return command_definition(Invocation("function", 60), CommandOptions())


def express_definition() -> Definition:
    """The real definition of the Express machine."""
    return express_command_definition(Invocation("function", 60), CommandOptions())


def interpreter(of: Definition) -> StateMachine:
    """An interpreter of a definition under the name of the command-handler."""
    return StateMachine(f"{PREFIX}{Machine.COMMAND}", of)


def express_interpreter(of: Definition) -> StateMachine:
    """An interpreter of a definition under the name of the Express machine."""
    return StateMachine(f"{PREFIX}{Machine.EXPRESS_COMMAND}", of)


def setting(scenario: Scenario) -> Setting:
    """The part that stays the same in a search of the real code and the real definition."""
    return Settings().of(scenario)


def explore(given: Setting) -> Counts:
    """Follow every schedule of a scenario.

    Raises
    ------
    Broken
        If a rule was broken.
    """
    return search.explore(World(given))


def replay(given: Setting, schedule: Iterable[Choice]) -> World:
    """Follow a schedule again; the end is checked if it leads to one.

    Raises
    ------
    Violation
        If a rule is broken.
    """
    return search.replay(World(given), schedule)


class Randomised(RandomRuns[World]):
    """Random runs of the model of the ordering protocol.

    Parameters
    ----------
    settings
        Gives the program and the interpreter for a scenario; by default the real ones, shared by
        all runs.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        given = settings or Settings()
        super().__init__(lambda random: World(given.of(randomised(random))))


class Settings:
    """Programs and interpreters, each made once and used by all runs."""

    def __init__(self, of: Definition | None = None, express: Definition | None = None) -> None:
        self._machines = {
            Lane.STANDARD: interpreter(of or definition()),
            Lane.EXPRESS: express_interpreter(express or express_definition()),
        }
        self._programs: dict[tuple[int, Lane], Program] = {}

    def of(self, scenario: Scenario) -> Setting:
        """The part that stays the same in a run of a scenario."""
        programs = {lane: self._program(scenario.ttl_days, lane) for lane in scenario.lanes}
        return Setting(scenario, programs, self._machines)

    def _program(self, ttl_days: int, lane: Lane) -> Program:
        known = (ttl_days, lane)
        if known not in self._programs:
            self._programs[known] = self.program(ttl_days, lane)
        return self._programs[known]

    def program(self, ttl_days: int, lane: Lane) -> Program:
        """A new program."""
        return Program(ttl_days=ttl_days, lane=lane)
