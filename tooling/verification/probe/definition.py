"""The probe's state machine: its input says which of the states runs, without a retry."""

from typing import Any

from stacks.asl.invocation import CONTEXT

FUNCTION_SECONDS = 5
STATE_SECONDS = 60
SHORT_SECONDS = 1
WAIT_SECONDS = 5

CALL = "call"
RETRY_COUNT = "retry_count"
STATE_TIMEOUT = "state_timeout"
HEARTBEAT = "heartbeat"
CONTEXT_OBJECT = "context"
MAP_ITEM = "map_item"

_INVOKE = "arn:aws:states:::lambda:invoke"


def definition(function_arn: str) -> dict[str, Any]:
    """Define the machine."""
    states = {
        CALL: _call(function_arn, {"probe.$": "$.probe"}),
        RETRY_COUNT: {
            **_call(function_arn, {"probe.$": "$.probe", "tries.$": "$$.State.RetryCount"}),
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        },
        STATE_TIMEOUT: {
            **_call(function_arn, {"probe.$": "$.probe"}),
            "TimeoutSeconds": SHORT_SECONDS,
        },
        HEARTBEAT: _callback(function_arn),
        CONTEXT_OBJECT: _call(function_arn, {"probe.$": "$.probe", "context": CONTEXT}),
        MAP_ITEM: {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"index.$": "$$.Map.Item.Index", "value.$": "$$.Map.Item.Value"},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "item",
                "States": {"item": {"Type": "Pass", "End": True}},
            },
            "End": True,
        },
    }
    special = [name for name in states if name != CALL]
    choices = [{"Variable": "$.probe", "StringEquals": name, "Next": name} for name in special]
    choose = {"Type": "Choice", "Choices": choices, "Default": CALL}
    return {"StartAt": "choose", "States": {"choose": choose, **states}}


def _call(function_arn: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": _INVOKE,
        "Parameters": {"FunctionName": function_arn, "Payload": payload},
        "OutputPath": "$.Payload",
        "TimeoutSeconds": STATE_SECONDS,
        "End": True,
    }


def _callback(function_arn: str) -> dict[str, Any]:
    payload = {"probe.$": "$.probe", "token.$": "$$.Task.Token"}
    return {
        **_call(function_arn, payload),
        "Resource": f"{_INVOKE}.waitForTaskToken",
        "HeartbeatSeconds": SHORT_SECONDS,
        "TimeoutSeconds": WAIT_SECONDS,
    }
