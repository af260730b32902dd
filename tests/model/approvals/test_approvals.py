"""Approvals keep their promises in every schedule of small cases, and in many random ones."""

from __future__ import annotations

import pytest

from tests.model.approvals.exploration import Randomised, explore, world
from tests.model.approvals.mutations import MUTATIONS, Mutation
from tests.model.approvals.scenarios import Scenario, exhaustive
from tests.model.choice import Choice
from tests.model.search import Broken, replay
from tests.model.search import explore as explore_world
from tests.model.violation import Violation

RANDOM_RUNS = 500

SHORT = {
    "nobody answers",
    "a stop that is told twice",
    "a redrive",
    "a redrive, and a late end",
    "two questions, one id",
    "the same name again",
    "the same name again after a stop",
    "asked until approved",
}
"""Scenarios that take a second or two; the long run follows all."""

SCENARIOS = {scenario.name: scenario for scenario in exhaustive()}


@pytest.mark.parametrize(
    "scenario",
    [scenario for scenario in exhaustive() if scenario.name in SHORT],
    ids=lambda scenario: scenario.name,
)
def test_every_schedule_keeps_the_promises(scenario: Scenario) -> None:
    counts = explore(scenario)

    assert counts.schedules > counts.states > counts.ends > 0


def test_random_schedules_keep_the_promises() -> None:
    randomised = Randomised()
    for number in range(RANDOM_RUNS):
        randomised.run(f"test-{number}")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mistake_is_found(mutation: Mutation) -> None:
    with pytest.raises(Broken):
        explore_world(world(SCENARIOS[mutation.shows_in], mutation.program()))


def test_a_schedule_leads_to_the_same_end_again() -> None:
    mistake = MUTATIONS[0]
    with pytest.raises(Broken) as broken:
        explore_world(world(SCENARIOS[mistake.shows_in], mistake.program()))
    schedule = [Choice.parse(str(choice)) for choice in broken.value.schedule]

    with pytest.raises(Violation) as again:
        replay(world(broken.value.scenario, mistake.program()), schedule)

    assert str(again.value) == str(broken.value.violation)


def test_a_seed_gives_the_same_run_again() -> None:
    assert Randomised().run("seed").key() == Randomised().run("seed").key()
