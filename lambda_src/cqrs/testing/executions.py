"""Executions as a test looks at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cqrs.testing.aws.runs import Run

ENTERED = "StateEntered"


@dataclass(frozen=True, slots=True)
class ExecutionView:
    """An execution, as it is at this moment or was in the end.

    Attributes
    ----------
    machine
        Base name of its state machine.
    name
        Its name.
    arn
        Its ARN.
    status
        ``RUNNING``, ``SUCCEEDED``, ``FAILED``, ``TIMED_OUT`` or ``ABORTED``.
    input, output
        Its input, and its output if it has succeeded.
    error, cause
        With what it failed; empty otherwise.
    states
        Names of the states that it has entered, in this order; those of branches among them.
    history
        Its events, as GetExecutionHistory tells them.
    """

    machine: str
    name: str
    arn: str
    status: str
    input: Any
    output: Any
    error: str
    cause: str
    states: Sequence[str]
    history: Sequence[Mapping[str, Any]]

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status == "RUNNING"

    def __str__(self) -> str:
        end = f": {self.error}: {self.cause}" if self.error else ""
        return f"{self.machine} {self.name} {self.status} ({' > '.join(self.states)}){end}"


def view_of(run: Run, prefix: str) -> ExecutionView:
    """The view of an execution."""
    return ExecutionView(
        machine=run.machine.name.removeprefix(prefix),
        name=run.name,
        arn=run.arn,
        status=run.status,
        input=run.given,
        output=run.output,
        error=run.error,
        cause=run.cause,
        states=tuple(
            event["stateEnteredEventDetails"]["name"]
            for event in run.events
            if event["type"].endswith(ENTERED)
        ),
        history=tuple(run.events),
    )
