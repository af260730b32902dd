"""Builders for the Amazon States Language: small functions that return plain dictionaries.

They spell out what every definition of the project has in common (how the one function is called,
what is retried) so that a definition reads as its workflow.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cqrs.errors import PERMANENT_ERRORS, TRANSIENT_ERRORS, ApprovalExpired
from cqrs.states import ERROR_STATUS
from stacks.environment import ApprovalOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

State = dict[str, Any]
Definition = dict[str, Any]


class DefinitionError(ValueError):
    """A state machine cannot be defined so; the message says what to do."""


ALL_ERRORS = "States.ALL"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"

NEVER_AGAIN: State = {
    "ErrorEquals": [error.__name__ for error in PERMANENT_ERRORS],
    "MaxAttempts": 0,
}
"""Errors that a repeat meets again. Emulator difference: MiniStack reports an exception by another
name than its class's, so there they are repeated like any other."""

SERVICE_EXCEPTIONS = {
    "ErrorEquals": [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ClientExecutionTimeoutException",
    ],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2.0,
}
"""Failures of Lambda and not of the work (Step Functions guide, "Handle transient Lambda service
exceptions")."""

THROTTLING = {
    "ErrorEquals": ["Lambda.TooManyRequestsException"],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2.0,
    "JitterStrategy": "FULL",
}

