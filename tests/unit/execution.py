"""One execution of the command-handler state machine, advanced state by state by a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cqrs.commands.workflow import CommandWorkflow
from cqrs.core.clock import iso
from cqrs.core.keys import CommandKey
from cqrs.events.factory import step_functions_event
from cqrs.events.types import StepFunctionsEvent
from cqrs.events.workflows import Workflows
from cqrs.resources import StateMachine
from cqrs.states import CheckResult, CommandState

AFTER_CHECK = (
    CommandState.SET_TTL_COMMAND,
    CommandState.HISTORY_COPY,
    CommandState.TRANSFORM_DATA,
    CommandState.SYNC_DATA_ALL,
    CommandState.FINISH,
)


class CommandExecution:
    """Calls the workflow with the payloads that the state machine's states send."""

    def __init__(
        self, workflow: CommandWorkflow, prefix: str, key: CommandKey, given: dict[str, Any]
    ) -> None:
        self._workflows = Workflows(prefix)
        self._workflows.register(StateMachine.COMMAND, lambda: workflow)
        self._machine = f"{prefix}{StateMachine.COMMAND}"
        self.key = key
        self._input = given

    def call(self, state: CommandState, state_input: Any = None, token: str | None = None) -> Any:
        """Call one state's handler with an input."""
        return self._workflows.call(self._event(state, state_input, token))

    def check(self) -> int:
        """Run ``check_version`` and return its result."""
        return int(self.call(CommandState.CHECK_VERSION)["result"])

    def goes_ahead(self) -> bool:
        """Run ``check_version`` and return whether it is the command's turn."""
        return self.check() in {CheckResult.GO, CheckResult.COPY, CheckResult.APPLY}

    def wait(self, token: str) -> None:
        """Enter ``wait_prev_command`` with a token."""
        self.call(CommandState.WAIT_PREV_COMMAND, token=token)

    def apply(self, *, until: CommandState | None = None) -> None:
        """Run the states after the check, up to and without the one named."""
        output: Any = None
        for state in AFTER_CHECK:
            if state is until:
                return
            if state is CommandState.SYNC_DATA_ALL:
                output = [self.call(CommandState.SYNC_DATA, entry) for entry in output]
            else:
                output = self.call(state, output)

    def fail(self, error: str, cause: str) -> Any:
        """Run the state that a Catch leads to."""
        return self.call(CommandState.FAIL_COMMAND, {"Error": error, "Cause": cause})

    def _event(
        self, state: CommandState, state_input: Any, token: str | None
    ) -> StepFunctionsEvent:
        return state_event(
            state.value,
            state_input,
            execution_input=self._input,
            machine=self._machine,
            token=token,
        )


def state_event(
    state: str,
    state_input: Any,
    *,
    execution_input: Any,
    machine: str = "test-cqrs-machine",
    name: str = "x",
    token: str | None = None,
    kind: str = "execution",
    seconds_ago: float = 0,
) -> StepFunctionsEvent:
    """A state's event for the function, of an execution that began some seconds ago."""
    moment = iso(datetime.now(UTC) - timedelta(seconds=seconds_ago))
    return step_functions_event(
        {
            "source": "step-function",
            "context": {
                "Execution": {
                    "Id": f"arn:aws:states:ap-northeast-1:123456789012:{kind}:{machine}:{name}",
                    "Name": name,
                    "Input": execution_input,
                    "StartTime": moment,
                },
                "State": {"Name": state, "EnteredTime": moment, "RetryCount": 0},
                "StateMachine": {
                    "Id": f"arn:aws:states:ap-northeast-1:123456789012:stateMachine:{machine}",
                    "Name": machine,
                },
            },
            "input": state_input,
            **({"taskToken": token} if token else {}),
        }
    )
