"""Log lines of executions, beside what AWS writes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from benchmarks.aws_histories import Event, Execution, as_on_aws
from benchmarks.log_lines import EVENT_BYTES, dollars_a_million, line, log_bytes

NOW = datetime(2026, 11, 27, tzinfo=UTC)
ARN = "arn:aws:states:ap-northeast-1:000000000000:express:m:e:0"
CALL = {
    "Type": "Task",
    "Parameters": {
        "FunctionName": "f",
        "Payload": {"source": "s", "in.$": "$", "name.$": "$$.State.Name"},
    },
    "TimeoutSeconds": 70,
}
STATES = {"call": CALL, "all": {"ItemProcessor": {"StartAt": "one", "States": {"one": CALL}}}}
EXECUTION = Execution(
    {"executionArn": "e", "name": "e", "input": "{}", "startDate": NOW},
    {
        "definition": json.dumps({"States": STATES}),
        "name": "m",
        "roleArn": "r",
        "stateMachineArn": "arn:aws:states:ap-northeast-1:000000000000:stateMachine:m",
    },
    ARN,
)


def recorded(kind: str, field: str, /, **details: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": NOW, f"{field}EventDetails": details}


def entered(kind: str, name: str, given: Any) -> dict[str, Any]:
    return recorded(kind, "stateEntered", name=name, input=json.dumps(given))


def exited(kind: str, name: str, output: Any) -> dict[str, Any]:
    return recorded(kind, "stateExited", name=name, output=json.dumps(output))


def called(answer: Any) -> list[dict[str, Any]]:
    output = json.dumps({"StatusCode": 200, "Payload": [[answer]]})
    return [
        recorded("TaskScheduled", "taskScheduled", resource="arn:aws:states:::lambda:invoke"),
        recorded("TaskSucceeded", "taskSucceeded", output=output),
    ]


def test_a_call_has_its_parameters_its_start_and_the_answer_of_lambda():
    history = [entered("TaskStateEntered", "call", {"a": 1}), *called({"b": 2})]

    _, scheduled, started, succeeded = as_on_aws(EXECUTION, history)

    assert json.loads(scheduled.details["parameters"]) == {
        "FunctionName": "f",
        "Payload": {"source": "s", "in": {"a": 1}, "name": "call"},
    }
    assert scheduled.details["timeoutInSeconds"] == 70
    assert (started.kind, started.details["resource"]) == ("TaskStarted", "invoke")
    answer = json.loads(succeeded.details["output"])
    assert answer["Payload"] == [[{"b": 2}]]
    assert answer["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == str(len('[[{"b":2}]]'))


def test_a_map_has_the_events_of_its_iterations_once():
    history = [
        entered("MapStateEntered", "all", [{"id": "a"}]),
        *called("done"),
        exited("MapStateExited", "all", ["done"]),
    ]

    events = [*as_on_aws(EXECUTION, history)]

    assert [event.kind for event in events] == [
        "MapStateEntered",
        "MapStateStarted",
        "MapIterationStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "MapIterationSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
    ]


def test_a_line_is_as_aws_was_seen_to_write_it():
    history = [exited("PassStateExited", "State_1", {"Arg1": "argument1"})]
    (event,) = as_on_aws(EXECUTION, history)

    whole, without_data = (json.loads(line(3, event, ARN, has_data=has)) for has in (True, False))

    assert without_data == {
        "id": "3",
        "type": "PassStateExited",
        "details": {"name": "State_1"},
        "previous_event_id": "2",
        "event_timestamp": "1795737600000",
        "execution_arn": ARN,
        "redrive_count": "0",
    }
    assert whole["details"] == {
        "name": "State_1",
        "output": '{"Arg1":"argument1"}',
        "outputDetails": {"truncated": False},
    }


def test_bytes_are_those_of_the_text_and_of_each_event():
    events = [Event("ExecutionStarted", NOW, {"input": '"é"'})] * 2

    texts = [line(number, events[0], ARN, has_data=True) for number in (1, 2)]

    expected = sum(len(text.encode()) for text in texts) + 2 * EVENT_BYTES
    assert log_bytes(events, ARN, has_data=True) == expected
    assert dollars_a_million(1024**3 / 1_000_000, 0.76) == 0.76
