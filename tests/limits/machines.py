"""Executions of state machines, which go from state to state by the clock.

A Standard machine's transitions wait for tokens and do not fail. An execution with 25,000 events in
its history fails. Sources: Step Functions guide, "Service quotas", "Task workflow state" for
timeouts, and "Handling errors in Step Functions workflows".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cqrs.core.clock import iso
from cqrs.testing.asl.distributed_map import (
    EXCEEDED,
    EXCEEDED_CAUSE,
    UNREADABLE,
    batches_of,
    is_tolerated,
    rows_of,
)
from cqrs.testing.asl.language import (
    TIMEOUT,
    Document,
    attempts,
    caught_input,
    fill,
    matching,
    next_of_choice,
    pause_of,
    select,
)
from tests.limits.clock import Timer
from tests.limits.function import FAILED, RETURNED, THROTTLED, TIMED_OUT, TOO_MANY_REQUESTS

if TYPE_CHECKING:
    from tests.limits.step_functions import StepFunctions

CALLBACK = ".waitForTaskToken"
RUNNING, SUCCEEDED, ABORTED = "RUNNING", "SUCCEEDED", "ABORTED"
EXECUTION_FAILED, EXECUTION_TIMED_OUT = "FAILED", "TIMED_OUT"
HISTORY_FULL = "States.Runtime"

EVENTS_OF_TASK, EVENTS_OF_REPEAT, EVENTS_OF_OTHERS = 5, 3, 2
"""Events in the history of a state that calls the function, of a repeat, and of any other state."""

Told = Callable[[Any], None]
Failed = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine as it is deployed."""

    name: str
    arn: str
    definition: Document
    is_express: bool


@dataclass(slots=True, eq=False)
class Execution:
    """An execution.

    Attributes
    ----------
    ended
        Told its end, if somebody waits for it.
    """

    services: StepFunctions
    machine: Machine
    arn: str
    name: str
    given: Any
    is_express: bool
    definition: Document
    status: str = RUNNING
    output: Any = None
    error: str = ""
    cause: str = ""
    began: float = 0.0
    ended_at: float | None = None
    events: int = 0
    ended: Callable[[Execution], None] | None = None
    map_runs: list[MapRun] = field(default_factory=list)
    _timer: Timer | None = None
    _root: Branch | None = None

    def begin(self) -> None:
        """Enter the first state."""
        self.began = self.services.clock.now
        seconds = self.definition.get("TimeoutSeconds")
        if self.is_express:
            seconds = min(
                seconds or self.services.quotas.express_seconds,
                self.services.quotas.express_seconds,
            )
        if seconds is not None:
            self._timer = self.services.clock.at(
                seconds, lambda: self.end(EXECUTION_TIMED_OUT, error=TIMEOUT)
            )
        self._root = Branch(
            self,
            self.definition,
            lambda output: self.end(SUCCEEDED, output),
            lambda error, cause: self.end(EXECUTION_FAILED, error=error, cause=cause),
        )
        self._root.enter(self.definition["StartAt"], self.given)

    def end(self, status: str, output: Any = None, *, error: str = "", cause: str = "") -> None:
        """Be over."""
        if self.status != RUNNING:
            return
        self.status, self.output, self.error, self.cause = status, output, error, cause
        self.ended_at = self.services.clock.now
        if self._timer is not None:
            self._timer.cancel()
        if self._root is not None:
            self._root.give_up()
            self._root = None
        for run in self.map_runs:
            run.stop()
        self.services.has_ended(self)

    def note(self, events: int) -> bool:
        """Note events of the history; False if it is full, which ends the execution."""
        self.events += events
        if self.is_express or self.events <= self.services.quotas.history_events:
            return True
        self.end(EXECUTION_FAILED, error=HISTORY_FULL, cause="The history has 25,000 events")
        return False

    def context(self, state: str, entered: str, retries: int, token: str = "") -> dict[str, Any]:
        """The context object in a state."""
        return {
            "Execution": {
                "Id": self.arn,
                "Name": self.name,
                "Input": self.given,
                "StartTime": iso(self.services.clock.moment_of(self.began)),
                "RedriveCount": 0,
            },
            "State": {"Name": state, "EnteredTime": entered, "RetryCount": retries},
            "StateMachine": {"Id": self.machine.arn, "Name": self.machine.name},
            "Task": {"Token": token},
        }


