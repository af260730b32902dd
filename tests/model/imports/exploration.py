"""Searches of the model of imports: the real code and definition, or mistaken ones."""

from __future__ import annotations

from functools import cache

from tests.model import search
from tests.model.imports.map_run import ImportMachine, definition
from tests.model.imports.program import Change, ImportProgram, Sizes
from tests.model.imports.scenarios import Scenario, randomised
from tests.model.imports.world import Setting, World


class Settings:
    """Programs, each made once and used by all runs.

    Parameters
    ----------
    change
        The code in the place of the real one; by default none.
    remember
        Whether programs remember what they have run.
    """

    def __init__(self, change: Change | None = None, *, remember: bool = True) -> None:
        self._change = change
        self._remember = remember
        self._programs: dict[Sizes, ImportProgram] = {}

    def of(self, scenario: Scenario) -> Setting:
        """The part that stays the same in a run of a scenario."""
        sizes = scenario.sizes
        if sizes not in self._programs:
            program = ImportProgram(sizes, self._change, remember=self._remember)
            self._programs[sizes] = program
        return Setting(scenario, self._programs[sizes], _machine(scenario.most_retries))


@cache
def _machine(most_retries: int) -> ImportMachine:
    return ImportMachine(definition(), most_retries)


class InScenario(search.RandomRuns[World]):
    """Runs of one scenario."""

    def __init__(self, scenario: Scenario, settings: Settings | None = None) -> None:
        given = (settings or Settings()).of(scenario)
        super().__init__(lambda _random: World(given))


def explore(scenario: Scenario, settings: Settings | None = None) -> search.Counts:
    """Follow every schedule of a scenario.

    Raises
    ------
    Broken
        If a rule was broken.
    """
    return search.explore(World((settings or Settings()).of(scenario)))


class Randomised(search.RandomRuns[World]):
    """Runs of drawn scenarios.

    Parameters
    ----------
    settings
        Gives the program and the interpreter for a scenario; by default the real ones, shared by
        all runs.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        given = settings or Settings()
        super().__init__(lambda random: World(given.of(randomised(random))))
