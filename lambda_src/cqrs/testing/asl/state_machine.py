"""An interpreter of state machines, whose executions are values.

Each method takes an execution and something that happened to it. It returns the execution's new
state, the invocations of the function that start with it, and those that it gives up.
:mod:`cqrs.testing.asl.grammar` has the part of the language that it knows. When a wait times out,
and in which order things happen, is for the caller to say. :attr:`Progress.timers` has the times
that the definition asks for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from cqrs.core.clock import iso
from cqrs.testing.asl.grammar import CALLBACK, DISTRIBUTED, refuse_unknown
from cqrs.testing.asl.language import (
    DATA_LIMIT,
    HEARTBEAT_TIMEOUT,
    RUNTIME,
    TIMEOUT,
    Document,
    StatesError,
    attempts,
    caught_input,
    fill,
    matching,
    next_of_choice,
    pause_of,
    put_result,
    selected,
)
from cqrs.testing.text import Text, freeze, view

PLACE = "ap-northeast-1:123456789012"
FIRST_START = datetime(2026, 1, 1, tzinfo=UTC)

TWICE = "~"
"""Begins the end of the names by which executions that run twice under one name are told apart."""

BETWEEN_STARTS = timedelta(days=100)
"""A name comes again when Step Functions has forgotten its execution, 90 days after its end."""

MOST_BYTES = 256 * 1024
"""Of the input or output of a state, as UTF-8 (Step Functions guide, "Service quotas")."""

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
        Number of the invocation, or of the Map Run, under way; 0 if there is none.
    token
        Task token of a state that waits for its callback.
    branches
        Of a Map or Parallel.
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

    @property
    def number(self) -> int:
        """Number of its present try: of its invocation, its token, or its wait."""
        if self.token:
            return int(self.token.rpartition("/")[2])
        return self.invocation or self.entered


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
    """An invocation of the function that starts, so many seconds from now."""

    number: int
    path: Path
    state: str
    event: Text
    delay: float = 0.0


class RunMap(NamedTuple):
    """A Distributed Map that begins: its items are for the caller to run."""

    number: int
    path: Path
    state: Document
    input: Any
    context: Document
    delay: float = 0.0


class Cause(Enum):
    """The reason why a timer was set."""

    TIMEOUT = TIMEOUT
    HEARTBEAT = HEARTBEAT_TIMEOUT
    WAIT = "wait"


class Timer(NamedTuple):
    """A time after which something happens to a state, if it is still in the same try."""

    number: int
    path: Path
    seconds: float
    cause: Cause


class Event(NamedTuple):
    """An event of an execution's history: its type, and its details."""

    path: Path
    kind: str
    details: Mapping[str, Any]


class Progress(NamedTuple):
    """The new state of an execution."""

    execution: Execution
    started: tuple[Invoke, ...] = ()
    given_up: tuple[int, ...] = ()
    timers: tuple[Timer, ...] = ()
    maps: tuple[RunMap, ...] = ()
    events: tuple[Event, ...] = ()


class Moments(Protocol):
    """Tells when executions began and states were entered, as the context object has it."""

    def began(self, name: str, start: int) -> datetime:
        """When an execution began."""

    def entered(self, name: str, start: int, number: int) -> datetime:
        """When the visit of a state began; the number tells visits apart."""


class CountedMoments:
    """Makes moments of numbers, so that the same execution always gives the same."""

    def began(self, _name: str, start: int) -> datetime:
        """A time of its own for each start."""
        return begun_at(start)

    def entered(self, _name: str, start: int, number: int) -> datetime:
        """A second later with each number."""
        return begun_at(start) + timedelta(seconds=number)


@dataclass(slots=True)
class _Move:
    """Collects what one step of an execution sets off."""

    name: str
    input: Text
    invocations: int
    start: int
    redrives: int
    delay: float = 0.0
    started: list[Invoke] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    maps: list[RunMap] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


Reaction = Callable[["_Move", Document, Path, Active], "Active | Ended"]


