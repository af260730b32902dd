"""The part of the model of tasks that is short enough to be run each time."""

from __future__ import annotations

import pytest

from tests.model import search
from tests.model.search import Broken
from tests.model.tasks.exploration import Randomised, Settings
from tests.model.tasks.mutations import MUTATIONS, Mutation
from tests.model.tasks.scenarios import Scenario, exhaustive
from tests.model.violation import Violation

SHORT = {
    "a single task with a large result",
    "a single task that is refused",
    "a single task whose process dies again and again",
    "a single task whose handler meets an error of AWS again and again",
    "one sub-task",
    "one sub-task with a large result",
    "one sub-task that is refused",
    "one sub-task whose process dies, and its execution ends early",
    "three sub-tasks, two at a time",
    "a single task that is run again",
    "a single task that is run again and cancelled",
    "a single task that two run again",
    "one sub-task that is run again after its execution ended early",
    "one sub-task that is run again while its first run goes on",
    "one sub-task that is run again, and whose first end is told late",
    "two sub-tasks, one is run again twice and never mended",
}
RUNS = 60

SCENARIOS = {scenario.name: scenario for scenario in exhaustive()}
QUICKLY_FOUND = [mutation for mutation in MUTATIONS if mutation.shows_in in SHORT]


@pytest.mark.parametrize("name", sorted(SHORT))
def test_every_promise_holds_in_every_order(name: str) -> None:
    search.explore(Settings().world(SCENARIOS[name]))


@pytest.mark.parametrize("mutation", QUICKLY_FOUND, ids=lambda mutation: mutation.name)
def test_a_mistake_is_found(mutation: Mutation) -> None:
    with pytest.raises(Broken) as found:
        search.explore(mutation.settings().world(SCENARIOS[mutation.shows_in]))

    assert_it_breaks_again(mutation, found.value)


def assert_it_breaks_again(mutation: Mutation, broken: Broken) -> None:
    scenario: Scenario = broken.scenario
    with pytest.raises(Violation) as again:
        search.replay(mutation.settings().world(scenario), broken.schedule)
    assert again.value.rule == broken.violation.rule


def test_every_promise_holds_at_random() -> None:
    randomised = Randomised()
    for number in range(RUNS):
        randomised.run(f"fixed-{number}")


def test_the_same_seed_gives_the_same_run() -> None:
    assert Randomised().run("same").key() == Randomised().run("same").key()