class Branch:
    """A way through states: of an execution, or of an item of a map in it."""

    __slots__ = (
        "_entered",
        "_execution",
        "_failed",
        "_given",
        "_inner",
        "_machine",
        "_name",
        "_retries",
        "_timer",
        "_token",
        "_told",
        "_visit",
    )

    def __init__(self, execution: Execution, machine: Document, told: Told, failed: Failed) -> None:
        self._execution = execution
        self._machine = machine
        self._told = told
        self._failed = failed
        self._visit = 0
        self._name = ""
        self._given: Any = None
        self._entered = ""
        self._retries: list[int] = []
        self._timer: Timer | None = None
        self._token = ""
        self._inner: list[Branch | MapRun] = []

    def enter(self, name: str, given: Any) -> None:
        """Go to a state, as soon as there is a transition for it."""
        self._name, self._given = name, given
        self._retries = []
        self._move(self._arrive)

    def _move(self, act: Callable[[], None]) -> None:
        services = self._execution.services
        self._visit += 1
        visit = self._visit
        delay = services.transition(self._execution.is_express)

        def moved() -> None:
            if visit == self._visit and self._execution.status == RUNNING:
                act()

        services.clock.at(delay, moved)

    def give_up(self) -> None:
        """Be over without an end."""
        self._visit += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._token:
            self._execution.services.forget(self._token)
            self._token = ""
        for inner in self._inner:
            if isinstance(inner, Branch):
                inner.give_up()
            else:
                inner.stop()
        self._inner = []

    def _arrive(self) -> None:
        state = self._machine["States"][self._name]
        self._entered = iso(self._execution.services.clock.moment())
        self._retries = [0] * len(state.get("Retry", ()))
        kind = state["Type"]
        if not self._execution.note(EVENTS_OF_TASK if kind == "Task" else EVENTS_OF_OTHERS):
            return
        match kind:
            case "Task":
                self._call(state)
            case "Choice":
                self.enter(next_of_choice(state, self._given), self._given)
            case "Map":
                self._map(state)
            case "Succeed":
                self._end(self._given)
            case "Fail":
                self._fail_state(state)
            case "Wait":
                self._wait(state)
            case "Pass":
                self._pass(state)
            case _:
                raise ValueError(f"State type not understood: {kind}")

    def _end(self, output: Any) -> None:
        self.give_up()
        self._told(output)

    def _fail_state(self, state: Document) -> None:
        self.give_up()
        error = state.get("Error") or select(state["ErrorPath"], self._given)
        cause = state.get("Cause") or select(state["CausePath"], self._given)
        self._failed(str(error), str(cause))

    def _wait(self, state: Document) -> None:
        seconds = state.get("Seconds")
        if seconds is None:
            seconds = select(state["SecondsPath"], self._given)
        visit = self._visit

        def over() -> None:
            if visit == self._visit:
                self._succeed(state, self._given)

        self._timer = self._execution.services.clock.at(float(seconds), over)

    def _pass(self, state: Document) -> None:
        result = self._given
        if "Parameters" in state:
            result = fill(state["Parameters"], self._given, self._context())
        self._succeed(state, state.get("Result", result))

    def _context(self) -> dict[str, Any]:
        return self._execution.context(self._name, self._entered, sum(self._retries), self._token)

    # Tasks

    def _call(self, state: Document) -> None:
        services = self._execution.services
        visit = self._visit
        if state["Resource"].endswith(CALLBACK):
            self._token = services.new_token(self._answered)
        payload = fill(state["Parameters"], self._given, self._context())["Payload"]
        seconds = state.get("TimeoutSeconds")
        if seconds is not None:
            self._timer = services.clock.at(seconds, self._time_out)
        services.function.invoke(payload, lambda *told: self._invoked(visit, *told))

    def _invoked(self, visit: int, kind: str, value: Any, cause: str) -> None:
        if visit != self._visit or self._execution.status != RUNNING:
            return
        if kind == RETURNED:
            if not self._token:
                self._leave_task({"Payload": value})
            return
        error = value if kind in {FAILED, THROTTLED} else TIMED_OUT
        if error == TOO_MANY_REQUESTS:
            self._execution.services.tally.throttles["Step Functions calls of Lambda"] += 1
        self._fail(str(error), cause)

    def _answered(self, output: Any, error: str, cause: str) -> None:
        self._token = ""
        if error:
            self._fail(error, cause)
        else:
            self._leave_task(output)

    def _time_out(self) -> None:
        self._timer = None
        self._fail(TIMEOUT, "")

    def _leave_task(self, result: Any) -> None:
        self._succeed(self._machine["States"][self._name], result)

    def _succeed(self, state: Document, result: Any) -> None:
        self.give_up()
        output = result
        if "ResultPath" in state:
            path = state["ResultPath"]
            if path is None:
                output = self._given
            elif path != "$":
                output = {**self._given, path.removeprefix("$."): result}
        output = select(state.get("OutputPath", "$"), output)
        if state.get("End"):
            self._told(output)
        else:
            self.enter(state["Next"], output)

    def _fail(self, error: str, cause: str) -> None:
        state = self._machine["States"][self._name]
        self.give_up()
        retriers = state.get("Retry", ())
        place = matching(retriers, error)
        if place is not None and self._retries[place] < attempts(retriers[place]):
            self._again(state, retriers[place], place)
            return
        catchers = state.get("Catch", ())
        place = matching(catchers, error)
        if place is None:
            self._failed(error, cause)
            return
        following = caught_input(catchers[place], self._given, error, cause)
        self.enter(catchers[place]["Next"], following)

    def _again(self, state: Document, retrier: Document, place: int) -> None:
        services = self._execution.services
        pause = pause_of(retrier, self._retries[place], services.chance.uniform)
        self._retries[place] += 1
        services.tally.counts["state retries"] += 1
        visit = self._visit

        def repeat() -> None:
            if visit == self._visit and self._execution.note(EVENTS_OF_REPEAT):
                act = self._map if state["Type"] == "Map" else self._call
                self._move(lambda: act(state))

        self._timer = services.clock.at(pause, repeat)

    # Maps

    def _map(self, state: Document) -> None:
        if state["ItemProcessor"].get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            self._distribute(state)
            return
        _Items(self, self._execution, state, self._given).begin()

    def begin_inner(self, processor: Document, given: Any, told: Told, failed: Failed) -> None:
        """Begin an item of the map that this state is, for as long as it is in it."""
        visit = self._visit

        def still(act: Callable[..., None]) -> Callable[..., None]:
            return lambda *told: act(*told) if visit == self._visit else None

        branch = Branch(self._execution, processor, still(told), still(failed))
        self._inner.append(branch)
        branch.enter(processor["StartAt"], given)

    def leave_map(self, state: Document, outputs: Any) -> None:
        """Go on behind a map whose items are all done."""
        self._succeed(state, outputs)

    def fail_map(self, error: str, cause: str) -> None:
        """Fail for one of its items."""
        self._fail(error, cause)

    def _distribute(self, state: Document) -> None:
        visit = self._visit

        def told(result: Any) -> None:
            if visit == self._visit:
                self._succeed(state, result)

        def failed(error: str, cause: str) -> None:
            if visit == self._visit:
                self._fail(error, cause)

        run = MapRun(self._execution, state, self._given, self._context(), told, failed)
        self._inner.append(run)
        self._execution.map_runs.append(run)
        run.begin()


