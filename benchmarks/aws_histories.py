"""Execution histories as AWS records them, made of those that the emulator records.

MiniStack leaves out events and fields (docs/emulators.md, "State machines compared"). They follow
from the machine's definition: what a state hands to the function, what Lambda says around the
answer, and the events between. The forms are those that LocalStack's developers recorded on AWS
(github.com/localstack/localstack, tests/aws/services/stepfunctions/v2, ``*.snapshot.json``).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from cqrs.core.clock import iso

REGION_FIELD, DETAILS = 3, "EventDetails"
INVOKE = {"resource": "invoke", "resourceType": "lambda"}
TOLD_WHOLE = {"truncated": False}


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a history.

    Attributes
    ----------
    kind
        Its type.
    at
        When it happened.
    details
        The rest of it, by the names of HistoryEvent (Step Functions API reference).
    """

    kind: str
    at: datetime
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution, and the machine that it runs on.

    Attributes
    ----------
    described
        The answer of DescribeExecution.
    machine
        The answer of DescribeStateMachine.
    arn
        Its ARN on AWS.
    """

    described: Mapping[str, Any]
    machine: Mapping[str, Any]
    arn: str

    @property
    def states(self) -> Mapping[str, Any]:
        """The machine's states by their names."""
        found: Mapping[str, Any] = json.loads(self.machine["definition"])["States"]
        return found

    def context(self, state: str, entered: datetime) -> dict[str, Any]:
        """The context object while a state runs for the first time."""
        return {
            "Execution": {
                "Id": self.arn,
                "Input": json.loads(self.described["input"]),
                "StartTime": iso(self.described["startDate"]),
                "Name": self.described["name"],
                "RoleArn": self.machine["roleArn"],
                "RedriveCount": 0,
            },
            "State": {"Name": state, "EnteredTime": iso(entered), "RetryCount": 0},
            "StateMachine": {
                "Id": self.machine["stateMachineArn"],
                "Name": self.machine["name"],
            },
        }


def as_on_aws(execution: Execution, recorded: Sequence[Mapping[str, Any]]) -> Iterator[Event]:
    """Complete the history of an execution of which no call failed.

    Each item of its maps is handled by one state that calls the function.
    """
    entered = Event("", execution.described["startDate"], {})
    for found in recorded:
        event = _event(found)
        if event.kind.endswith("StateEntered"):
            entered = event
        yield from _completed(execution, entered, event)


def _event(found: Mapping[str, Any]) -> Event:
    given: Mapping[str, Any] = next(
        (value for key, value in found.items() if key.endswith(DETAILS)), {}
    )
    details: dict[str, Any] = {}
    for name, value in given.items():
        is_data = name in {"input", "output"}
        details |= _data(name, json.loads(value)) if is_data else {name: value}
    return Event(found["type"], found["timestamp"], details)


def _completed(execution: Execution, entered: Event, event: Event) -> Iterator[Event]:
    if entered.kind == "MapStateEntered" and event.kind.startswith("Task"):
        return  # calls of its iterations, which the map's end tells as a whole
    match event.kind:
        case "TaskScheduled":
            state = execution.states[entered.details["name"]]
            yield from _call(execution, state, entered)
        case "TaskSucceeded":
            yield _answered(json.loads(event.details["output"])["Payload"], event.at)
        case "MapStateExited":
            yield from _iterations(execution, entered, event)
            yield event
        case _:
            yield event


def _iterations(execution: Execution, entered: Event, exited: Event) -> Iterator[Event]:
    """The events between those of a map's begin and end."""
    place = entered.details["name"]
    processor = execution.states[place]["ItemProcessor"]
    name = processor["StartAt"]
    items, outputs = (
        json.loads(text) for text in (entered.details["input"], exited.details["output"])
    )
    yield Event("MapStateStarted", entered.at, {"length": len(items)})
    for index, (item, output) in enumerate(zip(items, outputs, strict=True)):
        told = {"name": place, "index": index}
        begun = Event("TaskStateEntered", entered.at, {"name": name, **_data("input", item)})
        yield Event("MapIterationStarted", entered.at, told)
        yield begun
        yield from _call(execution, processor["States"][name], begun)
        yield _answered([[output]], exited.at)
        yield Event("TaskStateExited", exited.at, {"name": name, **_data("output", output)})
        yield Event("MapIterationSucceeded", exited.at, told)
    yield Event("MapStateSucceeded", exited.at, {})


def _call(execution: Execution, state: Mapping[str, Any], entered: Event) -> Iterator[Event]:
    yield Event("TaskScheduled", entered.at, _scheduled(execution, state, entered))
    yield Event("TaskStarted", entered.at, INVOKE)


def _answered(payload: Any, at: datetime) -> Event:
    return Event("TaskSucceeded", at, {**_data("output", _lambda_answer(payload, at)), **INVOKE})


def _scheduled(execution: Execution, state: Mapping[str, Any], entered: Event) -> dict[str, Any]:
    given = json.loads(entered.details["input"])
    context = execution.context(entered.details["name"], entered.at)
    return {
        "parameters": compact(_filled(state["Parameters"], given, context)),
        "region": execution.machine["stateMachineArn"].split(":")[REGION_FIELD],
        "timeoutInSeconds": state["TimeoutSeconds"],
        **INVOKE,
    }


def _filled(template: Any, given: Any, context: Any) -> Any:
    """Parameters of a state with their paths replaced (Amazon States Language, "Parameters")."""
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(".$"): _at(value, given, context)
        if name.endswith(".$")
        else _filled(value, given, context)
        for name, value in template.items()
    }


def _at(path: str, given: Any, context: Any) -> Any:
    found = context if path.startswith("$$") else given
    for name in path.lstrip("$").split(".")[1:]:
        found = found[name]
    return found


def _lambda_answer(payload: Any, at: datetime) -> dict[str, Any]:
    """An answer of the function in that of Lambda, which has its HTTP headers twice."""
    request = str(uuid.UUID(int=0))
    headers = {
        "Connection": "keep-alive",
        "Content-Length": str(len(compact(payload))),
        "Content-Type": "application/json",
        "Date": format_datetime(at.astimezone(UTC), usegmt=True),
        "X-Amz-Executed-Version": "$LATEST",
        "x-amzn-Remapped-Content-Length": "0",
        "x-amzn-RequestId": request,
        "X-Amzn-Trace-Id": f"Root=1-{'0' * 8}-{'0' * 24};Parent={'0' * 16};Sampled=0",
    }
    return {
        "ExecutedVersion": "$LATEST",
        "Payload": payload,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request},
        "StatusCode": 200,
    }


def _data(name: str, value: Any) -> dict[str, Any]:
    return {name: compact(value), f"{name}Details": TOLD_WHOLE}


def compact(value: Any) -> str:
    """JSON as Step Functions writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
