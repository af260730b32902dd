"""How the states of a machine call the function."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cqrs.errors import ApprovalExpired
from stacks.asl.errors import DefinitionError
from stacks.asl.retriers import (
    retry,
)
from stacks.asl.states import (
    ALL_ERRORS,
    HEARTBEAT_TIMEOUT,
    TIMEOUT,
    State,
    catch,
)
from stacks.options.workflows import ApprovalOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
and into the log. That of a batch is the batch itself. It would not fit twice into the 256 KB
that a state takes (Step Functions guide, "Service quotas")."""

FUNCTION_TIMEOUT_MARGIN_SECONDS = 10
"""Lets the function's own timeout, which says more, come before the state's."""

ANSWER_FIELDS = frozenset({"OutputPath", "ResultPath", "ResultSelector"})
"""Fields that say where a state's answer goes (Step Functions guide, "Input and output
processing")."""


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
            The function's answer is the output, in the place of the input; ``ResultPath=None``
            keeps the input and drops the answer.

        Raises
        ------
        DefinitionError
            If a field would put the answer elsewhere.
        """
        return self._call(CONTEXT, fields)

    def item_task(self, **fields: Any) -> State:
        """Call the function likewise for one item, or one batch of items, of a map.

        The execution's context that it gets has no input.
        """
        return self._call(ITEM_CONTEXT, fields)

    def callback(
        self, *, timeout_seconds: int, heartbeat_seconds: int | None = None, **fields: Any
    ) -> State:
        """Call the function with a task token and wait until that is answered.

        If the function raises, the state fails. Emulator difference: MiniStack takes no notice of
        that, so there it waits until the timeout.

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
            If a field would put the answer elsewhere.
        """
        token = {"taskToken.$": "$$.Task.Token", "timeoutSeconds": timeout_seconds}
        resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
        heartbeat = {} if heartbeat_seconds is None else {"HeartbeatSeconds": heartbeat_seconds}
        # A wait that is over is not begun again.
        waiting = self._never_again(TIMEOUT)
        return waiting._state(resource, CONTEXT, token, timeout_seconds, {**heartbeat, **fields})

    def wait_for_approval(self, on_expiry: str, **fields: Any) -> State:
        """Call the function with a task token, and wait for somebody's answer to what it asks.

        The environment says how long. A wait that is over is not begun again. It would ask the same
        people the same, with nothing to say that they had not answered.

        Parameters
        ----------
        on_expiry
            State that follows if nobody answered, or the request was closed. Its input is this
            one's, with ``{"Error", "Cause"}`` under ``error``.
        fields
            The state's own fields; they take the place of a default.
        """
        waiting = self._never_again(HEARTBEAT_TIMEOUT)
        over = (TIMEOUT, HEARTBEAT_TIMEOUT, ApprovalExpired.__name__)
        expiry = [catch(error, on_expiry, ResultPath="$.error") for error in over]
        state = waiting.callback(
            timeout_seconds=self.approval.timeout_seconds,
            heartbeat_seconds=self.approval.heartbeat_seconds or None,
            **fields,
        )
        return {**state, "Catch": [*expiry, *state.get("Catch", [])]}

    def _never_again(self, error: str) -> Invocation:
        return replace(self, never_again=(*self.never_again, error))

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
    """Make the function's answer the output, or the input if ``ResultPath`` is None.

    A ``ResultPath`` comes before the ``OutputPath`` that unwraps the answer, so the two cannot be
    had together. A ``ResultSelector`` makes an object, never the plain answer (Step Functions
    guide, "Input and output processing").
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
