"""Mistakes in the product that the runs must find, put into it one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

import cqrs.aws.item_store
from cqrs.aws.clients import send
from cqrs.errors import VersionConflict
from tests.faults import runs
from tests.faults.stage import Stage, behind_the_proxy
from tests.faults.weather import LOST_ANSWERS, Kind, Weather
from tests.integration.conftest import REGION
from tests.integration.deployed import Deployed

MUTATIONS = Path(__file__).with_name("mutations")

LOST_THEN_BUSY = {Kind.LOST: 1, Kind.CONTENDED: 1}


def test_a_new_token_for_each_try_meets_its_own_write(
    stage: Stage, tenant: str, monkeypatch: pytest.MonkeyPatch
):
    def send_without_token(client, operation, **request):
        request.pop("ClientRequestToken", None)  # then the SDK makes one for each call
        return send(client, operation, **request)

    monkeypatch.setattr(cqrs.aws.item_store, "send", send_without_token)

    with pytest.raises((AssertionError, VersionConflict)):
        runs.publishes(stage, Weather(11, 0.8, LOST_THEN_BUSY), tenant, (10, 3))


@pytest.mark.parametrize("mutation", sorted(path.stem for path in MUTATIONS.glob("*.py")))
def test_commands_that_fail_are_found(
    deployed: Deployed, tenant: str, tmp_path: Path, mutation: str
):
    weather = Weather(12, 0.5, {**LOST_ANSWERS, Kind.CUT: 2})

    with (
        behind_the_proxy(
            deployed, REGION, tmp_path, MUTATIONS / f"{mutation}.py", patient=False
        ) as stage,
        pytest.raises(AssertionError, match="a mistake of the test"),
    ):
        runs.commands(stage, weather, tenant, (8, 4))
