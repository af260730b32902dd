"""A second version that is published while the first is under way, and how long it takes to end.

Its execution has to wait for the first. A delay before the state that waits lets the first end in
between. An end that only looks for a waiter once finds none then.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from benchmarks.side_by_side.executions import now
from benchmarks.side_by_side.sides import Side

FIRST_SECONDS = 2
"""The first version stays under way for so long."""

LATE_SECONDS = 5
"""The second waits so late, if it does."""

DELAY = "delay_before_{}"
VERSIONS = 2
MOST_SECONDS = 30
WAITING, FINISH = "wait_prev_command", "finish"


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds from publishing a second version to its end; None if it has not ended by then.

    Attributes
    ----------
    at_once
        If it waits as soon as it knows that it must.
    late
        If it is held up before.
    """

    at_once: float | None
    late: float | None


class Waiting:
    """The measurement on one side, whose state machine it changes for good.

    Parameters
    ----------
    side
        The side.
    step_functions
        A client.
    """

    def __init__(self, side: Side, step_functions: Any) -> None:
        self._side = side
        self._step_functions = step_functions
        described = step_functions.describe_state_machine(stateMachineArn=side.executions.machine)
        self._definition = json.loads(described["definition"])

    def measure(self) -> Wait:
        """Let a second version wait, and then another one late."""
        return Wait(self._seconds(late=False), self._seconds(late=True))

    def _seconds(self, *, late: bool) -> float | None:
        definition = delayed(self._definition, FINISH, FIRST_SECONDS)
        if late:
            definition = delayed(definition, WAITING, LATE_SECONDS)
        self._step_functions.update_state_machine(
            stateMachineArn=self._side.executions.machine, definition=json.dumps(definition)
        )
        item, begun = uuid.uuid4().hex, now()
        self._side.publish(item)
        published = now()
        self._side.publish(item, version=1)
        ended = self._side.executions.are_over_within(MOST_SECONDS, VERSIONS, begun)
        if len(ended) < VERSIONS:
            return None
        return max(each.ended for each in ended) - published


def delayed(definition: dict[str, Any], state: str, seconds: int) -> dict[str, Any]:
    """A definition whose executions pause before a state."""
    pause = DELAY.format(state)
    states = {name: _led(each, state, pause) for name, each in definition["States"].items()}
    states[pause] = {"Type": "Wait", "Seconds": seconds, "Next": state}
    return {**definition, "States": states}


def _led(value: Any, state: str, pause: str) -> Any:
    """A state that leads to the pause in the place of a state."""
    if isinstance(value, list):
        return [_led(each, state, pause) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: pause if key in {"Next", "Default"} and to == state else _led(to, state, pause)
        for key, to in value.items()
    }
