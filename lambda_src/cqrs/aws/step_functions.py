"""Step Functions: the context that a state is called with, and the calls back to it.

Source: guide, "Step Functions context" and step 5; Step Functions API reference.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.core.execution_names import EXECUTION_NAME_LENGTH
from cqrs.core.json_text import from_json, from_json_or_text, to_json
from cqrs.core.json_values import json_value
from cqrs.core.sizes import json_size
from cqrs.core.texts import storable
from cqrs.errors import ConfigurationError, UnsupportedEventError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cqrs.aws.clients import Clients
    from cqrs.aws.pace import Pace

RUNNING = "RUNNING"
"""Status of an execution that has not ended."""

SUCCEEDED = "SUCCEEDED"
"""Status of one that has ended well."""

UNKNOWN_TOKEN = "InvalidToken"  # noqa: S105 - the code of an error
GONE_TOKENS = frozenset({"TaskDoesNotExist", "TaskTimedOut", UNKNOWN_TOKEN})
"""Errors of the SendTask calls for a token that was answered already, or whose task is gone."""

RUNNING_ALREADY = "ExecutionAlreadyExists"
UNKNOWN_EXECUTION = "ExecutionDoesNotExist"

MISSING_MACHINES = frozenset({"InvalidArn", "StateMachineDeleting", "StateMachineDoesNotExist"})
REFUSED_INPUTS = frozenset(
    {"InvalidExecutionInput", "InvalidName", "InvalidOutput", "ValidationException"}
)

ENDED = frozenset({UNKNOWN_EXECUTION, "ValidationException"})
"""Errors of StopExecution if nothing is left to stop. Emulator difference: MiniStack refuses to
stop an execution that has ended, which AWS answers as if it had done so."""

LOOKS_AFTER_SECONDS = (0.0, 0.5, 1.0, 2.0)
"""The answers of Step Functions about an execution may be a moment old (API reference,
DescribeExecution)."""

TASK_SUCCEEDED = "TaskSucceeded"
TASK_SUCCEEDED_DETAILS = "taskSucceededEventDetails"

HISTORY_PAGE = 1000
"""Events of one GetExecutionHistory (Step Functions API reference)."""

ERROR_LENGTH = 256
CAUSE_LENGTH = 32_768
"""Limits of SendTaskFailure (Step Functions API reference)."""

DATA_BYTES = 256 * 1024
"""Of the input or result of an execution, state or task, as UTF-8 (Step Functions guide, "Service
quotas")."""

INVOCATION_BYTES = 4 * 1024
"""The room for the headers that stand beside the answer in the result of an invocation (Step
Functions guide, "Invoke Lambda with Step Functions")."""

NAME = re.compile(
    r"""[^\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\U0010ffff]"""
    rf"{{1,{EXECUTION_NAME_LENGTH}}}"
)
"""Names that StartExecution takes (Step Functions API reference)."""


class Heartbeat(Enum):
    """Step Functions' answer to a heartbeat for a token."""

    TAKEN = "taken"
    GONE = "gone"
    """Its task was answered already, or has timed out."""
    UNKNOWN = "unknown"
    """Emulator difference: LocalStack says so until the function has answered the state, too."""


@dataclass(frozen=True, slots=True)
class Execution:
    """``$$.Execution`` of the context object; without the input in states of a map's items."""

    id: str
    name: str
    input: Any
    start_time: str
    role_arn: str | None = None
    redrive_count: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """``$$.State`` of the context object."""

    name: str
    entered_time: str
    retry_count: int


@dataclass(frozen=True, slots=True)
class Machine:
    """``$$.StateMachine`` of the context object."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class StepFunctionsContext:
    """A state's knowledge of its execution (guide, "Step Functions context")."""

    execution: Execution
    state: State
    state_machine: Machine

    @classmethod
    def from_payload(cls, payload: Any) -> StepFunctionsContext:
        """Read the ``context`` that a state sends to the function.

        Raises
        ------
        UnsupportedEventError
            If a part of it is missing.
        """
        try:
            execution, state = payload["Execution"], payload["State"]
            machine = payload["StateMachine"]
            return cls(
                Execution(
                    execution["Id"],
                    execution["Name"],
                    # States of a map's items leave it out: each would carry the whole input.
                    execution.get("Input"),
                    execution["StartTime"],
                    # Emulator difference: MiniStack's context has no RoleArn.
                    execution.get("RoleArn"),
                    execution.get("RedriveCount", 0),
                ),
                State(state["Name"], state["EnteredTime"], state["RetryCount"]),
                Machine(machine["Id"], machine["Name"]),
            )
        except (KeyError, TypeError) as error:
            raise UnsupportedEventError(
                f"The context of a Step Functions event lacks {error}: the state's Payload must "
                "hold $$.Execution, $$.State and $$.StateMachine under context."
            ) from None


@dataclass(frozen=True, slots=True)
class ExecutionDescription:
    """An execution as Step Functions describes it (API reference, DescribeExecution).

    Attributes
    ----------
    input, output
        As JSON values; None if there is none, or where it is left out for its size.
    error, cause
        The error with which it failed or was stopped; None if that was not said.
    started, stopped
        When; None while it runs.
    """

    arn: str
    name: str
    status: str
    input: Any
    output: Any
    error: str | None
    cause: str | None
    started: datetime
    stopped: datetime | None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status == RUNNING

    @classmethod
    def from_answer(cls, answer: Any) -> ExecutionDescription:
        """Read the answer of DescribeExecution."""
        return cls(
            arn=answer["executionArn"],
            name=answer["name"],
            status=answer["status"],
            input=_json_or_none(answer.get("input")),
            output=_json_or_none(answer.get("output")),
            error=answer.get("error"),
            cause=answer.get("cause"),
            started=answer["startDate"],
            stopped=answer.get("stopDate"),
        )


def execution_arn(state_machine_arn: str, name: str) -> str:
    """ARN of a state machine's execution (Step Functions guide, "Amazon resource names")."""
    return f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


def task_output(output: Any) -> list[list[Any]]:
    """Wrap a state's output as ``OutputPath: $.Payload[0][0]`` expects it."""
    return [[output]]


def checked_output(output: Any, context: StepFunctionsContext) -> Any:
    """Check that Step Functions takes what a state answers, and copy it.

    Over the limit AWS fails the whole execution with ``States.DataLimitExceeded``, which
    ``States.ALL`` does not catch (Step Functions guide, "Handling errors in Step Functions
    workflows"). It does catch this error. Emulator difference: MiniStack takes any size.

    Parameters
    ----------
    output
        The return value of the state's handler.
    context
        The state.

    Raises
    ------
    ValidationError
        If it is not JSON, or too large.
    """
    where = f"output of {context.state_machine.name}.{context.state.name}"
    value = json_value(output, where, is_stored=False)
    _refuse_too_large(json_size(task_output(value)), DATA_BYTES - INVOCATION_BYTES, value, where)
    return value


def callback_output(output: Any) -> dict[str, Any]:
    """Wrap the answer to a state that waits, so that it reads like a function's."""
    return {"Payload": task_output(output)}


def caught_error(error_output: Any) -> tuple[str, str]:
    """Error and cause of a Catch, with the function's own message if it has one.

    Lambda reports an exception as a JSON text in Cause (Step Functions developer guide, "Error
    handling with Lambda").
    """
    details = error_output if isinstance(error_output, dict) else {}
    error, cause = str(details.get("Error", "Unknown")), str(details.get("Cause", ""))
    try:
        report = from_json(cause)
        return error, str(report["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return error, cause


class StepFunctionsService:
    """Starts executions and answers tasks that wait for a callback.

    Parameters
    ----------
    clients
        Source of the Step Functions client.
    pace
        The pace at which executions are described; as fast as is asked for by default.
    """

    def __init__(self, clients: Clients, pace: Pace | None = None) -> None:
        self._clients = clients
        self._pace = pace

    def start(self, state_machine_arn: str, name: str, execution_input: Any) -> bool:
        """Start an execution under a name that it has once and for all.

        Returns
        -------
        bool
            False if an execution of that name exists already. AWS answers a repeat idempotently
            while the first runs, and with an error later; both mean that the work was started.

        Raises
        ------
        ValidationError
            If the input is not JSON or larger than 256 KB, or the name is not acceptable;
            :func:`~cqrs.core.execution_names.execution_name` makes one that is.
        ConfigurationError
            If there is no such state machine.
        TransientError
            If Step Functions could not start it just now.
        """
        _refuse_bad_name(name)
        given = _text_of(execution_input, "execution input")
        return self._call(
            "start_execution",
            frozenset({RUNNING_ALREADY}),
            stateMachineArn=state_machine_arn,
            name=name,
            input=given,
        )

    def status(self, execution: str) -> str | None:
        """Status of an execution, such as ``RUNNING``; None if there is none.

        Parameters
        ----------
        execution
            Its ARN.
        """
        answer = self._describe(execution)
        return None if answer is None else str(answer["status"])

    def input_of(self, execution: str) -> Any:
        """The input of an execution; None if there is none of that ARN."""
        answer = self._describe(execution)
        return None if answer is None else from_json_or_text(answer["input"])

    def describe(self, execution: str) -> ExecutionDescription | None:
        """An execution as it is now; None if there is none (one DescribeExecution).

        Step Functions forgets executions 90 days after their end, and what it tells may be a
        moment old (API reference, DescribeExecution).

        Parameters
        ----------
        execution
            Its ARN.

        Raises
        ------
        ConfigurationError
            If it is not an execution's ARN.
        TransientError
            If Step Functions could not tell just now.
        """
        answer = self._describe(execution)
        return None if answer is None else ExecutionDescription.from_answer(answer)

    def has_ended(self, execution: str) -> bool:
        """Tell whether an execution has ended, after somebody has said so.

        One that was redriven since runs again, and so does one whose event came a moment early. So
        it is asked for again until it has ended, for some seconds (one DescribeExecution each
        time).

        Parameters
        ----------
        execution
            Its ARN.
        """
        for pause in LOOKS_AFTER_SECONDS:
            time.sleep(pause)
            found = self.describe(execution)
            if found is None or not found.is_running:
                return True
        return False

    def stop(self, execution: str, error: str | None = None, cause: str | None = None) -> bool:
        """End an execution as ABORTED (one StopExecution).

        Parameters
        ----------
        execution
            Its ARN.
        error, cause
            Why, as its history tells, where that is said; cut to what Step Functions takes.

        Returns
        -------
        bool
            False if there is none that runs. AWS answers True for one that ended before.

        Raises
        ------
        ConfigurationError
            If it is not an execution's ARN.
        TransientError
            If Step Functions could not stop it just now.
        """
        return self._call(
            "stop_execution",
            ENDED,
            executionArn=execution,
            **_reason(error, cause),
        )

    def task_outputs(self, execution: str, since: datetime) -> Iterator[Any]:
        """Outputs of an execution's tasks, the newest first, as JSON values.

        None if there is no such execution. One GetExecutionHistory for each thousand events.

        Parameters
        ----------
        execution
            Its ARN.
        since
            Tasks that ended before it are left out.
        """
        request = {
            "executionArn": execution,
            "reverseOrder": True,
            "includeExecutionData": True,
            "maxResults": HISTORY_PAGE,
        }
        while True:
            answer = self._send("get_execution_history", frozenset({UNKNOWN_EXECUTION}), **request)
            if answer is None:
                return
            for event in answer["events"]:
                if event["timestamp"] < since:
                    return
                if event["type"] == TASK_SUCCEEDED:
                    yield _json_or_none(event[TASK_SUCCEEDED_DETAILS].get("output"))
            if not answer.get("nextToken"):
                return
            request["nextToken"] = answer["nextToken"]

    def send_task_success(self, token: str, output: Any) -> bool:
        """Resume a waiting state with an output.

        Returns
        -------
        bool
            False if the token was answered before, or its task is gone.

        Raises
        ------
        ValidationError
            If the output is not JSON, or larger than 256 KB.
        TransientError
            If Step Functions could not take the answer just now.
        """
        given = _text_of(output, "output", callback_output)
        return self._call("send_task_success", GONE_TOKENS, taskToken=token, output=given)

    def send_task_failure(
        self, token: str, error: str | None = None, cause: str | None = None
    ) -> bool:
        """Fail a waiting state; the answer is as for :meth:`send_task_success`.

        Error and cause are cut to what Step Functions takes.
        """
        return self._call(
            "send_task_failure",
            GONE_TOKENS,
            taskToken=token,
            **_reason(error, cause),
        )

    def send_task_heartbeat(self, token: str) -> Heartbeat:
        """Tell that a waiting state's work goes on."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        gone = GONE_TOKENS - {UNKNOWN_TOKEN}
        try:
            is_taken = self._call("send_task_heartbeat", gone, taskToken=token)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != UNKNOWN_TOKEN:
                raise
            return Heartbeat.UNKNOWN
        return Heartbeat.TAKEN if is_taken else Heartbeat.GONE

    def _describe(self, execution: str) -> Any:
        if self._pace is not None:
            self._pace.keep()
        return self._send(
            "describe_execution", frozenset({UNKNOWN_EXECUTION}), executionArn=execution
        )

    def _call(self, operation: str, settled: frozenset[str], **request: Any) -> bool:
        return self._send(operation, settled, **request) is not None

    def _send(self, operation: str, settled: frozenset[str], **request: Any) -> Any:
        """Make a request; None if it is refused with one of the settled errors."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            return send(self._clients.step_functions, operation, **request) or {}
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code in settled:
                return None
            if code in MISSING_MACHINES:
                raise ConfigurationError(
                    f"The state machine of {operation} does not exist: is this environment "
                    f"deployed, and is the ARN right? ({error})"
                ) from error
            if code in REFUSED_INPUTS:
                raise ValidationError(f"Step Functions refused the request: {error}") from error
            raise


def _refuse_bad_name(name: Any) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValidationError(
            f"The name {name!r:.90} is not one of an execution. It must be 1 to "
            f"{EXECUTION_NAME_LENGTH} characters without spaces, control characters and any of "
            '<>{}[]?*"#%\\^|~`$&,;:/. cqrs.execution_name makes one of any text.'
        )


def _as_it_is(value: Any) -> Any:
    return value


def _text_of(value: Any, where: str, wrap: Callable[[Any], Any] = _as_it_is) -> str:
    """Write a value as Step Functions takes it in a request."""
    checked = json_value(value, where, is_stored=False)
    text = to_json(wrap(checked))
    _refuse_too_large(len(text.encode()), DATA_BYTES, checked, where)
    return text


def _refuse_too_large(size: int, limit: int, value: Any, where: str) -> None:
    if size > limit:
        raise ValidationError(
            f"The {where} takes {size:,} bytes, most of them in {_heaviest(value, where)}; Step "
            f"Functions takes {limit:,}. Keep large data in a table or in the bucket, and pass its "
            "key."
        )


def _heaviest(value: Any, where: str) -> str:
    """Place of the innermost part that makes up more than half of a value."""
    parts = _parts(value, where)
    sizes = {place: json_size(part) for place, part in parts.items()}
    place = max(sizes, key=sizes.__getitem__, default=where)
    if not parts or sizes[place] * 2 <= sum(sizes.values()):
        return where
    return _heaviest(parts[place], place)


def _parts(value: Any, where: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return {f"{where}.{key}": part for key, part in value.items()}
    if isinstance(value, list):
        return {f"{where}[{index}]": part for index, part in enumerate(value)}
    return {}


def _reason(error: str | None, cause: str | None) -> dict[str, str]:
    """The fields of a request that give an end's reason; Step Functions needs neither."""
    said = (("error", error, ERROR_LENGTH), ("cause", cause, CAUSE_LENGTH))
    return {name: storable(text)[:longest] for name, text, longest in said if text is not None}


def _json_or_none(text: str | None) -> Any:
    return None if text is None else from_json_or_text(text)
