"""The two sides: how an item is published on each, and where its executions are found."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.reference import deployment as reference
from benchmarks.side_by_side.executions import Execution, Executions, now
from tests.integration.deployed import Deployed

TENANT = "bench"
ATTRIBUTES = {"country": "Japan", "city": "Osaka", "runway": 4000}
CREATED = 201


class Side(Protocol):
    """One of the two.

    Attributes
    ----------
    name
        Name in tables.
    executions
        Executions of its commands.
    """

    name: str
    executions: Executions

    def publish(self, item: str, version: int = 0) -> None:
        """Let its function publish the version of an item that follows a version."""


class Ours:
    """The project."""

    name = "this project"

    def __init__(self, deployed: Deployed) -> None:
        settings = deployed.services.settings
        machine = (
            settings.express_command_state_machine_arn
            if settings.are_commands_express
            else settings.command_state_machine_arn
        )
        self._deployed = deployed
        self.executions = Executions(deployed.services.clients.step_functions, machine)

    def publish(self, item: str, version: int = 0) -> None:
        """By a direct invocation."""
        self._act("publish", item, version)

    def publish_sync(self, item: str, version: int) -> None:
        """Publish the version that follows a version, and apply it at once."""
        self._act("publish_sync", item, version)

    def _act(self, action: str, item: str, version: int) -> None:
        payload = {
            "pk": f"NOTE#{TENANT}",
            "sk": f"NOTE#{item}",
            "name": item,
            "version": version,
            "attributes": {**ATTRIBUTES, "revision": version},
        }
        answer, failed = self._deployed.invoke(
            {"source": "direct", "action": action, "payload": payload}
        )
        if failed or answer.get("status") == "error":
            raise RuntimeError(f"{item} was not published: {answer}")


class Reference:
    """The reference."""

    name = "the reference"

    def __init__(self, deployed: Deployed, machine: str) -> None:
        self._lambda = deployed.services.clients.lambda_
        self.executions = Executions(deployed.services.clients.step_functions, machine)

    def publish(self, item: str, version: int = 0) -> None:
        """By a request of its API, as the gateway hands it on."""
        answer = self._lambda.invoke(
            FunctionName=reference.FUNCTION, Payload=json.dumps(_request(item, version))
        )
        said = json.loads(answer["Payload"].read())
        if said.get("statusCode") != CREATED:
            raise RuntimeError(f"{item} was not published: {said}")


@dataclass(frozen=True, slots=True)
class Applied:
    """A command that has been applied.

    Attributes
    ----------
    begun
        The moment at which its publishing began, in seconds since the epoch.
    execution
        The execution that applied it.
    """

    begun: float
    execution: Execution


def apply(side: Side, item: str, version: int = 0) -> Applied:
    """Publish the version of an item that follows a version, while nothing else is published."""
    begun = now()
    side.publish(item, version)
    (execution,) = side.executions.wait_for(1, begun)
    return Applied(begun, execution)


def item_at(side: Side, version: int) -> str:
    """An item of which so many versions have been applied, one after the other."""
    item = uuid.uuid4().hex
    for base in range(version):
        apply(side, item, base)
    return item


def _request(item: str, version: int) -> dict[str, Any]:
    """A POST, in version 2.0 of API Gateway's payload."""
    method, path = "POST", "/api/items"
    body = {
        "tenant": TENANT,
        "id": item,
        "version": version,
        "attributes": {**ATTRIBUTES, "revision": version},
    }
    http = {"method": method, "path": path, "sourceIp": "127.0.0.1"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": http, "routeKey": "$default", "stage": "$default"},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
