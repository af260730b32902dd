"""CloudWatch Logs and histories of executions, as AWS tells them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
INVOCATION = "4a3f04af-c703-4257-b038-c3609f32ae4e"
FAULT = "app/seats.py:12 in rows_of"


def moment(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def until_now() -> float:
    """Seconds from the beginning to this moment."""
    return (datetime.now(UTC) - BEGAN).total_seconds()


def milliseconds(seconds: float) -> int:
    return int(moment(seconds).timestamp() * 1000)


class Logs:
    """Log groups that answer in pages of two, as AWS may."""

    def __init__(self, *refused: str) -> None:
        self.groups: dict[str, list[dict[str, Any]]] = {}
        self.refused = refused
        self.asked: list[dict[str, Any]] = []

    def write(self, group: str, seconds: float, message: Any, stream: str = "process") -> None:
        events = self.groups.setdefault(group, [])
        text = message if isinstance(message, str) else json.dumps(message)
        event = {"timestamp": milliseconds(seconds), "message": text, "logStreamName": stream}
        events.append({**event, "eventId": f"{group}-{len(events)}"})

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        group = request["logGroupName"]
        if group in self.refused:
            raise refusal("AccessDeniedException")
        if group not in self.groups:
            raise refusal("ResourceNotFoundException")
        pattern = request.get("filterPattern", "")
        terms = re.findall(r'"([^"]*)"', pattern)
        suffices = any if "?" in pattern else all
        found = [
            event
            for event in sorted(self.groups[group], key=lambda event: event["timestamp"])
            if request["startTime"] <= event["timestamp"] <= request.get("endTime", 10**15)
            and (not terms or suffices(term in event["message"] for term in terms))
            and event["logStreamName"] in request.get("logStreamNames", [event["logStreamName"]])
        ]
        token = request.get("nextToken", "0")
        if not token.isdecimal():
            raise refusal("InvalidParameterException")
        first, last = int(token), int(token) + min(2, request.get("limit", 2))
        more = {"nextToken": str(last)} if last < len(found) else {}
        return {"events": found[first:last], **more}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "FilterLogEvents")


def failed_line(seconds: float, **keys: str) -> dict[str, Any]:
    """A line about a handler that failed."""
    at = moment(seconds).strftime("%Y-%m-%d %H:%M:%S,") + f"{int(seconds * 1000) % 1000:03}+0000"
    return {
        "level": "ERROR",
        "location": "_tell:61",
        "message": "Handler failed",
        "timestamp": at,
        "service": "test-cqrs-main",
        "function_request_id": INVOCATION,
        "handler": "sync handler seat_map",
        "error": "KeyError",
        "reason": "'rows'",
        "fault": FAULT,
        "code": 'return int(attributes["rows"])',
        "traceback": f'  File "app/seats.py", line 12, in rows_of\nKeyError: {"x"!r}',
        **keys,
    }


ROOT = "/emulator/ministack-lambda-local-cqrs-main/code/"

REFUSAL = f"""\
Traceback (most recent call last):
  File "/emulator/ministack-lambda-local-cqrs-main/_worker.py", line 325, in run
    result = handler_fn(event, context)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/venv/site-packages/aws_lambda_powertools/logging/logger.py", line 544, in decorate
    return lambda_handler(event, context, *args, **kwargs)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "{ROOT}handler.py", line 40, in handler
    return application.handle(
           ^^^^^^^^^^^^^^^^^^^
  File "{ROOT}cqrs/events/bus.py", line 66, in execute
    return ran(handler(event))
               ^^^^^^^^^^^^^^
  File "{ROOT}app/stock.py", line 30, in check
    return count(event.input)
           ^^^^^^^^^^^^^^^^^^
  File "{ROOT}app/stock.py", line 45, in count
    raise ValidationError("No stock is counted yet.\\nCount it.")
cqrs.errors.ValidationError: No stock is counted yet.
Count it."""
"""A refusal in a state of a workflow, as the emulator prints it: each line by itself."""

REFUSED_AT = "app/stock.py:45 in count"


class History:
    """The events of an execution, each led to by the one before unless it says otherwise."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def add(self, seconds: float, kind: str, before: int | None = None, **details: Any) -> int:
        number = len(self.events) + 1
        name = f"{kind[0].lower()}{kind[1:]}EventDetails"
        if kind.endswith("StateEntered"):
            name = "stateEnteredEventDetails"
        elif kind.endswith("StateExited"):
            name = "stateExitedEventDetails"
        self.events.append(
            {
                "id": number,
                "previousEventId": number - 1 if before is None else before,
                "type": kind,
                "timestamp": moment(seconds),
                name: details,
            }
        )
        return number

    def logged(self, execution: str) -> list[dict[str, Any]]:
        """The same as the log of its machine has it."""
        return [
            {
                "id": str(event["id"]),
                "type": event["type"],
                "details": next(one for name, one in event.items() if name.endswith("Details")),
                "previous_event_id": str(event["previousEventId"]),
                "event_timestamp": str(int(event["timestamp"].timestamp() * 1000)),
                "execution_arn": execution,
            }
            for event in self.events
        ]


def failed_history(given: dict[str, str], invocation: str = INVOCATION) -> History:
    """A command whose second sync handler fails twice, and is caught."""
    cause = json.dumps(
        {
            "errorMessage": "Sync handler seat_map: KeyError: 'rows'",
            "errorType": "SyncHandlerFailed",
            "requestId": invocation,
            "stackTrace": [],
        }
    )
    answered = {"Payload": [[{}]], "SdkResponseMetadata": {"RequestId": "0" * 8}}
    made = History()
    made.add(0, "ExecutionStarted", input=json.dumps(given))
    made.add(0.1, "TaskStateEntered", name="check_version")
    made.add(0.1, "TaskScheduled")
    made.add(0.2, "TaskSucceeded", output=json.dumps(answered))
    made.add(0.2, "TaskStateExited", name="check_version")
    whole = made.add(0.3, "MapStateEntered", name="sync_data_all")
    for item in (0, 1):
        begun = made.add(0.3, "MapIterationStarted", whole, name="sync_data_all", index=item)
        made.add(0.3, "TaskStateEntered", begun, name="sync_data")
    first, second = whole + 2, whole + 4
    done = made.add(0.4, "TaskSucceeded", first, output=json.dumps(answered))
    left = made.add(0.4, "TaskStateExited", done, name="sync_data")
    made.add(0.4, "MapIterationSucceeded", left, name="sync_data_all", index=0)
    failed = made.add(0.5, "TaskFailed", second, error="SyncHandlerFailed", cause=cause)
    again = made.add(2.5, "TaskScheduled", failed)
    failed = made.add(2.6, "TaskFailed", again, error="SyncHandlerFailed", cause=cause)
    ended = made.add(2.6, "MapIterationFailed", failed, name="sync_data_all", index=1)
    failed = made.add(2.6, "MapStateFailed", ended)
    made.add(2.6, "MapStateExited", failed, name="sync_data_all")
    made.add(2.7, "TaskStateEntered", name="fail_command")
    made.add(2.8, "TaskSucceeded", output=json.dumps(answered))
    made.add(2.8, "TaskStateExited", name="fail_command")
    made.add(2.9, "FailStateEntered", name="fail")
    made.add(2.9, "ExecutionFailed", error="SyncHandlerFailed", cause="Sync handler seat_map")
    return made


DEFINITION = {
    "StartAt": "check_version",
    "States": {
        "check_version": {"Type": "Task", "Next": "check_version_result"},
        "check_version_result": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.result", "NumericEquals": 1, "Next": "wait_prev_command"}],
            "Default": "sync_data_all",
        },
        "wait_prev_command": {"Type": "Task", "Next": "sync_data_all"},
        "sync_data_all": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "sync_data",
                "States": {"sync_data": {"Type": "Task", "End": True}},
            },
            "Next": "finish",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "fail_command"}],
        },
        "finish": {"Type": "Task", "End": True},
        "fail_command": {"Type": "Task", "Next": "fail"},
        "fail": {"Type": "Fail"},
    },
}
