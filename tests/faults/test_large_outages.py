"""Services away for five minutes amid much work, and a fifth of all requests throttled.

``make test-outages`` gives each case an emulator of its own. One keeps all that it did in memory,
and is slower with each case.
"""

from __future__ import annotations

import pytest

from tests.faults.outages import LARGE, outage, throttling
from tests.faults.stage import Stage, Tell

MINUTES = 5


@pytest.mark.parametrize("service", ["dynamodb", "states", "sqs", "s3"])
def test_a_service_is_away(stage: Stage, tenant: str, tell: Tell, service: str):
    tell(outage(stage, tenant, service, MINUTES * 60, LARGE))


def test_a_fifth_of_all_requests_is_throttled(stage: Stage, tenant: str, tell: Tell):
    tell(throttling(stage, tenant, 0.2, LARGE))
