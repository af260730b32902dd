"""The project's assumptions about AWS's own behaviour, in one place.

Each assumption takes its values from the code that relies on them, so that the two cannot differ.
If the emulator is known to behave in another way, the reason stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING

from cqrs.aws.step_functions import GONE_TOKENS, RUNNING_ALREADY
from stacks.asl.retriers import CRASHES, THROTTLED
from stacks.asl.states import HEARTBEAT_TIMEOUT, TIMEOUT

if TYPE_CHECKING:
    from stacks.environment.model import Environment


class Subject(StrEnum):
    """A thing that is looked at."""

    EXCEPTION = "error of a state whose function raises LookupError"
    EXIT = "error of a state whose function's process ends"
    OUT_OF_TIME = "error of a state whose function runs out of time"
    OUT_OF_MEMORY = "error of a state whose function runs out of memory"
    THROTTLED = "error of a state whose function has no concurrency left"
    STATE_TIMEOUT = "error of a state that runs out of time itself"
    HEARTBEAT = "error of a state that waits for a heartbeat in vain"
    RETRY_COUNT = "$$.State.RetryCount at the second try"
    MAP_ITEM = "$$.Map.Item.Index and $$.Map.Item.Value of a map's first item"
    CONTEXT = "fields of $$.Execution, $$.State and $$.StateMachine that the function reads"
    USED_TOKEN = "error of a second answer to a task token"  # noqa: S105 - a sentence
    STARTED_AGAIN = "error of a second start under an execution's name"
    MAP_RUN = "Map Runs, batches and rows of an import"
    FILTERED = "execution of a record that the stream's filter drops"
    DENIED = "the function's read of a bucket that it has no right to"


@dataclass(frozen=True, slots=True)
class Difference:
    """Another behaviour, as MiniStack is known to have it, and the reason."""

    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """An assumption about a subject.

    Attributes
    ----------
    values
        One of them has to be seen.
    on_emulator
        The emulator's behaviour; None if it behaves as AWS does.
    """

    values: frozenset[str]
    on_emulator: Difference | None = None

    def __str__(self) -> str:
        return " or ".join(sorted(self.values))


IMPORTED_ROWS = 25
CONTEXT_FIELDS = (
    "Execution.Id",
    "Execution.Name",
    "Execution.Input",
    "Execution.StartTime",
    "Execution.RoleArn",
    "Execution.RedriveCount",
    "State.Name",
    "State.EnteredTime",
    "State.RetryCount",
    "StateMachine.Id",
    "StateMachine.Name",
)
"""All that :class:`cqrs.aws.step_functions.StepFunctionsContext` reads."""

EMULATED_FIELDS = tuple(
    field
    for field in CONTEXT_FIELDS
    if field not in {"Execution.RoleArn", "Execution.RedriveCount"}
)

NO_EXECUTION = "none"
REFUSED = "access is denied"
NOT_ASKED = "not asked"


def assumptions(environment: Environment) -> dict[Subject, Assumption]:
    """List what is assumed of an environment."""
    crash = frozenset(CRASHES["ErrorEquals"])
    other_name = Difference("Runtime.HandlerError", "MiniStack has one name for all of them")
    return {
        Subject.EXCEPTION: _one("LookupError", other_name),
        Subject.EXIT: Assumption(crash, other_name),
        Subject.OUT_OF_TIME: Assumption(crash),
        Subject.OUT_OF_MEMORY: Assumption(
            crash, Difference(NOT_ASKED, "it would use up the memory of this machine")
        ),
        Subject.THROTTLED: _one(
            THROTTLED, Difference("Lambda.Unknown", "MiniStack has no name for it")
        ),
        Subject.STATE_TIMEOUT: _one(TIMEOUT),
        Subject.HEARTBEAT: _one(
            HEARTBEAT_TIMEOUT, Difference(TIMEOUT, "MiniStack takes no notice of heartbeats")
        ),
        Subject.RETRY_COUNT: _one("1"),
        Subject.MAP_ITEM: _one("0 and a"),
        Subject.CONTEXT: _one(
            ", ".join(CONTEXT_FIELDS),
            Difference(", ".join(EMULATED_FIELDS), "MiniStack's context has fewer fields"),
        ),
        Subject.USED_TOKEN: Assumption(GONE_TOKENS),
        Subject.STARTED_AGAIN: _one(RUNNING_ALREADY),
        Subject.MAP_RUN: _one(
            _map_run(ceil(IMPORTED_ROWS / environment.import_csv.max_items_per_batch)),
            Difference(_map_run(IMPORTED_ROWS), "MiniStack has no batches, so each row is one"),
        ),
        Subject.FILTERED: _one(NO_EXECUTION),
        Subject.DENIED: _one(REFUSED),
    }


def _map_run(batches: int) -> str:
    return f"1 Map Run, {batches} batches, {IMPORTED_ROWS} rows"


def _one(value: str, on_emulator: Difference | None = None) -> Assumption:
    return Assumption(frozenset({value}), on_emulator)
