"""The model of approvals, as the long run takes it."""

from __future__ import annotations

from tests.model.approvals.exploration import Randomised, explore, world
from tests.model.approvals.mutations import MUTATIONS, REDUNDANT, Mutation
from tests.model.approvals.scenarios import answered, exhaustive
from tests.model.hunt import Catch, hunt, hunt_at_random
from tests.model.model import Model

RUNS_OF_A_HUNT = 20_000


def find(mutation: Mutation) -> Catch:
    """Find a mistake, in the scenario that is known to show it, or else in random runs."""
    program = mutation.program()
    roots = (world(known, program) for known in exhaustive() if known.name == mutation.shows_in)
    catch = hunt(mutation.name, roots)
    if catch.broken is not None:
        return catch
    return hunt_at_random(mutation.name, Randomised(program), RUNS_OF_A_HUNT)


def doubt(mutation: Mutation) -> Catch:
    """Look for a mistake that must change nothing, wherever somebody answers or closes."""
    program = mutation.program()
    return hunt(mutation.name, (world(known, program) for known in answered()))


APPROVALS = Model(
    name="approvals",
    scenarios=exhaustive(),
    explore=explore,
    mutations=MUTATIONS,
    find=find,
    randomised=Randomised,
    runs=50_000,
    redundant=REDUNDANT,
    doubt=doubt,
)
