"""The log of the state machines that one command costs, in either lane.

Two versions of an item are published, one after the other, and their executions' histories are
read. Express executions have one on the emulator, which runs them as Standard ones.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.aws_histories import Execution, as_on_aws
from benchmarks.log_lines import dollars_a_million, log_bytes
from benchmarks.stack import deployed_stack
from cqrs.aws.step_functions import SUCCEEDED
from cqrs.commands.executions import execution_input
from cqrs.commands.models import PublishResult
from cqrs.states import Lane
from tests.integration.deployed import Deployed, wait_for
from tests.integration.lanes import in_lane
from tests.limits.quotas import prices

PK, SK = "ORDER#acme", "ORDER#0000001"
VERSIONS = {1: "first", 2: "later"}
ATTRIBUTES = {"number": 1, "text": "x" * 200}
"""As the simulator's commands have them. They are in no execution, and so in no log."""

EXPLAINED = """\
The histories are the emulator's, with the events and fields that AWS adds.
ERROR holds failed executions only, and OFF nothing.
"""


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of the log that one command costs.

    Attributes
    ----------
    lane, version
        Which command.
    events
        How many events.
    whole, without_data
        Bytes at level ALL, with the data of executions and without.
    """

    lane: Lane
    version: str
    events: int
    whole: int
    without_data: int


def measure(console: Console) -> None:
    """Measure and print."""
    with deployed_stack() as deployed:
        sizes = [size for lane in Lane for size in _sizes(deployed, lane)]
    _print(console, sizes, prices()["vended_log_gb"])


def _sizes(deployed: Deployed, lane: Lane) -> list[Size]:
    with in_lane(deployed, lane) as changed:
        return [_size(changed, lane, version) for version in VERSIONS]


def _size(deployed: Deployed, lane: Lane, version: int) -> Size:
    sk = f"{SK}-{lane}"
    attributes = {**ATTRIBUTES, "number": version}
    published = deployed.services.commands.publish(PK, sk, name="order", attributes=attributes)
    execution = _execution(deployed, lane, published)
    history = deployed.services.clients.step_functions.get_execution_history(
        executionArn=execution.described["executionArn"], maxResults=1000
    )
    events = [*as_on_aws(execution, history["events"])]
    sizes = (log_bytes(events, execution.arn, has_data=has_data) for has_data in (True, False))
    return Size(lane, VERSIONS[version], len(events), *sizes)


def _execution(deployed: Deployed, lane: Lane, published: PublishResult) -> Execution:
    """The execution that applied a command, once it has ended."""
    client, settings = deployed.services.clients.step_functions, deployed.services.settings
    machine = (
        settings.express_command_state_machine_arn
        if lane is Lane.EXPRESS
        else settings.command_state_machine_arn
    )
    given = execution_input(published.key, published.request_id)

    def ended() -> Mapping[str, Any] | None:
        listed = client.list_executions(stateMachineArn=machine, statusFilter=SUCCEEDED)
        for one in listed["executions"]:
            described: Mapping[str, Any] = client.describe_execution(
                executionArn=one["executionArn"]
            )
            if json.loads(described["input"]) == given:
                return described
        return None

    described = wait_for(ended, f"the execution of {published.key}")
    arn = _arn(described["executionArn"], lane)
    return Execution(described, client.describe_state_machine(stateMachineArn=machine), arn)


def _arn(arn: str, lane: Lane) -> str:
    """An execution's ARN on AWS: that of an Express one is longer by an id."""
    if lane is Lane.STANDARD:
        return arn
    return arn.replace(":execution:", ":express:") + f":{uuid.UUID(int=0)}"


def _print(console: Console, sizes: list[Size], gb_price: float) -> None:
    title = f"Log of one command at level ALL, at {gb_price} USD a GB"
    table = Table("lane", "version", title=title, title_justify="left")
    for name in ("events", "bytes", "USD a million", "bytes without data", "USD a million"):
        table.add_column(name, justify="right")
    for size in sizes:
        measured = (size.whole, size.without_data)
        figures = (
            figure
            for one in measured
            for figure in (f"{one:,}", f"{dollars_a_million(one, gb_price):.2f}")
        )
        table.add_row(size.lane, size.version, str(size.events), *figures)
    console.print(table)
    console.print(EXPLAINED, highlight=False, soft_wrap=True)
