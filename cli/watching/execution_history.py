"""The tries that failed, as an execution's history shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cqrs.aws.clients import send
from cqrs.aws.step_functions import caught_error

PAGE = 1000
ENTERED_DETAILS = "stateEnteredEventDetails"

FAILURES = {
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "TaskSubmitFailed": "taskSubmitFailedEventDetails",
}
"""Events of a task's try that failed, and where they say why (API reference, HistoryEvent)."""

REFUSALS = frozenset({"AccessDenied", "AccessDeniedException"})
"""Errors of whoever lacks a permission (IAM guide, "Troubleshoot access denied error messages")."""

Event = Mapping[str, Any]


def failed_tries(client: Any, arn: str) -> list[dict[str, str]] | None:
    """Tries of Task states that failed, the first one first: when, which state, and why.

    Parameters
    ----------
    client
        Client of Step Functions.
    arn
        The execution, which exists.

    Returns
    -------
    list or None
        None if the caller may not read histories, which hold task tokens.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        return _failed_tries(client, arn)
    except ClientError as error:
        if error.response["Error"]["Code"] in REFUSALS:
            return None
        raise


def _failed_tries(client: Any, arn: str) -> list[dict[str, str]]:
    events: dict[int, Event] = {}
    failed = []
    for event in _events(client, arn):
        events[event["id"]] = event
        if event["type"] in FAILURES:
            details = event.get(FAILURES[event["type"]], {})
            error, cause = caught_error(
                {"Error": details.get("error", "Unknown"), "Cause": details.get("cause", "")}
            )
            at = event["timestamp"].isoformat(timespec="seconds")
            state = _state_of(event, events)
            failed.append({"at": at, "state": state, "error": error, "cause": cause})
    return failed


def _events(client: Any, arn: str) -> Iterator[Event]:
    request = {"executionArn": arn, "maxResults": PAGE}
    while True:
        answer = send(client, "get_execution_history", **request)
        yield from answer["events"]
        if not answer.get("nextToken"):
            return
        request["nextToken"] = answer["nextToken"]


def _state_of(event: Event, events: Mapping[int, Event]) -> str:
    """The state that a try belongs to: the one entered last on the way to it."""
    found: Event | None = event
    while found is not None and ENTERED_DETAILS not in found:
        # Emulator difference: MiniStack does not tell which event led to which.
        found = events.get(found.get("previousEventId") or found["id"] - 1)
    return "" if found is None else str(found[ENTERED_DETAILS]["name"])
