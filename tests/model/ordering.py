"""The model of the ordering of commands, as the long run takes it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.model.exploration import Randomised, explore, setting
from tests.model.hunt import Catch, hunt
from tests.model.model import Model
from tests.model.mutations import MUTATIONS, REDUNDANT, Mutation
from tests.model.scenarios import Scenario, exhaustive, publishing
from tests.model.world import World


def find(mutation: Mutation, scenarios: Sequence[Scenario]) -> Catch:
    """Find a mistake in any of the scenarios, first in the one that is known to show it."""
    settings = mutation.settings()
    best_first = sorted(scenarios, key=lambda known: known.name != mutation.shows_in)
    return hunt(mutation.name, (World(settings.of(scenario)) for scenario in best_first))


ORDERING = Model(
    name="ordering of commands",
    scenarios=exhaustive(),
    explore=lambda scenario: explore(setting(scenario)),
    mutations=MUTATIONS,
    find=lambda mutation: find(mutation, exhaustive()),
    randomised=Randomised,
    runs=200_000,
    redundant=REDUNDANT,
    doubt=lambda mutation: find(mutation, publishing()),
)
