"""Services that are away for half a minute to five."""

from __future__ import annotations

import pytest

from tests.faults.outages import SMALL, AllKinds, outage
from tests.faults.stage import Stage, Tell

OUTAGES = [
    *(("dynamodb", seconds) for seconds in (30, 60, 300)),
    *(("states", seconds) for seconds in (60, 300)),
    *(("sqs", seconds) for seconds in (60, 300)),
    ("s3", 60),
    ("sns", 60),
]


@pytest.mark.parametrize(("service", "seconds"), OUTAGES)
def test_a_service_is_away(
    stage: Stage,
    tenant: str,
    tell: Tell,
    service: str,
    seconds: int,
):
    tell(outage(stage, AllKinds(stage, tenant, SMALL), service, seconds))
