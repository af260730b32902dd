"""The real code of approvals as a function of an event and the results of its calls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import cli.doctor.stuck_approvals
import cqrs.approvals.delivery
import cqrs.approvals.records
import cqrs.aws.step_functions
import cqrs.storage.time_to_live
from cli.doctor.stuck_approvals import stuck_approvals
from cqrs.application import Application
from cqrs.approvals.indexes import BY_EXECUTION
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import WaitingState
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.clock import iso, now_iso
from cqrs.events.types import StepFunctionsEvent
from cqrs.resources import Table
from tests.model.approvals.machines import NAME
from tests.model.approvals.tape import ApprovalClients, ApprovalStore
from tests.model.invocations import Invocations
from tests.model.mistake import Wiring
from tests.model.program import TENANT, settings
from tests.model.state_machine import FIRST_START
from tests.model.tape import done
from tests.model.text import Text, thaw

if TYPE_CHECKING:
    from cqrs.approvals.service import ApprovalService

LOOKS = (0.0, 0.2)
"""How often the code looks again; each look is a moment at which all else may happen."""

MODULES: tuple[Any, Any, Any, Any, Any] = (
    cqrs.approvals.records,
    cqrs.approvals.delivery,
    cqrs.aws.step_functions,
    cqrs.storage.time_to_live,
    cli.doctor.stuck_approvals,
)
"""Modules that know time."""

DOCTOR = "doctor"


class ApprovalProgram(Invocations):
    """The application, as far as approvals go.

    Parameters
    ----------
    wire
        Changes the services, as mutations do.
    """

    def __init__(self, wire: Wiring = lambda _: None) -> None:
        super().__init__()
        clients = ApprovalClients(self._tape)
        self._application = Application(settings(), clients)
        self._services = self._application.services
        self._services.store = ApprovalStore(self._tape)  # type: ignore[assignment]
        clients.__dict__["dynamodb"] = _IndexReader(self._services.store)
        wire(self._services)
        approvals = self._services.approvals

        class Asking(AskingWorkflow):
            def __init__(self) -> None:
                super().__init__(approvals)

        self._application.workflow(NAME)(Asking)
        self._warm_up()

    def _handle(self, event: dict[str, Any]) -> Any:
        if DOCTOR in event:
            return self._repair()
        return self._application.handle(event.get("event", event))

    def _repair(self) -> list[str]:
        connection: Any = SimpleNamespace(
            services=self._services,
            settings=self._services.settings,
            environment=SimpleNamespace(name="local", function=SimpleNamespace(timeout_seconds=60)),
        )
        findings = []
        for finding in stuck_approvals(connection):
            assert finding.fix is not None
            finding.fix()
            findings.append(finding.problem)
        return findings

    def _warm_up(self) -> None:
        """Let the process know its tenant's settings, as all but a new process's first call do."""
        self._tape.rewind([done(None)])
        with self._repeatable("{}"):
            self._services.time_to_live.expires_at(Table.APPROVALS, TENANT)

    def _repeatable(self, event: Text) -> AbstractContextManager[None]:
        return _repeatable(thaw(event).get("at", 0))


class AskingWorkflow:
    """Asks what its execution's input says, and closes what nobody answered."""

    def __init__(self, approvals: ApprovalService) -> None:
        self._approvals = approvals

    def lead(self, event: StepFunctionsEvent) -> None:
        """Ask the team lead."""
        self._ask(event)

    def board(self, event: StepFunctionsEvent) -> None:
        """Ask the board."""
        self._ask(event)

    def expire(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Close what the last state has asked for."""
        given = event.context.execution.input
        for request_id in sorted(set(given["ids"].values())):
            key = ApprovalKey.make(TENANT, request_id)
            if self._approvals.get_request(key) is not None:
                self._approvals.close(key, "Nobody answered in time.")
        return {"outcome": "expired"}

    def escalate(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Close what the team lead has not answered."""
        return self.expire(event)

    def _ask(self, event: StepFunctionsEvent) -> None:
        given, state = event.context.execution.input, event.context.state.name
        self._approvals.create_approval_request(
            ApprovalKey.make(TENANT, given["ids"][state]),
            given["titles"][state],
            {"asked": given["titles"][state]},
            WaitingState.of(event),
        )


class _IndexReader:
    """Stands in for the DynamoDB client, as far as the doctor asks it."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def query(self, **request: Any) -> dict[str, Any]:
        shard = request["ExpressionAttributeValues"][":shard"]["S"]
        between = ("", "\U0010ffff")
        found = self._store.query_index(
            request["TableName"], BY_EXECUTION, shard, between, limit=1_000
        )
        return {"Items": [to_attribute_values(item) for item in found.items]}


@contextmanager
def _repeatable(at: int) -> Iterator[None]:
    """Take time away: each answer has one of its own, and all else happens at once."""
    records, delivery, step_functions, time_to_live, doctor = MODULES
    looks = delivery.LOOKS_AFTER_SECONDS, step_functions.LOOKS_AFTER_SECONDS
    moment = FIRST_START + timedelta(milliseconds=at)
    still = SimpleNamespace(sleep=lambda _: None, time=lambda: 0.0, monotonic=lambda: 0.0)
    records.now_iso = lambda: iso(moment)
    records.datetime = SimpleNamespace(now=lambda _zone: moment)
    doctor.datetime = SimpleNamespace(now=lambda _zone: moment + timedelta(days=1))
    delivery.time = step_functions.time = time_to_live.time = still
    delivery.LOOKS_AFTER_SECONDS = step_functions.LOOKS_AFTER_SECONDS = LOOKS
    try:
        yield
    finally:
        records.now_iso = now_iso
        records.datetime = doctor.datetime = datetime
        delivery.time = step_functions.time = time_to_live.time = time
        delivery.LOOKS_AFTER_SECONDS, step_functions.LOOKS_AFTER_SECONDS = looks
