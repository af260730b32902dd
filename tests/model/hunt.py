"""Looks for the shortest way in which a mistake shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.model.exploration import Broken, Randomised, Settings, explore, shortest
from tests.model.mutations import Mutation
from tests.model.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class Catch:
    """How a mistake was found, if it was."""

    mutation: Mutation
    broken: Broken | None

    def __str__(self) -> str:
        if self.broken is None:
            return f"{self.mutation.name}: not found"
        where = f"seed {self.broken.seed}" if self.broken.seed else self.broken.scenario.name
        rule, steps = self.broken.violation.rule, len(self.broken.schedule)
        return f"{self.mutation.name}: breaks {rule!r} in {steps} steps, {where}"


def hunt(mutation: Mutation, scenarios: Sequence[Scenario]) -> Catch:
    """Find a mistake in any of the scenarios, first in the one where it is known to show."""
    settings = mutation.settings()
    for scenario in sorted(scenarios, key=lambda known: known.name != mutation.shows_in):
        broken = _find(settings, scenario)
        if broken is not None:
            return Catch(mutation, broken)
    return Catch(mutation, None)


def hunt_at_random(mutation: Mutation, runs: int) -> Catch:
    """Find a mistake in random runs."""
    randomised = Randomised(mutation.settings())
    for number in range(runs):
        try:
            randomised.run(f"hunt-{number}")
        except Broken as broken:
            return Catch(mutation, broken)
    return Catch(mutation, None)


def _find(settings: Settings, scenario: Scenario) -> Broken | None:
    given = settings.of(scenario)
    try:
        explore(given)
    except Broken as broken:
        return shortest(given) or broken
    return None
