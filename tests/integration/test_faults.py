"""A small part of the runs with faults of AWS; `make test-faults` has the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cqrs.commands.models import LATEST
from cqrs.errors import TransientError
from cqrs.imports.models import ProcessingMode
from tests.faults import runs
from tests.faults.outages import AllKinds, Load, outage, throttling
from tests.faults.refusals import IN_PROGRESS, Refusal, cancelled
from tests.faults.stage import Stage, behind_the_proxy
from tests.faults.weather import LOST_ANSWERS, Weather
from tests.integration.closures import waiting
from tests.integration.conftest import REGION
from tests.integration.deployed import Deployed

SHARE = 0.2
LOAD = Load(items=4, versions=4, sub_tasks=10, rows=30)
APPROVAL_SECONDS = 600
AWAY_SECONDS = 15
"""Longer than a request is begun again within an invocation."""


@pytest.fixture(scope="module")
def stage(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("proxy")
    with (
        behind_the_proxy(deployed, REGION, folder) as made,
        waiting(deployed, APPROVAL_SECONDS),
    ):
        yield made


def test_publishers_are_behind_the_proxy(stage: Stage, tenant: str):
    gone = Weather(away=frozenset({"dynamodb"}))

    with stage.weather(gone), pytest.raises(TransientError):
        stage.services.commands.publish(f"ORDERED#{tenant}", "ORDERED#1", version=0)

    assert gone.counts["requests"] > 1


def test_commands_are_applied_in_order(stage: Stage, tenant: str):
    runs.commands(stage, Weather(1, SHARE), tenant, (4, 3))


def test_a_publish_whose_answer_is_lost_is_done_once(stage: Stage, tenant: str):
    runs.publishes(stage, Weather(2, SHARE, LOST_ANSWERS), tenant, (4, 3))


@pytest.mark.parametrize(
    ("version", "is_raced"),
    [(0, False), (LATEST, False), (LATEST, True)],
    ids=["on a version", "on the latest", "another publishes in between"],
)
@pytest.mark.parametrize(
    ("refusal", "times"), [(cancelled(2, 0, "ThrottlingError"), 1), (IN_PROGRESS, 4)]
)
def test_a_publish_whose_repeat_meets_contention_is_done_once(
    stage: Stage, tenant: str, refusal: Refusal, times: int, version: int, *, is_raced: bool
):
    runs.lost_publish(stage, tenant, refusal, times, version=version, is_raced=is_raced)


def test_synchronous_publishes_are_applied_in_order(stage: Stage, tenant: str):
    runs.synchronous(stage, Weather(7, SHARE), tenant, (3, 3))


def test_a_task_comes_to_its_end(stage: Stage, tenant: str):
    runs.task(stage, Weather(3, SHARE), tenant, 20)


@pytest.mark.parametrize("mode", ProcessingMode)
def test_an_import_is_exact(stage: Stage, tenant: str, mode: ProcessingMode):
    runs.an_import(stage, Weather(4, SHARE), tenant, mode, 12)


def test_approvals_are_asked_for_and_answered(stage: Stage, tenant: str):
    runs.approvals(stage, Weather(5, SHARE), tenant, 2)


def test_dead_letters_are_given_back(stage: Stage, tenant: str):
    runs.letters(stage, Weather(6, SHARE), tenant, 2)


def test_an_outage_costs_nothing_but_time(stage: Stage, tenant: str):
    outage(stage, AllKinds(stage, tenant, LOAD), "dynamodb", AWAY_SECONDS)


def test_throttling_costs_nothing_but_time(stage: Stage, tenant: str):
    throttling(stage, AllKinds(stage, tenant, LOAD), SHARE)
