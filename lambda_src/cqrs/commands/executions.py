"""Executions of commands: one for each attempt to apply a command, in one of two lanes.

A Standard execution has its name once and for all, can wait, and can be asked for. An Express one
costs no state transitions and has none of the three (Step Functions guide, "Choosing workflow type
in Step Functions"). It may run twice, and is over after five minutes.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from cqrs.aws.step_functions import RUNNING, execution_arn
from cqrs.commands.models import SyncMode
from cqrs.core.execution_names import EXECUTION_NAME_LENGTH, execution_name
from cqrs.core.moments import is_recent
from cqrs.states import EXPRESS_SECONDS
from cqrs.storage.attempts import ATTEMPT

if TYPE_CHECKING:
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.commands.models import Command
    from cqrs.core.keys import CommandKey

REQUEST_ID = "requestId"
"""Name in the input of an execution, as in items."""

UNIQUE_LENGTH = 12


class CommandExecutions(Protocol):
    """Starts and finds executions of commands.

    Attributes
    ----------
    can_wait
        Whether an execution may be started before its command's turn.
    """

    can_wait: bool

    def start(self, key: CommandKey, request_id: str, attempt: int = 0) -> None:
        """Start an attempt to apply a command.

        The execution gets the command's key and not the command, which may be larger than an
        execution's input.
        """

    def status(self, command: Command) -> str | None:
        """Status of the execution of a command's attempt, such as ``RUNNING``.

        None if there is none, or if none can be alive.
        """

    def is_started(self, command: Command) -> bool:
        """Whether a command's attempt is known to have an execution."""


class _OfMachine:
    """Executions of one state machine.

    Parameters
    ----------
    step_functions
        Starts and describes executions.
    state_machine_arn
        The state machine.
    """

    def __init__(self, step_functions: StepFunctionsService, state_machine_arn: str) -> None:
        self._step_functions = step_functions
        self._state_machine_arn = state_machine_arn

    def _start(self, name: str, key: CommandKey, request_id: str, attempt: int) -> None:
        given = execution_input(key, request_id, attempt)
        self._step_functions.start(self._state_machine_arn, name, given)


class StandardExecutions(_OfMachine):
    """Executions of the command-handler state machine; an attempt starts once."""

    can_wait = True

    def start(self, key: CommandKey, request_id: str, attempt: int = 0) -> None:
        """Start an attempt; a repeat starts nothing."""
        name = command_execution_name(key, request_id, attempt)
        self._start(name, key, request_id, attempt)

    def status(self, command: Command) -> str | None:
        """Ask Step Functions (one DescribeExecution)."""
        name = command_execution_name(command.key, command.request_id, command.attempt)
        return self._step_functions.status(execution_arn(self._state_machine_arn, name))

    def is_started(self, command: Command) -> bool:
        """Ask Step Functions (one DescribeExecution)."""
        return self.status(command) is not None


class ExpressExecutions(_OfMachine):
    """Executions of the Express state machine; an attempt may start more than once.

    A command's own moments tell whether one may be alive, as nobody else can: Step Functions
    describes no Express execution (API reference, DescribeExecution). An older attempt may have a
    Standard execution, which was started before the lane was changed.

    Parameters
    ----------
    step_functions
        Starts executions.
    state_machine_arn
        The Express state machine.
    standard
        Executions of the other lane.
    """

    can_wait = False

    def __init__(
        self,
        step_functions: StepFunctionsService,
        state_machine_arn: str,
        standard: StandardExecutions,
    ) -> None:
        super().__init__(step_functions, state_machine_arn)
        self._standard = standard

    def start(self, key: CommandKey, request_id: str, attempt: int = 0) -> None:
        """Start an attempt; a repeat starts it again.

        Each start has a name of its own, by which its end is told from another's. Emulator
        difference: a name that was used is refused there.
        """
        name = command_execution_name(key, request_id, attempt)
        unique = uuid.uuid4().hex[:UNIQUE_LENGTH]
        label = name[: EXECUTION_NAME_LENGTH - UNIQUE_LENGTH - 1]
        self._start(f"{label}-{unique}", key, request_id, attempt)

    def status(self, command: Command) -> str | None:
        """``RUNNING`` as long as an execution of a recent attempt may be alive (no request).

        Of an older attempt it is the Standard execution's status (one DescribeExecution). The first
        attempt of a synchronous command is its publisher's, and has none.
        """
        if command.sync_mode is SyncMode.SYNC and command.attempt == 0:
            return None
        if express_may_run(command, command.restarted_at or command.created_at):
            return RUNNING
        return self._standard.status(command)

    def is_started(self, _command: Command) -> bool:
        """Nobody knows, and another execution does no harm."""
        return False


def express_may_run(command: Command, began: object) -> bool:
    """Whether the five minutes of an Express execution that began at a time are not over."""
    oldest = datetime.now(UTC) - timedelta(seconds=EXPRESS_SECONDS)
    return began is not None and is_recent(began, f"The command {command.key}", oldest)


def execution_input(key: CommandKey, request_id: str, attempt: int = 0) -> dict[str, Any]:
    """Input of a command's execution.

    An execution may find that its own command changed the data item. That was in an earlier
    attempt, or in the states after ``check_version``, if a call of that outlives its state. It
    knows its own by the request id.
    """
    again = {ATTEMPT: attempt} if attempt else {}
    return {**key.to_mapping(), REQUEST_ID: request_id, **again}


def command_execution_name(key: CommandKey, request_id: str, attempt: int = 0) -> str:
    """Name of the execution of an attempt; the first one is 0.

    The request is a part of it, because a key may be published again once its command expired. Step
    Functions keeps names for 90 days.
    """
    if attempt == 0:
        return execution_name(f"{key.base}-v{key.version}", key.pk, key.sk, request_id)
    label = f"{key.base}-v{key.version}-r{attempt}"
    return execution_name(label, key.pk, key.sk, request_id, str(attempt))
