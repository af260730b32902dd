"""A schedule says all that there is to say about a run."""

from __future__ import annotations

import pytest

from cqrs.states import Lane
from tests.model.choice import Choice
from tests.model.exploration import Randomised, Settings, replay, setting
from tests.model.hunt import hunt_at_random
from tests.model.mutations import MUTATIONS
from tests.model.program import Program
from tests.model.scenarios import Scenario, chain
from tests.model.search import Broken
from tests.model.violation import Violation

MISTAKE = MUTATIONS[0]


@pytest.fixture(scope="module")
def broken() -> Broken:
    found = hunt_at_random(MISTAKE.name, Randomised(MISTAKE.settings()), 2_000).broken
    assert found is not None
    return found


def test_a_failing_run_says_how_to_repeat_it(broken: Broken) -> None:
    assert f"seed {broken.seed}" in str(broken)
    assert all(str(choice) in str(broken) for choice in broken.schedule)


def test_its_seed_gives_the_same_run(broken: Broken) -> None:
    with pytest.raises(Broken) as again:
        Randomised(MISTAKE.settings()).run(broken.seed)

    assert again.value.schedule == broken.schedule
    assert str(again.value.violation) == str(broken.violation)


def test_its_schedule_leads_to_the_same_end(broken: Broken) -> None:
    schedule = [Choice.parse(str(choice)) for choice in broken.schedule]

    with pytest.raises(Violation) as again:
        replay(MISTAKE.settings().of(broken.scenario), schedule)

    assert str(again.value) == str(broken.violation)


def test_remembering_steps_changes_nothing() -> None:
    class Forgetful(Settings):
        def program(self, ttl_days: int, lane: Lane) -> Program:
            return Program(ttl_days=ttl_days, lane=lane, remember=False)

    remembering, forgetful = Randomised(), Randomised(Forgetful())
    for number in range(40):
        seed = f"memory-{number}"
        assert remembering.run(seed).key() == forgetful.run(seed).key()


def test_a_choice_that_cannot_be_taken_is_told() -> None:
    scenario = Scenario("one version", before=chain("A", 1))

    with pytest.raises(KeyError):
        replay(setting(scenario), [Choice("A@1#1 check_version")])
