"""Looks for a way in which a mistake in imports shows."""

from __future__ import annotations

from tests.model.hunt import Catch, hunt_at_random
from tests.model.imports.exploration import InScenario
from tests.model.imports.mutations import Mutation
from tests.model.imports.scenarios import exhaustive, large

MOST_RUNS = 6_000
"""Of a scenario, until a mistake counts as not found."""

SCENARIOS = {scenario.name: scenario for scenario in (*exhaustive(), *large())}


def find(mutation: Mutation, runs: int = MOST_RUNS) -> Catch:
    """Find a mistake in random runs of the scenario in which it is known to show."""
    randomised = InScenario(SCENARIOS[mutation.shows_in], mutation.settings())
    return hunt_at_random(mutation.name, randomised, runs)