AWS_AWAY = {
    "ErrorEquals": [error.__name__ for error in TRANSIENT_ERRORS],
    "IntervalSeconds": 2,
    "MaxAttempts": 16,
    "BackoffRate": 2.0,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
"""A service did not do the function's requests, which says nothing about the work and may last: so
many tries go on for six minutes as a rule, and for twelve at the most. Emulator difference:
MiniStack has another name for it, so there the last retrier takes it."""

CRASHES = {
    "ErrorEquals": ["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout"],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2.0,
}
"""The process ended in the midst of its work, which says nothing about the work. Emulator
difference: MiniStack has other names for it, so there the next retrier takes it."""

ANY_FAILURE = {
    "ErrorEquals": ["States.TaskFailed"],
    "IntervalSeconds": 2,
    "MaxAttempts": 3,
    "BackoffRate": 2.0,
}
"""Whatever else fails, as every handler can run again (guide, "Error handling of state
machines")."""


def retry(*never_again: str) -> list[State]:
    """Retriers of a state that calls the function; the first that names an error decides.

    Parameters
    ----------
    never_again
        Names of errors that a repeat meets again, beside those that the project has.
    """
    never: State = {**NEVER_AGAIN, "ErrorEquals": [*NEVER_AGAIN["ErrorEquals"], *never_again]}
    return [never, SERVICE_EXCEPTIONS, THROTTLING, AWS_AWAY, CRASHES, ANY_FAILURE]


CONTEXT = {
    "Execution.$": "$$.Execution",
    "State.$": "$$.State",
    "StateMachine.$": "$$.StateMachine",
}
"""The parts of the context object that the function knows as its StepFunctionsContext."""

ITEM_CONTEXT = {
    "Execution": {
        "Id.$": "$$.Execution.Id",
        "Name.$": "$$.Execution.Name",
        "StartTime.$": "$$.Execution.StartTime",
    },
    "State.$": "$$.State",
    "StateMachine.$": "$$.StateMachine",
}
"""The same without the execution's input. Each item of a map would carry all of it to the function
and into the log; and that of a batch is the batch itself, which would not fit twice into the 256 KB
that a state takes (Step Functions guide, "Service quotas")."""

BATCH_BYTES = 200_000
"""Size of a batch's input: it goes to the function with its context, in 256 KB at most."""

FUNCTION_TIMEOUT_MARGIN_SECONDS = 10
"""Lets the function's own timeout, which says more, come before the state's."""

ANSWER_FIELDS = frozenset({"OutputPath", "ResultPath", "ResultSelector"})
"""Fields that say where a state's answer goes (Step Functions guide, "Input and output
processing")."""

ROW_WITH_NUMBER = {"row.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"}
JOB_ATTRIBUTES = {"Attributes.$": "$"}


@dataclass(frozen=True, slots=True)
class Invocation:
    """How the states of a machine call the function.

    Attributes
    ----------
    function_arn
        ARN of the function.
    timeout_seconds
        Timeout of the function.
    on_error
        State that any error of any state leads to, unless the state has a ``Catch`` of its own.
        Its input is the failed state's, with ``{"Error", "Cause"}`` under ``error``.
    never_again
        Names of errors that no repeat can mend, beside the project's own.
    approval
        How long a state waits for somebody's approval.
    """

    function_arn: str
    timeout_seconds: int
    on_error: str = ""
    never_again: tuple[str, ...] = ()
    approval: ApprovalOptions = field(default_factory=ApprovalOptions)

    def catching(self, on_error: str, *, never_again: Sequence[str] = ()) -> Invocation:
        """Call the function likewise, and let any error lead to a state."""
        return replace(self, on_error=on_error, never_again=tuple(never_again))

    def task(self, **fields: Any) -> State:
        """Call the function and go on with what it answers.

        Parameters
        ----------
        fields
            The state's own fields, such as ``Next`` or ``End``; they take the place of a default.
            What the function answers is the output, in the place of the input;
            ``ResultPath=None`` keeps the input and drops the answer.

        Raises
        ------
        DefinitionError
            A field would put the answer elsewhere.
        """
        return self._call(CONTEXT, fields)

    def item_task(self, **fields: Any) -> State:
        """Call the function likewise for one item, or one batch of items, of a map.

        What it gets as the execution's context has no input.
        """
        return self._call(ITEM_CONTEXT, fields)

    def callback(
        self, *, timeout_seconds: int, heartbeat_seconds: int | None = None, **fields: Any
    ) -> State:
        """Call the function with a task token and wait until that is answered.

        Where the function raises, the state fails. Emulator difference: MiniStack takes no notice
        of that, so there it waits until the timeout.

        Parameters
        ----------
        timeout_seconds
            Longest wait, after which the state fails with ``States.Timeout``.
        heartbeat_seconds
            Longest time between two heartbeats, after which it fails with
            ``States.HeartbeatTimeout``; by default it needs none. Emulator difference: MiniStack
            takes no notice of it, so there only the whole timeout ends the wait.
        fields
            The state's own fields, as for :meth:`task`.

        Raises
        ------
        DefinitionError
            A field would put the answer elsewhere.
        """
        token = {"taskToken.$": "$$.Task.Token", "timeoutSeconds": timeout_seconds}
        resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
        heartbeat = {} if heartbeat_seconds is None else {"HeartbeatSeconds": heartbeat_seconds}
        return self._state(resource, CONTEXT, token, timeout_seconds, {**heartbeat, **fields})

    def wait_for_approval(self, on_expiry: str, **fields: Any) -> State:
        """Call the function with a task token, and wait for somebody's answer to what it asks.

        The environment says how long. A wait that is over is not begun again: it would ask the
        same people the same, with nothing to say that they had not answered.

        Parameters
        ----------
        on_expiry
            State that follows where nobody answered, or the request was closed. Its input is this
            one's, with ``{"Error", "Cause"}`` under ``error``.
        fields
            The state's own fields; they take the place of a default.
        """
        waiting = replace(self, never_again=(*self.never_again, HEARTBEAT_TIMEOUT))
        over = (TIMEOUT, HEARTBEAT_TIMEOUT, ApprovalExpired.__name__)
        expiry = [catch(error, on_expiry, ResultPath="$.error") for error in over]
        state = waiting.callback(
            timeout_seconds=self.approval.timeout_seconds,
            heartbeat_seconds=self.approval.heartbeat_seconds or None,
            **fields,
        )
        return {**state, "Catch": [*expiry, *state.get("Catch", [])]}

    def _call(self, context: Mapping[str, Any], fields: Mapping[str, Any]) -> State:
        timeout = self.timeout_seconds + FUNCTION_TIMEOUT_MARGIN_SECONDS
        return self._state("arn:aws:states:::lambda:invoke", context, {}, timeout, fields)

    def _state(
        self,
        resource: str,
        context: Mapping[str, Any],
        token: Mapping[str, Any],
        timeout_seconds: int,
        fields: Mapping[str, Any],
    ) -> State:
        payload = {"source": "step-function", "context": context, "input.$": "$", **token}
        return {
            "Type": "Task",
            "Resource": resource,
            "Parameters": {"FunctionName": self.function_arn, "Payload": payload},
            **_output(fields),
            "TimeoutSeconds": timeout_seconds,
            "Retry": retry(*self.never_again),
            **self._catch(),
            **fields,
        }

    def _catch(self) -> State:
        if not self.on_error:
            return {}
        return {"Catch": [catch(ALL_ERRORS, self.on_error, ResultPath="$.error")]}


def _output(fields: Mapping[str, Any]) -> State:
    """Make the function's answer the output, or the input where ``ResultPath`` is None.

    A ``ResultPath`` comes before the ``OutputPath`` that unwraps the answer, so the two cannot be
    had together; and what a ``ResultSelector`` makes is an object, never the plain answer (Step
    Functions guide, "Input and output processing").
    """
    is_kept = "ResultPath" in fields and fields["ResultPath"] is None
    for name in sorted(ANSWER_FIELDS & fields.keys() - ({"ResultPath"} if is_kept else set())):
        raise DefinitionError(
            f"{name}={fields[name]!r} is not possible for a state that calls the function: what "
            "the method returns is the output, in the place of the input. Return what came before "
            'too, as in {**event.input, "shipment": ...}; ResultPath=None keeps the input and '
            "drops what the method returns."
        )
    return {} if is_kept else {"OutputPath": "$.Payload[0][0]"}


def machine(
    comment: str,
    start_at: str,
    states: Mapping[str, State],
    *,
    timeout_seconds: int | None = None,
) -> Definition:
    """Define a state machine."""
    timeout = {} if timeout_seconds is None else {"TimeoutSeconds": timeout_seconds}
    return {"Comment": comment, "StartAt": start_at, **timeout, "States": dict(states)}


def choice(*branches: State, default: str) -> State:
    """Go where the first branch that holds leads."""
    return {"Type": "Choice", "Choices": list(branches), "Default": default}


def number_equals(variable: str, number: int, next_state: str) -> State:
    """Branch of a choice."""
    return {"Variable": variable, "NumericEquals": number, "Next": next_state}


def text_equals(variable: str, text: str, next_state: str) -> State:
    """Branch of a choice."""
    return {"Variable": variable, "StringEquals": text, "Next": next_state}


def is_true(variable: str, next_state: str) -> State:
    """Branch of a choice."""
    return {"Variable": variable, "BooleanEquals": True, "Next": next_state}


def is_error_result(next_state: str) -> State:
    """Branch of a choice for what :func:`cqrs.events.workflows.error_result` makes."""
    return {
        "And": [
            {"Variable": "$.status", "IsPresent": True},
            {"Variable": "$.status", "StringEquals": ERROR_STATUS},
        ],
        "Next": next_state,
    }


def catch(error: str, next_state: str, **fields: Any) -> State:
    """Go to a state on an error; its input is ``{"Error", "Cause"}`` unless ResultPath differs."""
    return {"ErrorEquals": [error], "Next": next_state, **fields}


def inline_map(
    start_at: str, states: Mapping[str, State], *, max_concurrency: int, **fields: Any
) -> State:
    """Run states for each item of the input list, so many items at a time; 0 is no limit."""
    return {
        "Type": "Map",
        "ItemsPath": "$",
        "MaxConcurrency": max_concurrency,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": start_at,
            "States": dict(states),
        },
        **fields,
    }


