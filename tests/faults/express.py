"""The Express lane, on an emulator that has no Express executions.

Emulator difference: MiniStack runs an Express machine as a Standard one, and ends no execution when
its machine's time is over. AWS ends an Express one after five minutes, and tells nobody. So here
somebody stops those that are as old.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

from botocore.exceptions import BotoCoreError

from cqrs.aws.step_functions import RUNNING
from cqrs.errors import TransientError
from cqrs.resources import HEALER
from cqrs.services import Services
from cqrs.states import EXPRESS_SECONDS, Lane
from stacks.options.healing import HealingOptions
from tests.integration.deployed import Deployed
from tests.integration.identities import root
from tests.integration.lanes import in_lane

RATE_MINUTES = HealingOptions().rate_minutes
"""The pace of the healer in an environment that says nothing of it."""

WORK_SECONDS = 900.0
"""Longest time of the commands themselves, on two cores that other work shares."""

LONGEST_SECONDS = EXPRESS_SECONDS + 2 * RATE_MINUTES * 60 + WORK_SECONDS
"""Longest wait for the end of all commands, from the end of an outage on.

An execution that began in its last moment has five minutes, and the healer leaves its command alone
for as long. The next run begins it within ``rate_minutes``. If that run breaks off, the one after
it does, ``rate_minutes`` later. A run begins 500 commands, and a chain needs one of them begun.
"""

LOOK_SECONDS = 5.0
"""Pause between two looks for executions whose time is over."""


@contextmanager
def in_express_lane(deployed: Deployed, region: str) -> Iterator[Deployed]:
    """Let commands run in the Express lane, and let the healer heal."""
    with ExitStack() as stack:
        changed = stack.enter_context(in_lane(deployed, Lane.EXPRESS))
        stack.enter_context(_healing(deployed, region))
        stack.enter_context(_ending(changed.services))
        yield changed


def executions_by_status(deployed: Deployed) -> Counter[str]:
    """How many Express executions there were, and how they ended."""
    return Counter(execution["status"] for execution in _executions(deployed.services))


@contextmanager
def _healing(deployed: Deployed, region: str) -> Iterator[None]:
    """Let the healer come as often as in an environment that says nothing of it."""
    client = root(deployed.endpoint, region).client("scheduler")
    name = f"{deployed.services.settings.resource_prefix}{HEALER}"
    found = client.get_schedule(Name=name)
    kept = {key: found[key] for key in ("FlexibleTimeWindow", "Target", "State")}

    def change(expression: str) -> None:
        client.update_schedule(Name=name, ScheduleExpression=expression, **kept)

    change(f"rate({RATE_MINUTES} minutes)")
    try:
        yield
    finally:
        change(found["ScheduleExpression"])


@contextmanager
def _ending(services: Services) -> Iterator[None]:
    """End executions whose time is over; an error of that is raised at the end."""
    is_over = Event()

    def run() -> None:
        while not is_over.wait(LOOK_SECONDS):
            # A busy emulator may not answer in time. The next look sees the same.
            with suppress(BotoCoreError, TransientError):
                _end_old_ones(services)

    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(run)
        try:
            yield
        finally:
            is_over.set()
        ending.result()


def _end_old_ones(services: Services) -> None:
    oldest = datetime.now(UTC) - timedelta(seconds=EXPRESS_SECONDS)
    for execution in _executions(services, statusFilter=RUNNING):
        if execution["startDate"] < oldest:
            services.step_functions.stop(execution["executionArn"])


def _executions(services: Services, **chosen: str) -> Iterator[Mapping[str, Any]]:
    pages = services.clients.step_functions.get_paginator("list_executions").paginate(
        stateMachineArn=services.settings.express_command_state_machine_arn, **chosen
    )
    for page in pages:
        yield from page["executions"]
