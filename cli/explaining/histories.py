"""Histories of executions: of Standard ones as Step Functions keeps them, of others as logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.aws.step_functions import HISTORY_PAGE, caught_error
from cqrs.core.json_text import from_json_or_text

if TYPE_CHECKING:
    from cli.deployed.log_groups import LogEvent

REFUSALS = frozenset({"AccessDenied", "AccessDeniedException"})

ENTERED = "StateEntered"
EXITED = "StateExited"
ITERATION = "MapIteration"
DETAILS = "EventDetails"


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

    @property
    def is_failure(self) -> bool:
        """Whether it says that something failed."""
        return self.kind.endswith(("Failed", "TimedOut", "Aborted"))


def standard_history(client: Any, arn: str) -> list[Event] | None:
    """The history of a Standard execution; None if the caller may not read it.

    Histories hold task tokens, which are left out.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        return [_of_history(event) for event in _pages(client, arn)]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in REFUSALS:
            return None
        if code == "ExecutionDoesNotExist":
            return []
        raise


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


def _pages(client: Any, arn: str) -> Iterator[Mapping[str, Any]]:
    request = {"executionArn": arn, "maxResults": HISTORY_PAGE}
    while True:
        answer = send(client, "get_execution_history", **request)
        yield from answer["events"]
        if not answer.get("nextToken"):
            return
        request["nextToken"] = answer["nextToken"]


def _of_history(event: Mapping[str, Any]) -> Event:
    details: Mapping[str, Any] = next((event[name] for name in event if name.endswith(DETAILS)), {})
    return _event(
        int(event["id"]),
        int(event.get("previousEventId") or 0),
        str(event["type"]),
        event["timestamp"].astimezone(UTC),
        details,
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
    )


def _names_state(kind: str) -> bool:
    return kind.endswith((ENTERED, EXITED)) or kind.startswith(ITERATION)


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
