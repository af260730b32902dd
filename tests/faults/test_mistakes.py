"""Mistakes are put in, and the runs must find them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import cqrs.aws.item_store
from cqrs.aws.clients import send
from cqrs.commands.models import LATEST
from tests.faults import runs
from tests.faults.refusals import IN_PROGRESS, Refusal, cancelled
from tests.faults.stage import Stage, behind_the_proxy
from tests.faults.weather import Weather
from tests.integration.conftest import REGION
from tests.integration.deployed import Deployed

MISTAKES = Path(__file__).with_name("mistakes")


@contextmanager
def mistaken(deployed: Deployed, folder: Path, mistake: str) -> Iterator[Stage]:
    with behind_the_proxy(deployed, REGION, folder, [MISTAKES / f"{mistake}.py"]) as stage:
        yield stage


def test_a_failure_of_aws_that_fails_a_command_is_found(
    deployed: Deployed, tenant: str, tmp_path: Path
):
    with (
        mistaken(deployed, tmp_path, "failures_of_aws_fail_commands") as stage,
        pytest.raises(AssertionError, match="CommandFailed"),
    ):
        runs.synchronous(stage, Weather(1, 0.5), tenant, (10, 5))


def test_a_rest_that_counts_as_done_is_found(deployed: Deployed, tenant: str, tmp_path: Path):
    with (
        mistaken(deployed, tmp_path, "rests_count_as_done") as stage,
        pytest.raises(AssertionError, match="RowCounts"),
    ):
        runs.broken_off_import(stage, tenant, 120)


@pytest.mark.parametrize(
    ("refusal", "times"), [(cancelled(2, 0, "ThrottlingError"), 1), (IN_PROGRESS, 4)]
)
def test_a_new_token_for_each_try_is_found(
    stage: Stage, tenant: str, monkeypatch: pytest.MonkeyPatch, refusal: Refusal, times: int
):
    def send_anew(client: Any, operation: str, **parameters: Any) -> Any:
        if operation == "transact_write_items":
            parameters["ClientRequestToken"] = uuid.uuid4().hex
        return send(client, operation, **parameters)

    monkeypatch.setattr(cqrs.aws.item_store, "send", send_anew)
    with pytest.raises(AssertionError, match="changed=True"):
        runs.lost_publish(stage, tenant, refusal, times, version=LATEST, is_raced=True)
