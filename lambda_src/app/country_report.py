"""A sample workflow of an application's own: a report on the airports of a country.

It follows the guide's steps 2 to 4. It has an event type of its own, an event factory that makes
it, and one method for each state. Its definition is ``stacks/app/country_report.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from app.airports_by_country import airports_of
from app.registry import application
from cqrs import (
    KEY_SEPARATOR,
    Event,
    EventFactory,
    StepFunctionsEvent,
    ValidationError,
    caught_error,
    error_result,
)

COUNTRY_REPORT = "country-report"
"""Name of the state machine."""

REPORT = "COUNTRY_REPORT"
LARGEST_CITIES = 10


class ReportState(StrEnum):
    """States of the workflow."""

    INITIALIZE = "initialize"
    INITIALIZE_RESULT = "initialize_result"
    PROCESS = "process"
    FINALIZE = "finalize"
    HANDLE_ERROR = "handle_error"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """The input of an execution: ``{"tenant": ..., "country": ...}``."""

    tenant: str
    country: str

    @classmethod
    def parse(cls, given: Any) -> ReportRequest:
        """Read an execution's input.

        Raises
        ------
        ValidationError
            If it is none.
        """
        names = ("tenant", "country")
        texts = [given.get(name) if isinstance(given, Mapping) else None for name in names]
        if not all(isinstance(text, str) and text for text in texts):
            raise ValidationError(
                f"A country report was started with {given!r}; it needs tenant and country, as "
                'in {"tenant": "acme", "country": "USA"}.'
            )
        return cls(*map(str, texts))


@dataclass(frozen=True, slots=True)
class CountryReportEvent(StepFunctionsEvent):
    """A call of one of the workflow's states (guide, step 2)."""

    @property
    def request(self) -> ReportRequest:
        """The input of the execution."""
        return ReportRequest.parse(self.context.execution.input)


@application.event_factory
class CountryReportEventFactory(EventFactory):
    """Makes the workflow's events (guide, step 4)."""

    def transform_step_function(self, event: StepFunctionsEvent) -> Sequence[Event]:
        """One :class:`CountryReportEvent`; none for other state machines."""
        if not event.context.state_machine.name.endswith(COUNTRY_REPORT):
            return ()
        return [CountryReportEvent(event.context, event.input, event.task_token)]


@application.workflow(COUNTRY_REPORT)
class CountryReportWorkflow:
    """The states (guide, step 3). Each may run twice, and comes to the same then."""

    def initialize(self, event: CountryReportEvent) -> dict[str, Any]:
        """See that there is something to report on; an error result if there is not."""
        request = event.request
        airports = len(_cities(request))
        if not airports:
            cause = f"{request.tenant} has no airport in {request.country}: publish some first."
            return error_result("NoAirports", cause)
        return {"status": "initialized", "airports": airports}

    def process(self, event: CountryReportEvent) -> dict[str, Any]:
        """Count the airports of each city."""
        cities = Counter(_cities(event.request))
        largest = sorted(cities.items(), key=lambda counted: (-counted[1], counted[0]))
        return {
            "status": "processed",
            "airports": cities.total(),
            "cities": len(cities),
            "largest_cities": dict(largest[:LARGEST_CITIES]),
        }

    def finalize(self, event: CountryReportEvent) -> dict[str, Any]:
        """Publish the report, as the next version of its item if it says something new."""
        request = event.request
        figures = {name: value for name, value in event.input.items() if name != "status"}
        result = application.commands.publish_sync(
            f"{REPORT}{KEY_SEPARATOR}{request.tenant}",
            f"{REPORT}{KEY_SEPARATOR}{request.country}",
            name=f"Airports of {request.country}",
            attributes={**asdict(request), **figures},
        )
        return {
            "status": "completed",
            "pk": result.key.pk,
            "sk": result.key.item.sk,
            "version": result.key.version,
        }

    def handle_error(self, event: CountryReportEvent) -> dict[str, Any]:
        """Report the error that a state was caught with, as an error result does."""
        return error_result(*caught_error(event.input["error"]))


def _cities(request: ReportRequest) -> list[str]:
    """The city of each of the country's airports."""
    airports = airports_of(request.country, request.tenant)
    return [str(airport.attributes.get("city") or "unknown") for airport in airports]
