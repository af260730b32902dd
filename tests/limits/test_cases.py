"""Small loads keep the promises; without what keeps them, they are seen to be broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cqrs.aws.map_results import MapResults
from cqrs.commands import ordering
from cqrs.imports.models import ProcessingMode
from tests.limits.cases import HOUR, TEN_MINUTES, Away, Case, Chain, Commands, Import
from tests.limits.report import report

SMALL: tuple[Case, ...] = (
    Commands(name="below-capacity", rate=60.0, seconds=120.0, scale=20.0, patience_seconds=HOUR),
    Chain(name="chain", versions=60, patience_seconds=HOUR),
    Import(name="import", rows=3_000, patience_seconds=HOUR, scale=3.0),
    Import(name="direct", rows=3_000, patience_seconds=HOUR, scale=3.0, mode=ProcessingMode.DIRECT),
)

OUTAGE = Import(
    name="import-without-lambda",
    rows=3_000,
    patience_seconds=HOUR,
    scale=3.0,
    away=(Away("lambda", 2.0, TEN_MINUTES),),
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
    result = OUTAGE.run(seed=1)
    assert result.account.tally.failures["batches Lambda.TooManyRequestsException"] > 0
    assert result.broken == [], report(result)


def test_batches_that_nobody_begins_again_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MapResults, "unsuccessful", lambda *_: [])
    result = OUTAGE.run(seed=1)
    assert any("rows counted as imported" in promise for promise in result.broken)
