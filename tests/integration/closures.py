"""Airports that executions want to close, and the requests that these make."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from app.airport_closure import AIRPORT_CLOSURE, ClosureState
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalRequest, ApprovalStatus
from cqrs.aws.step_functions import ExecutionDescription, execution_arn
from cqrs.core.attribute_values import Item
from tests.integration.deployed import Deployed, wait_for


class Closures:
    """Closures of a tenant's airports."""

    def __init__(self, deployed: Deployed, tenant: str) -> None:
        self.deployed = deployed
        self.tenant = tenant
        self._services = deployed.services
        self._machine = deployed.services.settings.state_machine_arn(AIRPORT_CLOSURE)

    @property
    def approvals(self) -> Any:
        return self._services.approvals

    def start(self, airport: str) -> ApprovalKey:
        """Publish an airport and start its closure, once; the key of the request to come."""
        self._services.commands.publish_sync(
            f"AIRPORT#{self.tenant}",
            f"AIRPORT#{airport}",
            name=f"Airport {airport}",
            attributes={"country": "x"},
        )
        name = f"{self.tenant}-{airport}"
        given = {"tenant": self.tenant, "airport": airport, "reason": "flooded"}
        self._services.step_functions.start(self._machine, name, given)
        return ApprovalKey.make(self.tenant, name)

    def ask(self, airport: str = "KIX") -> ApprovalKey:
        """Start a closure and wait until it waits."""
        key = self.start(airport)
        self.with_status(key, ApprovalStatus.PENDING)
        if self.deployed.is_localstack:
            wait_for(lambda: self._is_submitted(key) or None, f"the state of {key} to wait")
        return key

    def _is_submitted(self, key: ApprovalKey) -> bool:
        """Whether the function has answered the state that asks.

        Emulator difference: LocalStack knows the state's token only then.
        """
        history = self._services.clients.step_functions.get_execution_history
        events = history(executionArn=self.execution(key), reverseOrder=True)["events"]
        return any(event["type"] == "TaskSubmitted" for event in events)

    def with_status(
        self, key: ApprovalKey, status: ApprovalStatus, seconds: float = 60
    ) -> ApprovalRequest:
        """Wait until a request has a status."""

        def found() -> ApprovalRequest | None:
            request: ApprovalRequest | None = self.approvals.get_request(key)
            return request if request is not None and request.status is status else None

        return wait_for(found, f"{key} to be {status}", seconds)

    def execution(self, key: ApprovalKey) -> str:
        """ARN of a request's execution."""
        return execution_arn(self._machine, key.request_id)

    def end(self, key: ApprovalKey, seconds: float = 60) -> ExecutionDescription:
        """Wait for the end of a request's execution."""

        def ended() -> ExecutionDescription | None:
            found = self._services.step_functions.describe(self.execution(key))
            return None if found is None or found.is_running else found

        return wait_for(ended, f"the end of {key.request_id}", seconds)

    def is_closed(self, airport: str = "KIX") -> bool:
        """Whether an airport is closed."""
        item = self._services.data.get(f"AIRPORT#{self.tenant}", f"AIRPORT#{airport}")
        assert item is not None
        return item.is_deleted

    def stored(self, key: ApprovalKey) -> Item:
        """A request as it is stored, with its token."""
        table = self._services.settings.approvals_table
        return self._services.store.get(table, key.pk, key.sk) or {}


@contextmanager
def waiting(deployed: Deployed, seconds: int) -> Iterator[None]:
    """Let new executions wait so long for an answer, if nobody else uses the environment."""
    if deployed.is_shared:
        yield
        return

    def changed(state: Mapping[str, Any]) -> dict[str, Any]:
        # Emulator difference: LocalStack takes heartbeats for states that must have them only.
        return {**state, "TimeoutSeconds": seconds, "HeartbeatSeconds": seconds - 1}

    client = deployed.services.clients.step_functions
    machine = deployed.services.settings.state_machine_arn(AIRPORT_CLOSURE)
    original = client.describe_state_machine(stateMachineArn=machine)["definition"]
    definition = json.loads(original)
    states = definition["States"]
    states[ClosureState.REQUEST_APPROVAL] = changed(states[ClosureState.REQUEST_APPROVAL])
    client.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))
    try:
        yield
    finally:
        client.update_state_machine(stateMachineArn=machine, definition=original)
