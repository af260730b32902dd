"""The real code of approvals as a function of an event and the results of its calls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import cqrs.approvals.delivery
import cqrs.approvals.records
import cqrs.aws.step_functions
import cqrs.storage.time_to_live
from cqrs.application import Application
from cqrs.approvals.indexes import BY_EXECUTION
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import WaitingState
from cqrs.core.clock import iso, now_iso
from cqrs.events.types import StepFunctionsEvent
from cqrs.healing.patience import Patience
from cqrs.healing.stuck_approvals import StuckApprovals
from cqrs.resources import Table
from cqrs.storage.unfinished_work import shards
from cqrs.testing.asl.state_machine import FIRST_START
from cqrs.testing.text import Text, thaw
from tests.model.approvals.machines import NAME
from tests.model.approvals.tape import ApprovalClients, ApprovalStore
from tests.model.invocations import Invocations
from tests.model.mistake import Wiring
from tests.model.program import TENANT, settings
from tests.model.stores import use_store
from tests.model.tape import done

if TYPE_CHECKING:
    from cqrs.approvals.service import ApprovalService

LOOKS = (0.0, 0.2)
"""How often the code looks again; each look is a moment at which all else may happen."""

MODULES: tuple[Any, Any, Any, Any] = (
    cqrs.approvals.records,
    cqrs.approvals.delivery,
    cqrs.aws.step_functions,
    cqrs.storage.time_to_live,
)
"""Modules that know time."""

DOCTOR = "doctor"

ALL = ("", "\U0010ffff")
"""All sort keys of an index."""


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
        use_store(self._services, ApprovalStore(self._tape))
        wire(self._services)
        approvals = self._services.approvals

        class Asking(AskingWorkflow):
            def __init__(self) -> None:
                super().__init__(approvals)

        self._application.workflow(NAME)(Asking)
        self._warm_up()

    def _handle(self, event: dict[str, Any]) -> Any:
        if DOCTOR in event:
            return self._repair(event.get("at", 0))
        return self._application.handle(event.get("event", event))

    def _repair(self, at: int) -> list[str]:
        services, table = self._services, self._services.settings.approvals_table
        minute, later = timedelta(minutes=1), FIRST_START + timedelta(milliseconds=at, days=1)
        patience = Patience(later, invocation=minute, return_of_message=minute, tries=1)
        examination = StuckApprovals(
            table, services.store, services.approvals, services.step_functions, patience
        )
        found = []
        for shard in shards():
            page = services.store.query_index(table, BY_EXECUTION, shard, ALL, limit=1_000)
            for entry in page.items:
                for fault in examination.faults(entry):
                    assert fault.mend is not None
                    fault.mend()
                    found.append(fault.problem)
        return found

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


@contextmanager
def _repeatable(at: int) -> Iterator[None]:
    """Take time away: each answer has one of its own, and all else happens at once."""
    records, delivery, step_functions, time_to_live = MODULES
    looks = delivery.LOOKS_AFTER_SECONDS, step_functions.LOOKS_AFTER_SECONDS
    moment = FIRST_START + timedelta(milliseconds=at)
    still = SimpleNamespace(sleep=lambda _: None, time=lambda: 0.0, monotonic=lambda: 0.0)
    records.now_iso = lambda: iso(moment)
    records.datetime = SimpleNamespace(now=lambda _zone: moment)
    delivery.time = step_functions.time = time_to_live.time = still
    delivery.LOOKS_AFTER_SECONDS = step_functions.LOOKS_AFTER_SECONDS = LOOKS
    try:
        yield
    finally:
        records.now_iso = now_iso
        records.datetime = datetime
        delivery.time = step_functions.time = time_to_live.time = time
        delivery.LOOKS_AFTER_SECONDS, step_functions.LOOKS_AFTER_SECONDS = looks
