"""Histories of executions: of Standard ones as Step Functions keeps them, of others as logged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli.deployed.execution_histories import history_of
from cqrs.aws.state_visits import ENTERED, EXITED, FAILURES, ITEMS, details_name, details_of
from cqrs.aws.step_functions import caught_error
from cqrs.core.json_text import from_json_or_text

if TYPE_CHECKING:
    from cqrs.aws.executions import ExecutionReader
    from cqrs.aws.log_events import LogEvent

TOKENS_IN = "parameters"
"""The detail of a task that has its token."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event of an execution.

    Attributes
    ----------
    id, before
        Its number, and that of the event that led to it; 0 if that is not told.
    kind
        Such as ``TaskStateEntered`` (API reference, HistoryEvent).
    state
        The state that is entered or left, or the map of an item.
    error, cause
        Why something failed.
    invocation
        Id of the function's invocation, of which it tells the end.
    given
        Input of an execution or a state.
    source
        The event as a history has it (API reference, HistoryEvent), without task tokens.
    """

    id: int
    before: int
    kind: str
    at: datetime
    state: str = ""
    error: str = ""
    cause: str = ""
    invocation: str = ""
    given: Any = None
    source: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_failure(self) -> bool:
        """Whether it says that something failed."""
        return self.kind.endswith(FAILURES)


def standard_history(reader: ExecutionReader, arn: str) -> list[Event] | None:
    """The history of a Standard execution; None if the caller may not read it.

    Histories hold task tokens, which are left out.
    """
    history = history_of(reader, arn)
    return None if history is None else [_of_history(event) for event in history]


def logged_histories(events: Iterable[LogEvent]) -> dict[str, list[Event]]:
    """The histories that a state machine's log has, by the ARN of the execution.

    Source: Step Functions guide, "Logging using CloudWatch Logs".
    """
    found: dict[str, list[Event]] = {}
    for event in events:
        said = from_json_or_text(event.message)
        if isinstance(said, dict) and isinstance(said.get("execution_arn"), str):
            found.setdefault(said["execution_arn"], []).append(_of_log(said, event.at))
    return {arn: sorted(one, key=lambda event: (event.at, event.id)) for arn, one in found.items()}


def _of_history(event: Mapping[str, Any]) -> Event:
    return _event(
        int(event["id"]),
        int(event.get("previousEventId") or 0),
        str(event["type"]),
        event["timestamp"].astimezone(UTC),
        details_of(event),
    )


def _of_log(said: Mapping[str, Any], at: int) -> Event:
    details = said.get("details")
    moment = said.get("event_timestamp")
    written = _number(moment) or at
    return _event(
        _number(said.get("id")),
        _number(said.get("previous_event_id")),
        str(said.get("type", "")),
        datetime.fromtimestamp(written / 1000, UTC),
        details if isinstance(details, dict) else {},
    )


def _event(number: int, before: int, kind: str, at: datetime, details: Mapping[str, Any]) -> Event:
    error, cause, answered = details.get("error"), details.get("cause"), details.get("output")
    invocation = _invocation(from_json_or_text(str(answered))) if answered else ""
    if error or cause:
        invocation = invocation or _failed_invocation(cause)
        error, cause = caught_error({"Error": error or "Unknown", "Cause": cause or ""})
    return Event(
        number,
        before,
        kind,
        at,
        str(details.get("name", "")) if _names_state(kind) else "",
        str(error or ""),
        str(cause or ""),
        invocation,
        from_json_or_text(str(details["input"])) if details.get("input") else None,
        {
            "id": number,
            "previousEventId": before,
            "type": kind,
            "timestamp": at,
            details_name(kind): {
                name: value for name, value in details.items() if name != TOKENS_IN
            },
        },
    )


def _names_state(kind: str) -> bool:
    return kind.endswith((ENTERED, EXITED)) or kind.startswith(ITEMS)


def _invocation(answer: Any) -> str:
    """Id of an invocation, as the integration with Lambda answers it beside the payload."""
    metadata = answer.get("SdkResponseMetadata") if isinstance(answer, dict) else None
    return str(metadata.get("RequestId", "")) if isinstance(metadata, dict) else ""


def _failed_invocation(cause: Any) -> str:
    """The same of one that failed, as the function's runtime tells it."""
    told = from_json_or_text(str(cause)) if cause else None
    return str(told.get("requestId", "")) if isinstance(told, dict) else ""


def _number(text: object) -> int:
    return int(str(text)) if str(text).isdecimal() else 0