class _Items:
    """The items of an inline map, some at a time."""

    def __init__(self, branch: Branch, execution: Execution, state: Document, given: Any) -> None:
        self._branch = branch
        self._state = state
        self._entries = list(select(state.get("ItemsPath", "$"), given))
        self._outputs: list[Any] = [None] * len(self._entries)
        self._left = len(self._entries)
        self._coming = iter(range(len(self._entries)))
        self._execution = execution

    def begin(self) -> None:
        """Begin as many as may run beside each other."""
        if not self._entries:
            self._branch.leave_map(self._state, [])
        most = self._state.get("MaxConcurrency", 0) or len(self._entries)
        for _ in range(min(most, len(self._entries))):
            self._begin_next()

    def _begin_next(self) -> None:
        index = next(self._coming, None)
        if index is None or self._execution.status != RUNNING:
            return

        def told(output: Any) -> None:
            self._outputs[index] = output
            self._left -= 1
            if self._left:
                self._begin_next()
            else:
                self._branch.leave_map(self._state, self._outputs)

        processor = self._state["ItemProcessor"]
        self._branch.begin_inner(processor, self._entries[index], told, self._branch.fail_map)


class MapRun:
    """The children of a Distributed Map (Step Functions guide, "Distributed mode").

    Batches are begun as fast as AWS dispatches Express executions, and so many at a time as
    ``MaxConcurrency`` says. The run fails when more items have failed than are tolerated.
    """

    def __init__(
        self,
        parent: Execution,
        state: Document,
        given: Any,
        context: Mapping[str, Any],
        told: Told,
        failed: Failed,
    ) -> None:
        self._parent = parent
        self._state = state
        self._given = given
        self._context = context
        self._told = told
        self._failed = failed
        label = state.get("Label", "map")
        self.arn = f"{parent.arn.replace(':execution:', ':mapRun:')}/{label}"
        self.status = RUNNING
        self.began = parent.services.clock.moment()
        self.failed_children: list[Execution] = []
        self.failed_items = 0
        self.items = 0
        self._running: set[Execution] = set()
        self._number = 0
        self._batches: Iterator[list[Any]] = iter(())
        self._following: list[Any] | None = None
        self._is_waking = False

    def begin(self) -> None:
        """Read the file, and begin the first batches."""
        services = self._parent.services
        where = fill(self._state["ItemReader"]["Parameters"], self._given, {})
        content = services.objects.contents.get((where["Bucket"], where["Key"]))
        if content is None:
            self._over(EXECUTION_FAILED)
            self._failed(UNREADABLE, "The file cannot be read")
            return
        rows = rows_of(content)
        self.items = len(rows)
        items = ({"row": row, "index": index} for index, row in enumerate(rows))
        self._batches = batches_of(self._state["ItemBatcher"], items)
        self._following = next(self._batches, None)
        self._job = fill(self._state["ItemBatcher"]["BatchInput"], self._given, self._context)
        self._go_on()

    def _most(self) -> int:
        quotas = self._parent.services.quotas
        most = self._state.get("MaxConcurrency", 0) / quotas.scale or quotas.map_children
        return max(1, int(min(most, quotas.map_children)))

    def _go_on(self) -> None:
        self._is_waking = False
        if self.status != RUNNING:
            return
        services = self._parent.services
        while self._following is not None and len(self._running) < self._most():
            wait = services.map_starts.reserve()
            if wait > 0:
                self._is_waking = True
                services.clock.at(wait, self._start_and_go_on)
                return
            self._start()
        self._end_if_done()

    def _start_and_go_on(self) -> None:
        if self.status == RUNNING:
            self._start()
            self._go_on()

    def _end_if_done(self) -> None:
        if self._following is None and not self._running and self.status == RUNNING:
            self._over(SUCCEEDED)
            self._told({"MapRunArn": self.arn, "ResultWriterDetails": self._write_results()})

    def _write_results(self) -> dict[str, str]:
        """Write which children failed (Step Functions guide, "ResultWriter (Map)")."""
        where = self._state["ResultWriter"]["Parameters"]
        folder = f"{where['Prefix']}/{self.arn.rpartition('/')[2]}-{self._parent.name}"

        def write(name: str, document: Any) -> dict[str, str]:
            key, body = f"{folder}/{name}", json.dumps(document).encode()
            self._parent.services.objects.put_object(Bucket=where["Bucket"], Key=key, Body=body)
            return {"Bucket": where["Bucket"], "Key": key}

        failed = [
            {
                "ExecutionArn": child.arn,
                "Input": json.dumps(child.given),
                "Status": child.status,
                "Error": child.error,
                "Cause": child.cause,
            }
            for child in self.failed_children
        ]
        files = [{"Key": write("FAILED_0.json", failed)["Key"]}] if failed else []
        results = {"FAILED": files, "PENDING": [], "SUCCEEDED": []}
        return write(
            "manifest.json",
            {
                "DestinationBucket": where["Bucket"],
                "MapRunArn": self.arn,
                "ResultFiles": results,
            },
        )

    def _start(self) -> None:
        services = self._parent.services
        items, self._following = self._following, next(self._batches, None)
        self._number += 1
        processor = self._state["ItemProcessor"]
        is_express = processor["ProcessorConfig"]["ExecutionType"] == "EXPRESS"
        child = services.begin_child(
            self._parent,
            f"{self._number}",
            {"Items": items, "BatchInput": self._job},
            processor,
            is_express=is_express,
        )
        child.ended = self._child_ended
        self._running.add(child)
        child.begin()

    def _child_ended(self, child: Execution) -> None:
        self._running.discard(child)
        if self.status != RUNNING:
            return
        if child.status != SUCCEEDED:
            self.failed_children.append(child)
            self.failed_items += len(child.given["Items"])
            self._parent.services.tally.failures[f"batches {child.error or child.status}"] += 1
            if not is_tolerated(self._state, self.failed_items, self.items):
                self._over(EXECUTION_FAILED)
                self._failed(EXCEEDED, EXCEEDED_CAUSE)
                return
        else:
            child.given = child.output = None
        if not self._is_waking:
            self._go_on()

    def _over(self, status: str) -> None:
        self.status = status
        for child in list(self._running):
            child.end(ABORTED)
        self._running.clear()

    def stop(self) -> None:
        """End with the execution."""
        if self.status == RUNNING:
            self._over(ABORTED)

    def counts(self) -> dict[str, int]:
        """The counts of items, as DescribeMapRun has them."""
        return {"total": self.items, "failed": self.failed_items}

    @property
    def children(self) -> Sequence[Execution]:
        """Those that failed."""
        return self.failed_children
