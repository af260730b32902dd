"""Everything in bad weather, at three shares of requests that meet a fault."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs.imports.models import ProcessingMode
from tests.faults import runs
from tests.faults.stage import Stage, Tell
from tests.faults.weather import LOST_ANSWERS, Weather

SHARES = (0.05, 0.2, 0.5)
SEED = 2_000


def _sized(*sizes: Any) -> list[tuple[float, Any]]:
    return list(zip(SHARES, sizes, strict=True))


@pytest.mark.parametrize(("share", "size"), _sized((30, 10), (30, 10), (15, 6)))
def test_commands(stage: Stage, tenant: str, tell: Tell, share: float, size: tuple[int, int]):
    tell(runs.commands(stage, Weather(SEED + 1, share), tenant, size))


@pytest.mark.parametrize("share", [0.2, 0.35])
def test_publishes_whose_answers_are_lost(stage: Stage, tenant: str, tell: Tell, share: float):
    tell(runs.publishes(stage, Weather(SEED + 2, share, LOST_ANSWERS), tenant, (20, 10)))


@pytest.mark.parametrize("share", SHARES)
def test_synchronous_publishes(stage: Stage, tenant: str, tell: Tell, share: float):
    tell(runs.synchronous(stage, Weather(SEED + 7, share), tenant, (10, 5)))


@pytest.mark.parametrize(("share", "size"), _sized(300, 300, 100))
def test_a_task(stage: Stage, tenant: str, tell: Tell, share: float, size: int):
    tell(runs.task(stage, Weather(SEED + 3, share), tenant, size))


@pytest.mark.parametrize(("share", "size"), _sized(500, 300, 100))
@pytest.mark.parametrize("mode", ProcessingMode)
def test_an_import(
    stage: Stage, tenant: str, tell: Tell, mode: ProcessingMode, share: float, size: int
):
    tell(runs.an_import(stage, Weather(SEED + 4, share), tenant, mode, size))


@pytest.mark.parametrize("share", SHARES)
def test_approvals(stage: Stage, tenant: str, tell: Tell, share: float):
    tell(runs.approvals(stage, Weather(SEED + 5, share), tenant, 10))


@pytest.mark.parametrize("share", SHARES)
def test_letters(stage: Stage, tenant: str, tell: Tell, share: float):
    tell(runs.letters(stage, Weather(SEED + 6, share), tenant, 20))


def test_an_import_that_is_broken_off(stage: Stage, tenant: str, tell: Tell):
    tell(runs.broken_off_import(stage, tenant, 120))
