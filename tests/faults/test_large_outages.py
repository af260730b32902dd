"""Services away for five minutes amid much work, and a fifth of all requests throttled.

``make test-outages`` gives each case an emulator of its own. One keeps all that it did in memory,
and is slower with each case.

In the Express lane only commands run otherwise. Tasks and imports have the same machines in either.
Commands ask SQS for nothing: it takes the ends of commands if somebody wants to be told, and what
is set aside. They ask S3 for attributes that are too large for an item, so some have such ones.
"""

from __future__ import annotations

import pytest

from tests.faults import express
from tests.faults.outages import LARGE, AllKinds, Commands, outage, throttling
from tests.faults.stage import Stage, Tell

MINUTES = 5
SHARE = 0.2


@pytest.fixture
def express_commands(express_stage: Stage, tenant: str) -> Commands:
    work = (express_stage, tenant, LARGE)
    return Commands(*work, seconds=express.LONGEST_SECONDS, are_large=True)


def executions(stage: Stage) -> str:
    """Tell how many Express executions there were, of which each command had one at least."""
    found = express.executions_by_status(stage.deployed)
    assert found.total() >= LARGE.items * LARGE.versions
    stopped = found.pop("ABORTED", 0)
    return f"{found.total()} executions and {stopped} that their five minutes ended"


@pytest.mark.parametrize("service", ["dynamodb", "states", "sqs", "s3"])
def test_a_service_is_away(stage: Stage, tenant: str, tell: Tell, service: str):
    tell(outage(stage, AllKinds(stage, tenant, LARGE), service, MINUTES * 60))


def test_a_fifth_of_all_requests_is_throttled(stage: Stage, tenant: str, tell: Tell):
    tell(throttling(stage, AllKinds(stage, tenant, LARGE), SHARE))


@pytest.mark.parametrize("service", ["dynamodb", "states", "s3"])
def test_a_service_is_away_in_the_express_lane(
    express_stage: Stage, express_commands: Commands, tell: Tell, service: str
):
    told = outage(express_stage, express_commands, service, MINUTES * 60)
    tell(f"{told}, {executions(express_stage)}")


def test_a_fifth_of_all_requests_is_throttled_in_the_express_lane(
    express_stage: Stage, express_commands: Commands, tell: Tell
):
    told = throttling(express_stage, express_commands, SHARE)
    tell(f"{told}, {executions(express_stage)}")
