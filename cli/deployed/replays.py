"""Telling the deployed function again what it was told once, and has lost.

It takes a repeat for what it is, so this is safe even if the first one is still on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.deployed.function import FunctionFailed, invoke
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.json_text import to_json
from cqrs.dead_letters.stream import replay
from cqrs.events.batches import REPLAYED
from cqrs.execution_events import EXECUTION_STATUS

if TYPE_CHECKING:
    from cli.deployed.connection import Connection
    from cqrs.core.attribute_values import Item
    from cqrs.dead_letters.delivery import Answer, Deliver
    from cqrs.resources import Table
    from cqrs.services import Services


def delivering(services: Services) -> Deliver:
    """Hand events over by invocations of the deployed function."""

    def deliver(event: dict[str, Any]) -> Answer:
        return invoke(services, event)

    return deliver


class Invoking:
    """Tells the function by invocations of it, as the command line knows no application.

    Parameters
    ----------
    connection
        The environment.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, table: Table, item: Item, change: str) -> bool:
        """Send an item as its table's stream does, and return True.

        Raises
        ------
        FunctionFailed
            If the function could not handle it.
        """
        image = to_attribute_values(item)
        environment = self._connection.environment
        record = {
            "eventID": REPLAYED,
            "eventName": change,
            "eventSource": "aws:dynamodb",
            "awsRegion": environment.region,
            "eventSourceARN": f"{environment.table_arn(table)}/stream/{REPLAYED}",
            "dynamodb": {
                "Keys": {name: image[name] for name in ("pk", "sk")},
                "NewImage": image,
                "SequenceNumber": "0",
                "StreamViewType": "NEW_IMAGE",
            },
        }
        problems = replay(delivering(self._connection.services), [record])
        if problems:
            raise FunctionFailed("; ".join(problems))
        return True

    def end(self, machine: str, name: str, status: str, given: Any) -> bool:
        """Report an execution's early end as EventBridge does, and return True.

        Raises
        ------
        FunctionFailed
            If the function could not handle it.
        """
        source, detail_type = EXECUTION_STATUS
        detail = {
            "stateMachineArn": machine,
            "name": name,
            "status": status,
            "input": to_json(given),
        }
        event = {"id": REPLAYED, "source": source, "detail-type": detail_type, "detail": detail}
        answer = invoke(self._connection.services, event)
        if answer.problem:
            raise FunctionFailed(answer.problem)
        return True
