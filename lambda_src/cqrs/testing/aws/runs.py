"""Executions of the Step Functions in memory, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from cqrs.testing.asl.state_machine import Execution, Path, StateMachine
from cqrs.testing.asl.state_machine import Timer as Asked
from cqrs.testing.clock import Timer

RUNNING, SUCCEEDED, FAILED = "RUNNING", "SUCCEEDED", "FAILED"
TIMED_OUT, ABORTED = "TIMED_OUT", "ABORTED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation of the function went: its answer, or its error."""

    answer: Any = None
    error: str = ""
    cause: str = ""


class MapRunOf(Protocol):
    """A Map Run of an execution."""

    arn: str
    began: datetime

    @property
    def children(self) -> Sequence[Run]:
        """The executions of its items."""

    def stop(self) -> None:
        """End with the execution."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine as it is deployed."""

    name: str
    arn: str
    definition: Mapping[str, Any]
    is_express: bool = False


@dataclass(slots=True, eq=False)
class Run:
    """An execution, and what is known of it.

    Attributes
    ----------
    events
        Its history, as GetExecutionHistory has it.
    ended
        Told its end, if somebody waits for it.
    parent
        The execution whose map it is a child of.
    """

    machine: Machine
    interpreter: StateMachine
    arn: str
    name: str
    given: Any
    began: datetime
    definition: Mapping[str, Any]
    is_express: bool = False
    start: int = 0
    status: str = RUNNING
    output: Any = None
    error: str = ""
    cause: str = ""
    ended_at: datetime | None = None
    _value: Execution | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    map_runs: list[MapRunOf] = field(default_factory=list)
    ended: Callable[[Run], None] | None = None
    parent: Run | None = None
    timer: Timer | None = None
    heartbeats: dict[str, tuple[Timer, Asked]] = field(default_factory=dict)
    last_events: dict[Path, int] = field(default_factory=dict)

    @property
    def value(self) -> Execution:
        """The states that it is in.

        Raises
        ------
        LookupError
            If it has not begun.
        """
        if self._value is None:
            raise LookupError(f"{self.name} has not begun")
        return self._value

    @value.setter
    def value(self, value: Execution) -> None:
        self._value = value
