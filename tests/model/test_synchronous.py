"""A synchronous publish is applied in its caller's process, which may die."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.model.exploration import explore, setting
from tests.model.faults import Fault
from tests.model.mutations import MUTATIONS, Mutation
from tests.model.scenarios import Publish, Publisher, Retry, Scenario, synchronous
from tests.model.search import Broken

FIRST = Publish("A", 0, "publish_sync")

MADE_AGAIN = {
    "each try of a transaction has its token",
    "contention is taken for done",
    "finish refuses what has finished",
}
"""Mistakes that need a request that is made again."""

SCENARIOS = {scenario.name: scenario for scenario in synchronous()}


def dying(*calls: Publish | Retry) -> Scenario:
    """The calls of one process, which dies once in any of them and makes that one again."""
    publisher: Publisher = calls
    return Scenario(
        "a synchronous publisher dies",
        publishers=(publisher,),
        kinds=frozenset({Fault.CRASH_BEFORE, Fault.CRASH_AFTER}),
        faults=1,
        synchronous_crashes=True,
    )


def test_a_command_whose_caller_dies_is_left_under_way() -> None:
    """A known limit: between its write and its end, nobody else knows of a synchronous command."""
    with pytest.raises(Broken, match="A@1 is neither applied nor failed"):
        explore(setting(dying(FIRST)))


@pytest.mark.parametrize("later", [(), (Publish("A", 1),)], ids=["alone", "with a successor"])
def test_a_retry_applies_it(later: tuple[Publish, ...]) -> None:
    explore(setting(dying(FIRST, *later, Retry("A", 1))))


@pytest.mark.parametrize(
    "mutation",
    [mutation for mutation in MUTATIONS if mutation.name in MADE_AGAIN],
    ids=lambda mutation: mutation.name,
)
def test_only_requests_that_are_made_again_show_a_mistake(mutation: Mutation) -> None:
    scenario = SCENARIOS[mutation.shows_in]
    others = scenario.kinds - {Fault.REPEAT, Fault.BUSY}

    explore(mutation.settings().of(replace(scenario, kinds=others)))
    with pytest.raises(Broken):
        explore(mutation.settings().of(scenario))
