"""Searches of the model of tasks, over the real code and the real definition."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from cqrs.testing.asl.state_machine import StateMachine
from stacks.asl import Definition, Invocation
from stacks.options.workflows import TaskOptions
from stacks.state_machines.task import task_definition
from tests.model.mistake import Wiring
from tests.model.search import RandomRuns
from tests.model.tasks.program import TASK_MACHINE, TaskProgram
from tests.model.tasks.scenarios import Scenario, randomised
from tests.model.tasks.world import Setting, World

Define = Callable[[Definition], Definition]


class Settings:
    """The program and the interpreters, each made once and used by all runs.

    Parameters
    ----------
    wire
        Changes the services, as mutations do.
    define
        Changes the definition.
    """

    def __init__(self, wire: Wiring = lambda _: None, define: Define = lambda given: given) -> None:
        self._program = TaskProgram(wire=wire)
        self._define = define
        self._machines: dict[int, StateMachine] = {}

    def world(self, scenario: Scenario) -> World:
        """The beginning of a scenario."""
        return World(Setting(scenario, self._program, self._machine(scenario.concurrency)))

    def _machine(self, concurrency: int) -> StateMachine:
        if concurrency not in self._machines:
            options = TaskOptions(max_concurrency=concurrency)
            definition = self._define(
                deepcopy(task_definition(Invocation("function", 60), options))
            )
            self._machines[concurrency] = StateMachine(TASK_MACHINE, definition)
        return self._machines[concurrency]


class Randomised(RandomRuns[World]):
    """Random runs of the model of tasks; by default with the real settings."""

    def __init__(self, settings: Settings | None = None) -> None:
        given = settings or Settings()
        super().__init__(lambda random: given.world(randomised(random)))
