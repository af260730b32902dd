"""A sample of the callback pattern: an airport is closed once somebody has approved it.

Its definition is ``stacks/app/airport_closure.py``. Source: guide, "Use case 4:
asynchronous callback pattern".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from app.airports_by_country import AIRPORT
from app.registry import application
from cqrs import (
    KEY_SEPARATOR,
    ApprovalKey,
    NotFoundError,
    ValidationError,
    WaitingState,
    caught_error,
    error_result,
)

if TYPE_CHECKING:
    from cqrs import DataItem, StepFunctionsEvent

AIRPORT_CLOSURE = "airport-closure"
"""Name of the state machine."""

CLOSURE = "AIRPORT_CLOSURE"
"""The outcome of the wish to close an airport, at last."""


class ClosureState(StrEnum):
    """States of the workflow."""

    FIND_AIRPORT = "find_airport"
    REQUEST_APPROVAL = "request_approval"
    DECIDE = "decide"
    CLOSE_AIRPORT = "close_airport"
    RECORD_REJECTION = "record_rejection"
    EXPIRE = "expire"
    HANDLE_ERROR = "handle_error"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Closure:
    """The input of an execution: ``{"tenant": ..., "airport": ..., "reason": ...}``."""

    tenant: str
    airport: str
    reason: str

    @classmethod
    def of(cls, event: StepFunctionsEvent) -> Closure:
        """Read the input of a state's execution.

        Raises
        ------
        ValidationError
            If it is none.
        """
        given = event.context.execution.input
        names = ("tenant", "airport", "reason")
        texts = [given.get(name) if isinstance(given, Mapping) else None for name in names]
        if not all(isinstance(text, str) and text for text in texts):
            raise ValidationError(
                f"A closure was started with {given!r}; it needs tenant, airport and reason, as in "
                '{"tenant": "acme", "airport": "JFK", "reason": "flooded"}.'
            )
        return cls(*map(str, texts))

    @property
    def pk(self) -> str:
        """Partition of the airport."""
        return f"{AIRPORT}{KEY_SEPARATOR}{self.tenant}"

    @property
    def sk(self) -> str:
        """Sort key of the airport."""
        return f"{AIRPORT}{KEY_SEPARATOR}{self.airport}"

    def item(self) -> DataItem:
        """The airport as it is now.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        item = application.data.get(self.pk, self.sk)
        if item is None:
            raise NotFoundError(f"{self.pk} {self.sk} does not exist, so it cannot be closed.")
        return item


@application.workflow(AIRPORT_CLOSURE)
class AirportClosureWorkflow:
    """The states. Each may run twice, and comes to the same then."""

    def find_airport(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """See that there is an airport to close, before anybody is asked."""
        item = Closure.of(event).item()
        return {"name": item.name, "city": item.attributes.get("city")}

    def request_approval(self, event: StepFunctionsEvent) -> None:
        """Ask; the state goes on when somebody answers, whatever this returns."""
        closure, airport = Closure.of(event), event.input
        application.approvals.create_approval_request(
            _request(event),
            f"Close {airport['name'] or closure.airport}: {closure.reason}"[:200],
            {**asdict(closure), **airport},
            WaitingState.of(event),
        )

    def close_airport(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Publish the airport as deleted, unless it is, on the authority of the answer.

        Only that was approved, so whatever else is said of the airport by now stays.
        """
        closure, answer = Closure.of(event), event.input
        result = application.commands.publish_partial_update_sync(
            closure.pk, closure.sk, is_deleted=True, created_by=answer["by"]
        )
        return {"outcome": "closed", "version": result.key.version, "by": answer["by"]}

    def record_rejection(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Publish who rejected it and why."""
        closure, answer = Closure.of(event), event.input
        application.commands.publish_sync(
            f"{CLOSURE}{KEY_SEPARATOR}{closure.tenant}",
            f"{CLOSURE}{KEY_SEPARATOR}{closure.airport}",
            name=f"{closure.airport} stays open",
            attributes={"asked": closure.reason, **answer},
            created_by=answer["by"],
        )
        return {"outcome": "rejected", "by": answer["by"], "reason": answer["reason"]}

    def expire(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Close the request, which nobody answered in time."""
        error, cause = caught_error(event.input["error"])
        request = application.approvals.close(
            _request(event), f"Nobody answered in time ({error}{': ' + cause if cause else ''})."
        )
        return {"outcome": "expired", "status": request.status.value}

    def handle_error(self, event: StepFunctionsEvent) -> dict[str, Any]:
        """Report the error that a state was caught with, as an error result does."""
        return error_result(*caught_error(event.input["error"]))


def _request(event: StepFunctionsEvent) -> ApprovalKey:
    """One request for each execution, which has one name however often a state is repeated."""
    return ApprovalKey.make(Closure.of(event).tenant, event.context.execution.name)
