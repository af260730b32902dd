"""Ends of executions that EventBridge tells without the execution's input."""

from __future__ import annotations

import json

import pytest

from cqrs.application import Application
from cqrs.execution_events import EXECUTION_STATUS


@pytest.mark.parametrize("has_input", [True, False])
def test_an_end_that_comes_without_the_input_fails_its_command(
    settings, clients, services, step_functions, has_input
):
    key = services.commands.publish("ORDER#acme", "ORDER#1", attributes={}, version=0).key
    (item,) = clients.dynamodb.scan(TableName=settings.commands_table)["Items"]
    services.command_executions.start(key, item["requestId"]["S"])
    ((name, given),) = step_functions.started.items()
    step_functions.fail(name, "States.Runtime", "broken", "ABORTED")
    source, kind = EXECUTION_STATUS
    detail = {
        "stateMachineArn": settings.command_state_machine_arn,
        "name": name,
        "status": "ABORTED",
        **({"input": json.dumps(given)} if has_input else {}),
    }

    event = {"id": "1", "source": source, "detail-type": kind, "detail": detail}
    Application(settings, clients).handle(event, None)

    (item,) = clients.dynamodb.scan(TableName=settings.commands_table)["Items"]
    assert item["status"]["S"] == "FAILED"
