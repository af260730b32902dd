"""The reference's state machine of commands, as its guide describes it."""

from __future__ import annotations

from typing import Any

EXECUTION_SECONDS = 15 * 60
CHECKED = "check_version"
WAITING = "wait_prev_command"
GOING = "set_ttl_command"

_CONTEXT = {f"{part}.$": f"$$.{part}" for part in ("Execution", "State", "StateMachine")}
"""The guide hands over bare ``$$``, which MiniStack does not resolve. The reference reads these
three."""


_RETRIES = [
    {
        "ErrorEquals": [
            "Lambda.ClientExecutionTimeoutException",
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
        ],
        "IntervalSeconds": 2,
        "MaxAttempts": 6,
        "BackoffRate": 2.0,
    }
]
"""That the AWS CDK adds to a state that calls a function."""


def definition(function: str) -> dict[str, Any]:
    """The machine in Amazon States Language.

    Parameters
    ----------
    function
        Name of the function.
    """
    choices = {0: GOING, 1: WAITING, -1: "fail"}
    return {
        "StartAt": CHECKED,
        "TimeoutSeconds": EXECUTION_SECONDS,
        "States": {
            CHECKED: _task(function, "check_version_result"),
            "check_version_result": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.result", "NumericEquals": result, "Next": state}
                    for result, state in choices.items()
                ],
                "Default": WAITING,
            },
            WAITING: _callback(function, GOING),
            GOING: _task(function, "history_copy"),
            "history_copy": _task(function, "transform_data"),
            "transform_data": _task(function, "sync_data_all"),
            "sync_data_all": {
                "Type": "Map",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "sync_data",
                    "States": {"sync_data": _task(function)},
                },
                "Next": "finish",
            },
            "finish": _task(function, "success"),
            "success": {"Type": "Succeed"},
            "fail": {"Type": "Fail", "CausePath": "$.cause", "ErrorPath": "$.error"},
        },
    }


def _task(function: str, after: str | None = None) -> dict[str, Any]:
    payload = {"source": "step-function", "context": _CONTEXT, "input.$": "$"}
    return {
        **_invoking("arn:aws:states:::lambda:invoke", function, payload),
        "OutputPath": "$.Payload[0][0]",
        **({"End": True} if after is None else {"Next": after}),
    }


def _callback(function: str, after: str) -> dict[str, Any]:
    payload = {
        "source": "step-function",
        "context": _CONTEXT,
        "input.$": "$",
        "taskToken.$": "$$.Task.Token",
    }
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    return {
        **_invoking(resource, function, payload),
        "OutputPath": "$.Payload[0][0]",
        "Next": after,
    }


def _invoking(resource: str, function: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {"FunctionName": function, "Payload": payload},
        "Retry": _RETRIES,
    }