class StateMachine:
    """Interprets one definition.

    Parameters
    ----------
    name
        Name of the deployed machine.
    definition
        The definition, such as ``command_definition`` returns it.
    place
        Region and account, as ARNs have them.
    moments
        The times in the context object. By default they follow from numbers: then the same step of
        the same execution is remembered, as it always leads to the same.
    tells
        Whether progress has the events of the history.
    token_prefix
        Begins the task tokens, which hold the execution's name behind it.
    arn_of
        Tells an execution's ARN by its name, and how many had that name before it.

    Raises
    ------
    NotKnown
        If the definition uses what the interpreter does not know.
    """

    def __init__(
        self,
        name: str,
        definition: Document,
        *,
        place: str = PLACE,
        moments: Moments | None = None,
        tells: bool = False,
        token_prefix: str = "",
        arn_of: Callable[[str, int], str] | None = None,
    ) -> None:
        refuse_unknown(name, definition)
        self._name = name
        self._place = place
        self._definition = definition
        self._moments = moments or CountedMoments()
        self._tells = tells
        self._token_prefix = token_prefix
        self._arn_of = arn_of or (lambda name, _start: self.arn(name))
        self.started = self._started
        self.returned = self._returned
        self.failed = self._failed
        self.answered = self._answered
        if moments is None:
            # Executions go through few different moments, which runs have in common.
            remember = lru_cache(maxsize=1 << 16)
            self.started = remember(self._started)
            self.returned = remember(self._returned)
            self.failed = remember(self._failed)
            self.answered = remember(self._answered)

    def stopped(self, execution: Execution, error: str) -> Progress:
        """The execution ends as a whole, whatever it is in."""
        move = _move(execution)
        if isinstance(execution.at, Active):
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
            self._resume(move, _branch_of(state, index), (*place, index), branch)
            if isinstance(branch, Active)
            else branch
            for index, branch in enumerate(active.branches)
        )
        return fresh._replace(branches=branches)

    def arn(self, name: str) -> str:
        """ARN of an execution."""
        return f"arn:aws:states:{self._place}:execution:{self._name}:{name}"

    def _started(self, name: str, execution_input: Text, start: int = 0) -> Progress:
        """A new execution."""
        move = _Move(name, execution_input, 0, start, 0)
        at = self._enter(move, self._definition, (), self._definition["StartAt"], execution_input)
        return _progress(move, at)

    def _returned(self, execution: Execution, path: Path, answer: Text) -> Progress:
        """The function has answered; if a callback is awaited, that is not a result yet."""

        def react(move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
            result = {"Payload": view(answer)}
            if active.token:
                self._tell_call(move, place, active, "TaskSubmitted", output=json.dumps(result))
                return active._replace(invocation=0)
            self._tell_call(move, place, active, "TaskSucceeded", output=json.dumps(result))
            return self._succeed(move, machine, place, active, result)

        return self._react(execution, path, react)

    def _failed(self, execution: Execution, path: Path, error: str, cause: str = "") -> Progress:
        """A state has failed; an invocation that is still under way is given up."""

        def react(move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
            _give_up(move, active)
            self._tell_failure(move, machine, place, active, error, cause)
            return self._fail(move, machine, place, active, error, cause)

        return self._react(execution, path, react)

    def _answered(self, execution: Execution, path: Path, output: Text) -> Progress:
        """A callback has come; an invocation that is still under way is given up."""

        def react(move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
            _give_up(move, active)
            self._tell_call(move, place, active, "TaskSucceeded", output=output)
            return self._succeed(move, machine, place, active, view(output))

        return self._react(execution, path, react)

    def run_of_map_ended(self, execution: Execution, path: Path, output: Text) -> Progress:
        """A Distributed Map has succeeded."""

        def react(move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
            self._tell(move, place, "MapStateSucceeded", {})
            return self._succeed(move, machine, place, active, view(output))

        return self._react(execution, path, react)

    def waited(self, execution: Execution, path: Path) -> Progress:
        """The time of a Wait state is over."""

        def react(move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
            return self._succeed(move, machine, place, active, view(active.input))

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
        if not isinstance(at, Active):
            raise TypeError(f"{move.name} has ended at {place}")
        if not path:
            return react(move, machine, place, at)
        index, processor = path[0], _branch_of(machine["States"][at.state], path[0])
        branch = self._reach(move, processor, (*place, index), at.branches[index], path[1:], react)
        self._tell_end_of_branch(move, machine, place, at, index, branch)
        branches = (*at.branches[:index], branch, *at.branches[index + 1 :])
        return self._join(move, machine, place, at._replace(branches=branches))

    def _enter(
        self, move: _Move, machine: Document, place: Path, name: str, state_input: Text
    ) -> Active | Ended:
        state = machine["States"][name]
        self._tell(
            move, place, f"{state['Type']}StateEntered", {"name": name, "input": state_input}
        )
        retries = (0,) * len(state.get("Retry", ()))
        active = Active(name, state_input, retries)
        try:
            return self._begin(move, machine, place, active)
        except StatesError as error:
            return self._fail(move, machine, place, active, error.error, error.cause)

    def _begin(self, move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
        """Do what a state does first.

        Raises
        ------
        StatesError
            If the state cannot go on.
        """
        begin = {
            "Task": self._task,
            "Map": self._map,
            "Parallel": self._parallel,
            "Wait": self._wait,
            "Pass": self._pass,
            "Choice": self._choice,
            "Succeed": self._end,
            "Fail": self._fail_on_purpose,
        }
        return begin[machine["States"][active.state]["Type"]](move, machine, place, active)

    def _task(self, move: _Move, machine: Document, place: Path, active: Active) -> Active:
        return self._invoke(move, machine["States"][active.state], place, active)

    def _wait(self, move: _Move, machine: Document, place: Path, active: Active) -> Active:
        state = machine["States"][active.state]
        given = _given(state, view(active.input))
        seconds = state["Seconds"] if "Seconds" in state else selected(state["SecondsPath"], given)
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 0:
            raise StatesError(RUNTIME, f"{active.state} cannot wait {seconds!r} seconds.")
        move.invocations += 1
        number = move.invocations
        move.timers.append(Timer(number, place, move.delay + seconds, Cause.WAIT))
        return active._replace(entered=number)

    def _pass(self, move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
        state = machine["States"][active.state]
        given = _given(state, view(active.input))
        return self._succeed(move, machine, place, active, self._passed(move, state, given))

    def _choice(
        self, move: _Move, machine: Document, place: Path, active: Active
    ) -> Active | Ended:
        state = machine["States"][active.state]
        given = _given(state, view(active.input))
        following, output = next_of_choice(state, given), _output(state, given)
        self._tell_exit(move, place, state, active, output)
        return self._enter(move, machine, place, following, output)

    def _end(self, move: _Move, machine: Document, place: Path, active: Active) -> Ended:
        state = machine["States"][active.state]
        output = _output(state, _given(state, view(active.input)))
        self._tell_exit(move, place, state, active, output)
        return Ended(output)

    def _fail_on_purpose(
        self, _move: _Move, machine: Document, _place: Path, active: Active
    ) -> Ended:
        state = machine["States"][active.state]
        return _failure(state, _given(state, view(active.input)))

    def _passed(self, move: _Move, state: Document, given: Any) -> Any:
        if "Result" in state:
            return state["Result"]
        if "Parameters" in state:
            return fill(state["Parameters"], given, self._context(move, "", 0, 0, ""))
        return given

    def _invoke(self, move: _Move, state: Document, place: Path, active: Active) -> Active:
        move.invocations += 1
        number = move.invocations
        prefix = f"{self._token_prefix}{_token_prefix(move)}"
        token = f"{prefix}/{number}" if state["Resource"].endswith(CALLBACK) else ""
        entered = active.entered or number
        context = self._context(move, active.state, entered, sum(active.retries), token)
        given = _given(state, view(active.input))
        parameters = fill(state["Parameters"], given, context)
        event = freeze(parameters["Payload"])
        move.started.append(Invoke(number, place, active.state, event, move.delay))
        for name, cause in (
            ("TimeoutSeconds", Cause.TIMEOUT),
            ("HeartbeatSeconds", Cause.HEARTBEAT),
        ):
            if name in state:
                move.timers.append(Timer(number, place, move.delay + state[name], cause))
        begun = active._replace(invocation=number, token=token, entered=entered)
        limits = {
            told: state[name]
            for name, told in (
                ("TimeoutSeconds", "timeoutInSeconds"),
                ("HeartbeatSeconds", "heartbeatInSeconds"),
            )
            if name in state
        }
        self._tell_call(move, place, begun, "TaskScheduled", parameters=event, **limits)
        self._tell_call(move, place, begun, "TaskStarted")
        return begun

    def _context(
        self, move: _Move, state: str, entered: int, retries: int, token: str
    ) -> dict[str, Any]:
        moments = self._moments
        name = move.name.partition(TWICE)[0]
        return {
            "Execution": {
                "Id": self._arn_of(move.name, move.start),
                "Name": name,
                "Input": view(move.input),
                "StartTime": iso(moments.began(move.name, move.start)),
                "RedriveCount": move.redrives,
            },
            "State": {
                "Name": state,
                "EnteredTime": iso(moments.entered(move.name, move.start, entered)),
                "RetryCount": retries,
            },
            "StateMachine": {
                "Id": f"arn:aws:states:{self._place}:stateMachine:{self._name}",
                "Name": self._name,
            },
            "Task": {"Token": token},
        }

    # Maps and branches

    def _map(self, move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
        state = machine["States"][active.state]
        given = _given(state, view(active.input))
        context = self._context(move, active.state, active.entered, sum(active.retries), "")
        config = state["ItemProcessor"].get("ProcessorConfig", {})
        if config.get("Mode") == DISTRIBUTED:
            move.invocations += 1
            number = move.invocations
            # The items of a file are known only when it is read.
            self._tell(move, place, "MapStateStarted", {"length": 0})
            move.maps.append(RunMap(number, place, state, given, context, move.delay))
            return active._replace(invocation=number)
        items = selected(state.get("ItemsPath", "$"), given)
        if not isinstance(items, list):
            raise StatesError(RUNTIME, f"ItemsPath of {active.state} leads to no list.")
        branches = tuple(
            Pending(freeze(_item(state, given, context, *one))) for one in enumerate(items)
        )
        self._tell(move, place, "MapStateStarted", {"length": len(items)})
        return self._join(move, machine, place, active._replace(branches=branches))

    def _parallel(
        self, move: _Move, machine: Document, place: Path, active: Active
    ) -> Active | Ended:
        state = machine["States"][active.state]
        given = _given(state, view(active.input))
        if "Parameters" in state:
            context = self._context(move, active.state, 0, sum(active.retries), "")
            given = fill(state["Parameters"], given, context)
        self._tell(move, place, "ParallelStateStarted", {})
        branches = tuple(Pending(freeze(given)) for _ in state["Branches"])
        return self._join(move, machine, place, active._replace(branches=branches))

    def _begin_branches(
        self, move: _Move, machine: Document, place: Path, active: Active
    ) -> Active:
        """Begin as many branches as may run beside each other."""
        state = machine["States"][active.state]
        branches = list(active.branches)
        limit = state.get("MaxConcurrency", 0) or len(branches)
        for index, branch in enumerate(branches):
            if sum(isinstance(begun, Active) for begun in branches) == limit:
                break
            if isinstance(branch, Pending):
                at, inner = (*place, index), _branch_of(state, index)
                self._tell_branch(move, at, machine, active.state, "Started")
                begun = self._enter(move, inner, at, inner["StartAt"], branch[0])
                self._tell_end_of_branch(move, machine, place, active, index, begun)
                branches[index] = begun
        return active._replace(branches=tuple(branches))

    def _join(self, move: _Move, machine: Document, place: Path, active: Active) -> Active | Ended:
        if not any(isinstance(branch, Ended) and branch.error for branch in active.branches):
            active = self._begin_branches(move, machine, place, active)
        for branch in active.branches:
            if isinstance(branch, Ended) and branch.error:
                _give_up(move, active)
                self._tell_failed_branches(move, machine, place, active)
                return self._fail(move, machine, place, active, branch.error, branch.cause)
        if all(isinstance(branch, Ended) for branch in active.branches):
            outputs = [view(branch.output) for branch in active.branches]  # type: ignore[union-attr]
            kind = machine["States"][active.state]["Type"]
            self._tell(move, place, f"{kind}StateSucceeded", {})
            return self._succeed(move, machine, place, active, outputs)
        return active

    # Ends of a state

    def _succeed(
        self, move: _Move, machine: Document, place: Path, active: Active, result: Any
    ) -> Active | Ended:
        state = machine["States"][active.state]
        try:
            output = self._result(move, state, active, result)
        except StatesError as error:
            return self._fail(move, machine, place, active, error.error, error.cause)
        self._tell_exit(move, place, state, active, output)
        if state.get("End"):
            return Ended(output)
        move.delay = 0.0
        return self._enter(move, machine, place, state["Next"], output)

    def _result(self, move: _Move, state: Document, active: Active, result: Any) -> Text:
        if "ResultSelector" in state:
            context = self._context(move, active.state, active.entered, sum(active.retries), "")
            result = fill(state["ResultSelector"], result, context)
        if "ResultPath" in state:
            result = put_result(state["ResultPath"], _given(state, view(active.input)), result)
        return _output(state, result)

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
        try:
            following = freeze(caught_input(catcher, view(active.input), error, cause))
        except StatesError as failure:
            return Ended("", failure.error, failure.cause)
        self._tell_exit(move, place, state, active, following)
        move.delay = 0.0
        return self._enter(move, machine, place, catcher["Next"], following)

    def _again(
        self, move: _Move, machine: Document, place: Path, active: Active, position: int
    ) -> Active | Ended:
        state = machine["States"][active.state]
        move.delay = pause_of(state["Retry"][position], active.retries[position])
        retries = tuple(used + (index == position) for index, used in enumerate(active.retries))
        fresh = Active(active.state, active.input, retries, entered=active.entered)
        try:
            return self._begin(move, machine, place, fresh)
        except StatesError as failure:
            return self._fail(move, machine, place, fresh, failure.error, failure.cause)

    # The history

    def _tell(self, move: _Move, place: Path, kind: str, details: Mapping[str, Any]) -> None:
        if self._tells:
            move.events.append(Event(place, kind, details))

    def _tell_exit(
        self, move: _Move, place: Path, state: Document, active: Active, output: Text
    ) -> None:
        details = {"name": active.state, "output": output}
        self._tell(move, place, f"{state['Type']}StateExited", details)

    def _tell_call(
        self, move: _Move, place: Path, active: Active, kind: str, **details: Any
    ) -> None:
        resource = f"invoke{CALLBACK if active.token else ''}"
        self._tell(move, place, kind, {"resourceType": "lambda", "resource": resource, **details})

    def _tell_failure(
        self,
        move: _Move,
        machine: Document,
        place: Path,
        active: Active,
        error: str,
        cause: str,
    ) -> None:
        kind = machine["States"][active.state]["Type"]
        if kind == "Map":
            self._tell(move, place, "MapStateFailed", {"error": error, "cause": cause})
        elif error in {TIMEOUT, HEARTBEAT_TIMEOUT}:
            self._tell_call(move, place, active, "TaskTimedOut", error=error)
        else:
            self._tell_call(move, place, active, "TaskFailed", error=error, cause=cause)

    def _tell_branch(self, move: _Move, at: Path, machine: Document, state: str, what: str) -> None:
        if machine["States"][state]["Type"] == "Map":
            details = {"name": state, "index": at[-1]}
            self._tell(move, at, f"MapIteration{what}", details)

    def _tell_end_of_branch(
        self,
        move: _Move,
        machine: Document,
        place: Path,
        active: Active,
        index: int,
        branch: Active | Ended,
    ) -> None:
        if isinstance(branch, Ended):
            what = "Failed" if branch.error else "Succeeded"
            self._tell_branch(move, (*place, index), machine, active.state, what)

    def _tell_failed_branches(
        self, move: _Move, machine: Document, place: Path, active: Active
    ) -> None:
        for index, branch in enumerate(active.branches):
            if isinstance(branch, Active):
                self._tell_branch(move, (*place, index), machine, active.state, "Aborted")
        self._tell(move, place, f"{machine['States'][active.state]['Type']}StateFailed", {})


def waits(execution: Execution) -> Iterator[tuple[Path, Active]]:
    """States of an execution whose tokens can be answered."""
    for path, active in states_of(execution):
        if active.token:
            yield path, active


def states_of(execution: Execution) -> Iterator[tuple[Path, Active]]:
    """All states that an execution is in, outer ones first."""
    if isinstance(execution.at, Active):
        yield from _states_of((), execution.at)


def _states_of(path: Path, active: Active) -> Iterator[tuple[Path, Active]]:
    yield path, active
    for index, branch in enumerate(active.branches):
        if isinstance(branch, Active):
            yield from _states_of((*path, index), branch)


def begun_at(start: int) -> datetime:
    """When the execution was started that so many had the name of before it."""
    return FIRST_START + start * BETWEEN_STARTS


def described(arn: str, execution: Execution, status: str) -> dict[str, Any]:
    """DescribeExecution's answer for an execution, without its times."""
    return {
        "executionArn": arn,
        "name": execution.name,
        "status": status,
        "input": execution.input,
        "startDate": None,
    }


def _branch_of(state: Document, index: int) -> Document:
    """The states of a branch of a Map or Parallel."""
    found: Document = state["Branches"][index] if "Branches" in state else state["ItemProcessor"]
    return found


def _given(state: Document, state_input: Any) -> Any:
    """The part of its input that a state works on."""
    path = state.get("InputPath", "$")
    return {} if path is None else selected(path, state_input)


def _output(state: Document, result: Any) -> Text:
    """The part of its result that a state hands on."""
    path = state.get("OutputPath", "$")
    output = freeze({} if path is None else selected(path, result))
    if len(output) > MOST_BYTES and size_of(output) > MOST_BYTES:
        told = f"The output has more than {MOST_BYTES:,} bytes."
        raise StatesError(DATA_LIMIT, told)
    return output


def size_of(text: Text) -> int:
    """Bytes of a JSON value in UTF-8."""
    return len(json.dumps(view(text), ensure_ascii=False).encode(errors="surrogatepass"))


def _item(state: Document, given: Any, context: Document, index: int, value: Any) -> Any:
    if "ItemSelector" not in state:
        return value
    of_item = {**context, "Map": {"Item": {"Index": index, "Value": value}}}
    return fill(state["ItemSelector"], given, of_item)


def _failure(state: Document, given: Any) -> Ended:
    def told(name: str) -> str:
        if f"{name}Path" in state:
            return str(selected(state[f"{name}Path"], given))
        return str(state.get(name, ""))

    # An end without an error would be a good one.
    return Ended("", told("Error") or "States.Failed", told("Cause"))


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
    return Progress(
        execution,
        tuple(move.started),
        tuple(move.given_up),
        tuple(move.timers),
        tuple(move.maps),
        tuple(move.events),
    )


def _give_up(move: _Move, active: Active) -> None:
    if active.invocation:
        move.given_up.append(active.invocation)
    for branch in active.branches:
        if isinstance(branch, Active):
            _give_up(move, branch)