def parallel(*branches: State, **fields: Any) -> State:
    """Run branches side by side on the same input; the output lists theirs, in this order.

    A branch ends by itself: its states lead to states of the same branch only, so what any of them
    fails with is caught by the ``Catch`` of this state.

    Parameters
    ----------
    branches
        What :func:`branch` makes.
    fields
        The state's own fields, such as ``Next``, ``End`` or ``Catch``.
    """
    return {"Type": "Parallel", "Branches": list(branches), **fields}


def branch(start_at: str, states: Mapping[str, State]) -> State:
    """Branch of a :func:`parallel` state."""
    return {"StartAt": start_at, "States": dict(states)}


def wait(seconds: int, **fields: Any) -> State:
    """Wait so many seconds; the output is the input."""
    return {"Type": "Wait", "Seconds": seconds, **fields}


def csv_map(
    name: str, handler: State, *, dialect: str, max_items_per_batch: int, **fields: Any
) -> State:
    """Run one state for each batch of rows of the CSV file that the input names."""
    batching, execution_type = _batching(dialect, max_items_per_batch)
    return {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            # Emulator difference: MiniStack reads the object as it is then, whatever its version.
            "Parameters": {
                "Bucket.$": "$.bucket",
                "Key.$": "$.key",
                "VersionId.$": "$.versionId",
            },
        },
        **batching,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": execution_type},
            "StartAt": name,
            "States": {name: handler},
        },
        **fields,
    }


def result_writer(bucket: str, prefix: str) -> State:
    """Write the children's results to a bucket, which has no limit of 256 KB."""
    return {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": bucket, "Prefix": prefix},
    }


def _batching(dialect: str, max_items_per_batch: int) -> tuple[State, str]:
    """Batch rows, or, for emulators that cannot, give each row the shape of a batch of one."""
    if dialect == "emulator":
        batch = {"Items": [ROW_WITH_NUMBER], "BatchInput": JOB_ATTRIBUTES}
        return {"ItemSelector": batch}, "STANDARD"
    batcher = {
        "MaxItemsPerBatch": max_items_per_batch,
        "MaxInputBytesPerBatch": BATCH_BYTES,
        "BatchInput": JOB_ATTRIBUTES,
    }
    return {"ItemSelector": ROW_WITH_NUMBER, "ItemBatcher": batcher}, "EXPRESS"


def succeed() -> State:
    """End the execution well."""
    return {"Type": "Succeed"}


def fail(*, error_path: str, cause_path: str) -> State:
    """Fail the execution for the reason that the input holds."""
    return {"Type": "Fail", "ErrorPath": error_path, "CausePath": cause_path}
