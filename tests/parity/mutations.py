"""Mistakes in the definitions, each of which an execution must show."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.parity.definitions import Definition
from tests.parity.differences import LOCALSTACK, MINISTACK
from tests.synth.definitions import states


@dataclass(frozen=True)
class Mutation:
    """One mistake.

    Attributes
    ----------
    name
        The mistake in words.
    execution
        The execution that shows it.
    mutate
        Makes the mistake in a definition.
    shown_on
        Engines that carry out the field that is wrong.
    """

    name: str
    execution: str
    mutate: Callable[[Definition], None]
    shown_on: tuple[str, ...] = (MINISTACK, LOCALSTACK)

    def of(self, definition: Definition) -> Definition:
        """The definition with the mistake in it."""
        mutant = copy.deepcopy(definition)
        self.mutate(mutant)
        assert mutant != definition, self.name
        return mutant


def _state(definition: Definition, name: str) -> dict[str, Any]:
    return dict(states(definition))[name]


def _without(name: str, field: str) -> Callable[[Definition], None]:
    return lambda definition: _state(definition, name).pop(field)


def _with(name: str, **fields: Any) -> Callable[[Definition], None]:
    return lambda definition: _state(definition, name).update(fields)


def _catch(name: str, position: int, **fields: Any) -> Callable[[Definition], None]:
    return lambda definition: _state(definition, name)["Catch"][position].update(fields)


def _without_rule(name: str, rules: str, position: int) -> Callable[[Definition], None]:
    return lambda definition: _state(definition, name)[rules].pop(position)


def _fixed_error(definition: Definition) -> None:
    state = _state(definition, "fail")
    del state["ErrorPath"]
    state["Error"] = "Failed"


MUTATIONS = (
    Mutation(
        "a Catch is dropped",
        "command: its predecessor fails",
        _without("wait_prev_command", "Catch"),
    ),
    Mutation(
        "the catcher of a timeout is dropped",
        "command: its wait times out",
        _without_rule("wait_prev_command", "Catch", 0),
    ),
    Mutation(
        "a catcher's ResultPath is changed",
        "command: its wait times out",
        _catch("wait_prev_command", 0, ResultPath="$.error"),
    ),
    Mutation(
        "a catcher's Next is changed",
        "command: its predecessor fails",
        _catch("wait_prev_command", 1, Next="finish"),
    ),
    Mutation(
        "a Retry is dropped",
        "command: its wait fails and then times out",
        _without("wait_prev_command", "Retry"),
    ),
    Mutation(
        "the retrier of errors that a repeat meets again is dropped",
        "closure: withdrawn",
        _without_rule("request_approval", "Retry", 0),
    ),
    Mutation(
        "a retrier tries less often",
        "command: fails four times",
        lambda definition: _state(definition, "history_copy")["Retry"][-1].update(MaxAttempts=2),
    ),
    Mutation(
        "a Next is changed", "command: applied", _with("set_ttl_command", Next="transform_data")
    ),
    Mutation(
        "a choice's branch is changed",
        "command: replaces nothing",
        lambda definition: _state(definition, "check_version_result")["Choices"][2].update(
            Next="history_copy"
        ),
    ),
    Mutation(
        "a choice's branch leads too far",
        "command: does not expire",
        lambda definition: _state(definition, "check_version_result")["Choices"][1].update(
            Next="transform_data"
        ),
    ),
    Mutation(
        "a choice's Default is changed",
        "command: its predecessor fails",
        _with("check_version_result", Default="fail_command"),
    ),
    Mutation("an OutputPath is dropped", "command: applied", _without("finish", "OutputPath")),
    Mutation("an ErrorPath is dropped", "command: refused", _fixed_error),
    Mutation(
        "a Map's Catch is dropped",
        "command: a sync handler fails",
        _without("sync_data_all", "Catch"),
    ),
    Mutation(
        "a MaxConcurrency is dropped",
        "task: three sub-tasks",
        _without("map_state", "MaxConcurrency"),
    ),
    Mutation(
        "the Catch inside of a map is dropped",
        "task: one is given up",
        _without("iterator", "Catch"),
    ),
    Mutation(
        "a catcher's ResultPath inside of a map is changed",
        "task: one is given up",
        _catch("iterator", 0, ResultPath="$"),
    ),
    Mutation(
        "a Distributed Map's Catch is dropped", "import: no file", _without("import-csv", "Catch")
    ),
    Mutation(
        "a Distributed Map's ResultPath is changed",
        "import: three rows",
        _with("import-csv", ResultPath="$.rows"),
    ),
    Mutation(
        "a Distributed Map's MaxConcurrency is changed",
        "import: three rows",
        _with("import-csv", MaxConcurrency=40),
    ),
    Mutation(
        "an ItemSelector is dropped", "import: three rows", _without("import-csv", "ItemSelector")
    ),
    Mutation(
        "a ResultWriter is dropped",
        "import: three rows",
        _without("import-csv", "ResultWriter"),
        (LOCALSTACK,),
    ),
    Mutation(
        "a TimeoutSeconds is dropped",
        "command: applied",
        _without("finish", "TimeoutSeconds"),
        (LOCALSTACK,),
    ),
    Mutation(
        "an approval's catcher is dropped",
        "closure: no heartbeat",
        lambda definition: _state(definition, "request_approval")["Catch"].__delitem__(slice(0, 2)),
    ),
)
"""No engine here batches items, so a dropped ItemBatcher shows on none of them."""


def shown_on(engine: str) -> list[Mutation]:
    """The mistakes that show on an engine."""
    return [mutation for mutation in MUTATIONS if engine in mutation.shown_on]
