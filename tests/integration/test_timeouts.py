"""A signal that is lost costs the wait's timeout and no more, on the deployed stack."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from cqrs.states import CommandState
from tests.integration.deployed import Deployed, wait_for
from tests.integration.left_behind import end_silently, leave_behind

SK = "NOTE#1"
WAIT_SECONDS = 3


@pytest.fixture
def pk(tenant: str) -> str:
    return f"NOTE#{tenant}"


@pytest.fixture
def short_wait(deployed: Deployed) -> Iterator[None]:
    """Lets waits of new executions time out early."""
    client = deployed.services.clients.step_functions
    machine = deployed.services.settings.command_state_machine_arn
    original = client.describe_state_machine(stateMachineArn=machine)["definition"]
    definition = json.loads(original)
    definition["States"][CommandState.WAIT_PREV_COMMAND]["TimeoutSeconds"] = WAIT_SECONDS
    client.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))
    yield
    client.update_state_machine(stateMachineArn=machine, definition=original)


@pytest.mark.usefixtures("short_wait")
@pytest.mark.parametrize(
    ("status", "ends", "error"),
    [("FAILED", "FAILED", "PredecessorFailed"), ("FINISHED", "FINISHED", None)],
)
def test_successors_learn_of_their_predecessors_end_within_the_timeout(
    deployed: Deployed, pk: str, status: str, ends: str, error: str | None
):
    first = leave_behind(deployed, pk, SK)
    commands = deployed.services.commands
    second = commands.publish(pk, SK, attributes={"n": 2}, version=1)
    third = commands.publish(pk, SK, attributes={"n": 3}, version=2)
    wait_for(
        lambda: deployed.stored_command(first.key).get("successorToken"), "the successor's token"
    )
    end_silently(deployed, first, status)
    silent_since = time.monotonic()

    for key in (second.key, third.key):
        end = deployed.end_of(key)
        assert (end.status, end.error) == (ends, error)
    # The wait's timeout, once, and what the states themselves take on a busy machine.
    assert time.monotonic() - silent_since < WAIT_SECONDS + 20
