"""The product's own definitions, rendered for an emulator and hurried."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.synth.definitions import states, tasks

Definition = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """Seconds that an execution's timeouts become.

    Attributes
    ----------
    state
        Longest call of the function for a state, in the place of 70 s.
    states
        The same for single states, by name.
    wait
        Longest wait for a task token's answer, in the place of a minute or a week.
    heartbeat
        Longest time between two heartbeats, in the place of a day.
    execution
        Longest execution, if not the machine's own 15 minutes.
    """

    state: int = 60
    states: Mapping[str, int] = field(default_factory=dict)
    wait: int = 60
    heartbeat: int = 40
    execution: int | None = None


AMPLE = Limits()
"""For executions in which nothing is to time out, however slow the machine is."""

CALLBACK = ".waitForTaskToken"


def hurried(definition: Definition, limits: Limits) -> Definition:
    """The same definition, in which nothing takes long; this is all that is changed in it.

    Timeouts and heartbeats of states become seconds, if there are any. A retrier waits a second
    before each try, instead of twice as long each time and at random. How often it tries, what it
    matches and where everything leads stays as it is.
    """
    quick = copy.deepcopy(definition)
    for name, state in tasks(quick):
        calls = limits.states.get(name, limits.state)
        waits = state["Resource"].endswith(CALLBACK)
        if "TimeoutSeconds" in state:
            state["TimeoutSeconds"] = limits.wait if waits else calls
        if "HeartbeatSeconds" in state:
            state["HeartbeatSeconds"] = limits.heartbeat
        if "timeoutSeconds" in state["Parameters"]["Payload"]:
            state["Parameters"]["Payload"]["timeoutSeconds"] = limits.wait
    for _, state in states(quick):
        state.update(
            {"Retry": [_hurried_retrier(retrier) for retrier in state["Retry"]]}
            if "Retry" in state
            else {}
        )
    if limits.execution is not None:
        quick["TimeoutSeconds"] = limits.execution
    return quick


def _hurried_retrier(retrier: Definition) -> Definition:
    kept = {key: retrier[key] for key in ("ErrorEquals", "MaxAttempts")}
    return {**kept, "IntervalSeconds": 1, "BackoffRate": 1.0}
