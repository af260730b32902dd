"""Mistakes are put in, and the runs must find them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults import runs
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
