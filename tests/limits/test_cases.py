"""Small loads keep the promises; without what keeps them, they are seen to be broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cqrs.commands import ordering
from cqrs.imports.models import ProcessingMode
from tests.limits.cases import HOUR, Case, Chain, Commands, Import
from tests.limits.mutations import IMPORT_WITHOUT_LAMBDA, MUTATIONS
from tests.limits.report import report

SMALL: tuple[Case, ...] = (
    Commands(name="below-capacity", rate=60.0, seconds=120.0, scale=20.0, patience_seconds=HOUR),
    Chain(name="chain", versions=60, patience_seconds=HOUR),
    Import(name="import", rows=3_000, patience_seconds=HOUR, scale=3.0),
    Import(name="direct", rows=3_000, patience_seconds=HOUR, scale=3.0, mode=ProcessingMode.DIRECT),
)

QUICK_MUTATIONS = (
    "batches that are begun again",
    "a map that outlives its batches",
    "executions that outlast a backlog",
    "another attempt after a timeout",
    "patience while Lambda is away",
    "a healer",
    "large attributes in the bucket",
)


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
def test_a_small_load_keeps_the_promises(case: Case) -> None:
    result = case.run(seed=1)
    assert result.broken == [], report(result)
    assert result.load.accepted == result.load.offered


def test_the_same_seed_gives_the_same_run() -> None:
    case = replace(SMALL[0], patience_seconds=600.0)
    first, second = (case.run(seed=3) for _ in range(2))
    assert first.account.tally.counts == second.account.tally.counts
    assert first.account.tally.measures["latency"] == second.account.tally.measures["latency"]


def test_a_successor_that_is_not_told_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering.Ordering, "_tell_successor", lambda *_: None)
    result = replace(SMALL[1], patience_seconds=120.0).run(seed=1)
    assert any("wait" in promise for promise in result.broken)
    assert any("not applied" in promise for promise in result.broken)


def test_batches_that_an_outage_outlasts_are_begun_again() -> None:
    result = IMPORT_WITHOUT_LAMBDA.run(seed=1)
    assert result.account.tally.failures["batches Lambda.TooManyRequestsException"] > 0
    assert result.broken == [], report(result)


@pytest.mark.parametrize("name", QUICK_MUTATIONS)
def test_a_promise_is_broken_without_a_measure(name: str) -> None:
    kept, without = MUTATIONS[name].run(seed=1)

    assert kept.broken == [], report(kept)
    assert without.broken != [], report(without)
