"""An interpreter of state machines, whose executions are values.

Each method takes an execution and something that happened to it. It returns the execution's new
state, the invocations of the function that start with it, and those that it gives up. Supported is
what definitions of commands and tasks use: Task with and without a callback, Choice, inline Map,
Succeed, Fail, Retry and Catch. When a wait times out, and in which order things happen, is for the
caller to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from cqrs.core.clock import iso
from tests.model.state_language import (
    Document,
    attempts,
    caught_input,
    fill,
    matching,
    next_of_choice,
    select,
)
from tests.model.text import Text, freeze, view

CALLBACK = ".waitForTaskToken"
FIRST_START = datetime(2026, 1, 1, tzinfo=UTC)

TWICE = "~"
"""Begins the end of the names by which executions that run twice under one name are told apart."""

BETWEEN_STARTS = timedelta(days=100)
"""A name comes again when Step Functions has forgotten its execution, 90 days after its end."""

Path = tuple[int, ...]
"""Which branch of which branch; empty for the execution itself."""


class Ended(NamedTuple):
    """The end of an execution, or of one branch of it."""

    output: Text
    error: str = ""
    cause: str = ""


class Pending(NamedTuple):
    """A branch of a Map that waits until others have ended."""

    input: Text


class Active(NamedTuple):
    """A state that an execution, or a branch of it, is in.

    Attributes
    ----------
    retries
        How often each of its retriers has repeated it.
    invocation
        Number of the invocation under way; 0 if there is none.
    token
        Task token of a state that waits for its callback.
    branches
        Of a Map.
    entered
        Number of the first invocation of this visit, which tells visits apart.
    """

    state: str
    input: Text
    retries: tuple[int, ...]
    invocation: int = 0
    token: str = ""
    branches: tuple[Active | Ended | Pending, ...] = ()
    entered: int = 0


class Execution(NamedTuple):
    """An execution.

    Attributes
    ----------
    invocations
        How many it has started so far.
    start
        How many executions had its name before it.
    redrives
        How often it was redriven.
    """

    name: str
    input: Text
    at: Active | Ended
    invocations: int = 0
    start: int = 0
    redrives: int = 0


class Invoke(NamedTuple):
    """An invocation of the function that starts."""

    number: int
    path: Path
    state: str
    event: Text


class Progress(NamedTuple):
    """The new state of an execution."""

    execution: Execution
    started: tuple[Invoke, ...] = ()
    given_up: tuple[int, ...] = ()


@dataclass(slots=True)
class _Move:
    """Collects what one step of an execution sets off."""

    name: str
    input: Text
    invocations: int
    start: int
    redrives: int
    started: list[Invoke] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)


Reaction = Callable[["_Move", Document, Path, Active], "Active | Ended"]


class StateMachine:
    """Interprets one definition.

    Parameters
    ----------
    name
        Name of the deployed machine.
    definition
        The return value of ``command_definition``.
    """

    def __init__(self, name: str, definition: Document) -> None:
        self._name = name
        self._definition = definition
        # Executions go through few different moments, which runs have in common.
        remember = lru_cache(maxsize=1 << 16)
        self.started = remember(self._started)
        self.returned = remember(self._returned)
        self.failed = remember(self._failed)
        self.answered = remember(self._answered)

    def stopped(self, execution: Execution, error: str) -> Progress:
        """The execution ends as a whole, whatever it is in."""
        move = _move(execution)
        assert isinstance(execution.at, Active)
        _give_up(move, execution.at)
        return _progress(move, Ended("", error))

    def redriven(self, execution: Execution, at: Active) -> Progress:
        """An execution that was stopped goes on where it was, with all its retries before it."""
        move = _move(execution)
        move.redrives += 1
        return _progress(move, self._resume(move, self._definition, (), at))

    def _resume(self, move: _Move, machine: Document, place: Path, active: Active) -> Active:
        state = machine["States"][active.state]
        fresh = active._replace(retries=(0,) * len(active.retries), entered=0)
        if state["Type"] == "Task":
            return self._invoke(move, state, place, fresh)
        branches = tuple(
            self._resume(move, state["ItemProcessor"], (*place, index), branch)
            if isinstance(branch, Active)
            else branch
            for index, branch in enumerate(active.branches)
        )
        return fresh._replace(branches=branches)

    def arn(self, name: str) -> str:
        """ARN of an execution."""
        return f"arn:aws:states:ap-northeast-1:123456789012:execution:{self._name}:{name}"

    def _started(self, name: str, execution_input: Text, start: int = 0) -> Progress:
        """A new execution."""
        move = _Move(name, execution_input, 0, start, 0)
        at = self._enter(move, self._definition, (), self._definition["StartAt"], execution_input)
        return _progress(move, at)

    def _returned(self, execution: Execution, path: Path, answer: Text) -> Progress:
        """The function has answered; if a callback is awaited, that is not a result yet."""

        def react(move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
            if active.token:
                return active._replace(invocation=0)
            return self._succeed(move, machine, place, active, {"Payload": view(answer)})

        return self._react(execution, path, react)

    def _failed(self, execution: Execution, path: Path, error: str, cause: str = "") -> Progress:
        """A state has failed; an invocation that is still under way is given up."""

        def react(move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
            _give_up(move, active)
            return self._fail(move, machine, place, active, error, cause)

        return self._react(execution, path, react)

    def _answered(self, execution: Execution, path: Path, output: Text) -> Progress:
        """A callback has come; an invocation that is still under way is given up."""

        def react(move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
            _give_up(move, active)
            return self._succeed(move, machine, place, active, view(output))

        return self._react(execution, path, react)

    # One step

    def _react(self, execution: Execution, path: Path, react: Reaction) -> Progress:
        move = _move(execution)
        at = self._reach(move, self._definition, (), execution.at, path, react)
        return _progress(move, at)

    def _reach(
        self,
        move: _Move,
        machine: Document,
        place: Path,
        at: Active | Ended | Pending,
        path: Path,
        react: Reaction,
    ) -> Active | Ended:
        assert isinstance(at, Active), f"{move.name} has ended at {place}"
        if not path:
            return react(move, machine, place, at)
        index, processor = path[0], machine["States"][at.state]["ItemProcessor"]
        branch = self._reach(move, processor, (*place, index), at.branches[index], path[1:], react)
        branches = (*at.branches[:index], branch, *at.branches[index + 1 :])
        return self._join(move, machine, place, at._replace(branches=branches))

    def _enter(
        self, move: _Move, machine: Document, place: Path, name: str, state_input: Text
    ) -> Active | Ended:
        state = machine["States"][name]
        match state["Type"]:
            case "Task":
                retries = (0,) * len(state.get("Retry", ()))
                return self._invoke(move, state, place, Active(name, state_input, retries))
            case "Map":
                retries = (0,) * len(state.get("Retry", ()))
                return self._map(move, machine, place, Active(name, state_input, retries))
            case "Choice":
                following = next_of_choice(state, view(state_input))
                return self._enter(move, machine, place, following, state_input)
            case "Succeed":
                return Ended(state_input)
            case "Fail":
                reason = view(state_input)
                return Ended(
                    "",
                    str(select(state["ErrorPath"], reason)),
                    str(select(state["CausePath"], reason)),
                )
        raise ValueError(f"State type not understood: {state['Type']}")

    def _invoke(self, move: _Move, state: Document, place: Path, active: Active) -> Active:
        move.invocations += 1
        number = move.invocations
        token = f"{_token_prefix(move)}/{number}" if state["Resource"].endswith(CALLBACK) else ""
        entered = active.entered or number
        begun = begun_at(move.start)
        context = {
            "Execution": {
                "Id": self.arn(move.name),
                "Name": move.name.partition(TWICE)[0],
                "Input": view(move.input),
                "StartTime": iso(begun),
                "RedriveCount": move.redrives,
            },
            "State": {
                "Name": active.state,
                "EnteredTime": iso(begun + timedelta(seconds=entered)),
                "RetryCount": sum(active.retries),
            },
            "StateMachine": {"Id": f"stateMachine:{self._name}", "Name": self._name},
            "Task": {"Token": token},
        }
        parameters = fill(state["Parameters"], view(active.input), context)
        move.started.append(Invoke(number, place, active.state, freeze(parameters["Payload"])))
        return active._replace(invocation=number, token=token, entered=entered)

    def _map(self, move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
        state = machine["States"][active.state]
        branches = tuple(
            Pending(freeze(entry)) for entry in select(state["ItemsPath"], view(active.input))
        )
        return self._join(move, machine, place, active._replace(branches=branches))

    def _begin_branches(
        self, move: _Move, machine: Document, place: Path, active: Active
    ) -> Active:
        """Begin as many branches as may run beside each other."""
        state = machine["States"][active.state]
        processor, branches = state["ItemProcessor"], list(active.branches)
        limit = state["MaxConcurrency"] or len(branches)
        for index, branch in enumerate(branches):
            if sum(isinstance(begun, Active) for begun in branches) == limit:
                break
            if isinstance(branch, Pending):
                at = (*place, index)
                branches[index] = self._enter(move, processor, at, processor["StartAt"], branch[0])
        return active._replace(branches=tuple(branches))

    def _join(self, move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
        if not any(isinstance(branch, Ended) and branch.error for branch in active.branches):
            active = self._begin_branches(move, machine, place, active)
        for branch in active.branches:
            if isinstance(branch, Ended) and branch.error:
                _give_up(move, active)
                return self._fail(move, machine, place, active, branch.error, branch.cause)
        if all(isinstance(branch, Ended) for branch in active.branches):
            outputs = [view(branch.output) for branch in active.branches]  # type: ignore[union-attr]
            return self._succeed(move, machine, place, active, outputs)
        return active

    def _succeed(
        self, move: _Move, machine: Document, place: Path, active: Active, result: Any
    ) -> Active | Ended:
        state = machine["States"][active.state]
        output = freeze(select(state.get("OutputPath", "$"), result))
        if state.get("End"):
            return Ended(output)
        return self._enter(move, machine, place, state["Next"], output)

    def _fail(
        self,
        move: _Move,
        machine: Document,
        place: Path,
        active: Active,
        error: str,
        cause: str,
    ) -> Active | Ended:
        state = machine["States"][active.state]
        retriers, catchers = state.get("Retry", ()), state.get("Catch", ())
        position = matching(retriers, error)
        if position is not None and active.retries[position] < attempts(retriers[position]):
            return self._again(move, machine, place, active, position)
        position = matching(catchers, error)
        if position is None:
            return Ended("", error, cause)
        catcher = catchers[position]
        following = caught_input(catcher, view(active.input), error, cause)
        return self._enter(move, machine, place, catcher["Next"], freeze(following))

    def _again(
        self, move: _Move, machine: Document, place: Path, active: Active, position: int
    ) -> Active | Ended:
        state = machine["States"][active.state]
        retries = tuple(used + (index == position) for index, used in enumerate(active.retries))
        fresh = Active(active.state, active.input, retries, entered=active.entered)
        if state["Type"] == "Map":
            return self._map(move, machine, place, fresh)
        return self._invoke(move, state, place, fresh)


def waits(execution: Execution) -> Iterator[tuple[Path, Active]]:
    """States of an execution whose tokens can be answered."""
    if isinstance(execution.at, Active):
        yield from _waits((), execution.at)


def _waits(path: Path, active: Active) -> Iterator[tuple[Path, Active]]:
    if active.token:
        yield path, active
    for index, branch in enumerate(active.branches):
        if isinstance(branch, Active):
            yield from _waits((*path, index), branch)


def begun_at(start: int) -> datetime:
    """When the execution was started that so many had the name of before it."""
    return FIRST_START + start * BETWEEN_STARTS


def _move(execution: Execution) -> _Move:
    return _Move(
        execution.name,
        execution.input,
        execution.invocations,
        execution.start,
        execution.redrives,
    )


def _token_prefix(move: _Move) -> str:
    return f"{move.name}/{move.start}" if move.start else move.name


def _progress(move: _Move, at: Active | Ended) -> Progress:
    execution = Execution(move.name, move.input, at, move.invocations, move.start, move.redrives)
    return Progress(execution, tuple(move.started), tuple(move.given_up))


def _give_up(move: _Move, active: Active) -> None:
    if active.invocation:
        move.given_up.append(active.invocation)
    for branch in active.branches:
        if isinstance(branch, Active):
            _give_up(move, branch)


def described(arn: str, execution: Execution, status: str) -> dict[str, Any]:
    """DescribeExecution's answer for an execution, without its times."""
    return {
        "executionArn": arn,
        "name": execution.name,
        "status": status,
        "input": execution.input,
        "startDate": None,
    }
