"""Imports keep their promises in every schedule of small cases, and in many random ones."""

from __future__ import annotations

import pytest

from tests.model.choice import Choice
from tests.model.imports.exploration import InScenario, Randomised, Settings, explore
from tests.model.imports.hunting import SCENARIOS, find
from tests.model.imports.mutations import MUTATIONS, Mutation
from tests.model.imports.scenarios import Scenario, exhaustive
from tests.model.imports.world import World
from tests.model.search import Broken, replay
from tests.model.violation import Violation

RANDOM_RUNS = 60

SHORT = {
    "direct",
    "direct, with sync handlers",
    "direct, short of time",
    "map, two batches",
    "map, redriven",
}
"""Scenarios that are followed here; the long run follows all."""

SLOW = {
    "rests are looked at once",
    "a rest is handed back twice",
    "a failed look ends a job that was begun",
}
"""Mistakes that only the long run finds: they show in few schedules."""


@pytest.mark.parametrize(
    "scenario",
    [scenario for scenario in exhaustive() if scenario.name in SHORT],
    ids=lambda scenario: scenario.name,
)
def test_every_schedule_keeps_the_promises(scenario: Scenario) -> None:
    counts = explore(scenario)

    assert counts.states > counts.ends > 0


def test_random_schedules_keep_the_promises() -> None:
    randomised = Randomised()
    for number in range(RANDOM_RUNS):
        randomised.run(f"test-{number}")


@pytest.mark.parametrize(
    "mutation",
    [mutation for mutation in MUTATIONS if mutation.name not in SLOW],
    ids=lambda mutation: mutation.name,
)
def test_a_mistake_is_found(mutation: Mutation) -> None:
    assert find(mutation, runs=1_500).broken is not None


def test_what_is_named_is_there() -> None:
    assert {scenario.name for scenario in exhaustive()} > SHORT
    assert {mutation.name for mutation in MUTATIONS} > SLOW
    assert {mutation.shows_in for mutation in MUTATIONS} <= SCENARIOS.keys()


def test_a_failing_run_can_be_followed_again() -> None:
    # One that shows before nothing happens any more, whatever might still go wrong then.
    name = "a chunk is published after the end"
    (mutation,) = (known for known in MUTATIONS if known.name == name)
    broken = find(mutation).broken
    assert broken is not None
    setting = mutation.settings().of(broken.scenario)

    with pytest.raises(Broken) as again:
        InScenario(broken.scenario, mutation.settings()).run(broken.seed)
    assert str(again.value) == str(broken)
    with pytest.raises(Violation) as followed:
        replay(World(setting), [Choice.parse(str(choice)) for choice in broken.schedule])
    assert str(followed.value) == str(broken.violation)


def test_remembering_steps_changes_nothing() -> None:
    remembering, forgetful = Randomised(), Randomised(Settings(remember=False))
    for number in range(10):
        seed = f"memory-{number}"
        assert remembering.run(seed).key() == forgetful.run(seed).key()
