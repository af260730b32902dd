"""Executions of one state machine, as Step Functions reports them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.integration.deployed import POLL_SECONDS, wait_for

TASK_ENTERED = "TaskStateEntered"
"""MiniStack's history has none of these within a map, so that calls are counted in their place."""

RUNNING, SUCCEEDED = "RUNNING", "SUCCEEDED"
LONGEST_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Execution:
    """One that has ended well.

    Attributes
    ----------
    arn
        Its ARN.
    started, ended
        Moments, in seconds since the epoch.
    """

    arn: str
    started: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started


class Executions:
    """Executions of a state machine.

    Parameters
    ----------
    step_functions
        A client.
    machine
        The machine's ARN.
    """

    def __init__(self, step_functions: Any, machine: str) -> None:
        self._step_functions = step_functions
        self.machine = machine

    def wait_for(self, count: int, since: float) -> list[Execution]:
        """Wait until as many as that have started since a moment and ended well.

        Raises
        ------
        RuntimeError
            If one has ended otherwise.
        """
        what = f"the end of {count} executions of {self.machine}"
        return wait_for(self._ends(count, since), what, LONGEST_SECONDS)

    def are_over_within(self, seconds: float, count: int, since: float) -> list[Execution]:
        """Those that have ended well when all have, or after so many seconds."""
        ends, until = self._ends(0, since), time.monotonic() + seconds
        while len(ended := ends() or []) < count and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        return ended

    def use(self, arn: str) -> Use:
        """Use by one execution."""
        pages = self._step_functions.get_paginator("get_execution_history")
        events = [event for page in pages.paginate(executionArn=arn) for event in page["events"]]
        begun: float | None = None
        seconds, transitions, calls = 0.0, 0, 0
        for event in events:
            if event["type"].endswith("StateEntered") and event["type"] != TASK_ENTERED:
                transitions += 1
            elif event["type"] == "TaskScheduled":
                calls, begun = calls + 1, event["timestamp"].timestamp()
            elif event["type"] == "TaskSucceeded" and begun is not None:
                seconds, begun = seconds + event["timestamp"].timestamp() - begun, None
        return Use(transitions + calls, calls, seconds)

    def _ends(self, count: int, since: float) -> Callable[[], list[Execution] | None]:
        def ends() -> list[Execution] | None:
            found = [
                execution
                for page in self._pages()
                for execution in page["executions"]
                if execution["startDate"].timestamp() >= since
            ]
            if failed := [each for each in found if each["status"] not in {RUNNING, SUCCEEDED}]:
                raise RuntimeError(self._end_of(failed[0]["executionArn"]))
            ended = [_ended(each) for each in found if each["status"] == SUCCEEDED]
            return ended if len(ended) >= count else None

        return ends

    def _end_of(self, arn: str) -> str:
        end = self._step_functions.describe_execution(executionArn=arn)
        return f"{arn} ended {end['status']}: {end.get('error')}: {end.get('cause')}"

    def _pages(self, **options: Any) -> Any:
        pages = self._step_functions.get_paginator("list_executions")
        return pages.paginate(stateMachineArn=self.machine, **options)


@dataclass(frozen=True, slots=True)
class Use:
    """Use by one execution.

    Attributes
    ----------
    transitions
        States that were entered, each of which is a transition on a bill.
    calls, seconds
        Calls of the function, and how long they took together.
    """

    transitions: int
    calls: int
    seconds: float


def _ended(execution: dict[str, Any]) -> Execution:
    return Execution(
        execution["executionArn"],
        execution["startDate"].timestamp(),
        execution["stopDate"].timestamp(),
    )


def now() -> float:
    """The moment, on the clock of the emulator, which runs on this machine."""
    return time.time()
