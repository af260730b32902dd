"""The model of tasks, as the long run takes it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.model.hunt import Catch, hunt, hunt_at_random
from tests.model.model import Model
from tests.model.search import explore
from tests.model.tasks.exploration import Randomised, Settings
from tests.model.tasks.mutations import MUTATIONS, Mutation
from tests.model.tasks.scenarios import Scenario, exhaustive

HUNTED = 500
"""Random runs in which a mistake may show that does not show in the scenario named."""


def find(mutation: Mutation, scenarios: Sequence[Scenario]) -> Catch:
    """Find a mistake in the scenario that is known to show it, or else at random."""
    settings = mutation.settings()
    known = [scenario for scenario in scenarios if scenario.name == mutation.shows_in]
    catch = hunt(mutation.name, (settings.world(scenario) for scenario in known))
    if catch.broken is not None:
        return catch
    return hunt_at_random(mutation.name, Randomised(settings), HUNTED)


TASKS = Model(
    name="tasks",
    scenarios=exhaustive(),
    explore=lambda scenario: explore(Settings().world(scenario)),
    mutations=MUTATIONS,
    find=lambda mutation: find(mutation, exhaustive()),
    randomised=Randomised,
    runs=50_000,
)
