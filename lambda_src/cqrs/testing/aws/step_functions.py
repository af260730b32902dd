"""Step Functions in memory: machines that are run by their definitions, by a clock.

Sources: Step Functions API reference, and guide, "Task workflow state" for timeouts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cqrs.execution_events import EXECUTION_STATUS
from cqrs.testing.asl.language import TIMEOUT
from cqrs.testing.asl.state_machine import (
    Active,
    Cause,
    Ended,
    Invoke,
    Path,
    Progress,
    RunMap,
    StateMachine,
    states_of,
    waits,
)
from cqrs.testing.asl.state_machine import Timer as Asked
from cqrs.testing.aws.map_runs import MapRun
from cqrs.testing.aws.refusals import refusal
from cqrs.testing.aws.runs import (
    ABORTED,
    FAILED,
    RUNNING,
    SUCCEEDED,
    TIMED_OUT,
    Machine,
    Outcome,
    Run,
)
from cqrs.testing.aws.s3 import Objects
from cqrs.testing.aws.unknown import refuse_others
from cqrs.testing.clock import Clock
from cqrs.testing.text import freeze, view

EXPRESS_SECONDS = 300
"""Longest Express execution (Step Functions guide, "Service quotas")."""

NAME_IS_KEPT = timedelta(days=90)
"""Time after its end in which an execution's name is taken (API reference, StartExecution)."""

PAGE = 100


Call = Callable[[Any], Outcome]
"""Invokes the function with a payload."""


class _Moments:
    """Remembers when an execution began, and when its states were entered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[tuple[str, int, int], datetime] = {}

    def began(self, name: str, start: int) -> datetime:
        return self._known.setdefault((name, start, 0), self._clock.moment())

    def entered(self, name: str, start: int, number: int) -> datetime:
        return self._known.setdefault((name, start, number), self._clock.moment())


class StepFunctions:
    """The service, as its client's methods.

    Parameters
    ----------
    clock
        The clock by which states wait and time out.
    objects
        The files of Distributed Maps, and their results.
    call
        Invokes the function.
    report
        Gets EventBridge's events about executions.
    """

    def __init__(
        self,
        clock: Clock,
        objects: Objects,
        call: Call,
        report: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self.clock = clock
        self.objects = objects
        self._call = call
        self._report = report
        self.machines: dict[str, Machine] = {}
        self.runs: dict[str, Run] = {}
        self._interpreters: dict[str, StateMachine] = {}
        self._starts: Counter[str] = Counter()
        self._tokens: dict[str, Run] = {}
        self._map_runs: dict[str, MapRun] = {}
        self._number = 0

    def make_machine(self, machine: Machine) -> None:
        """Make a state machine.

        Raises
        ------
        NotKnown
            If its definition uses what the interpreter does not know.
        """
        self._interpreter(machine, machine.name, machine.definition, machine.is_express)
        self.machines[machine.arn] = machine

    def next_number(self) -> int:
        """A number that nothing else has."""
        self._number += 1
        return self._number

    def _interpreter(
        self, machine: Machine, name: str, definition: Mapping[str, Any], is_express: bool
    ) -> StateMachine:
        known = self._interpreters.get(name)
        if known is None:
            known = self._interpreters[name] = StateMachine(
                name,
                definition,
                place=":".join(machine.arn.split(":")[3:5]),
                moments=_Moments(self.clock),
                tells=True,
                token_prefix=f"{name}:",
                arn_of=partial(_arn_of, machine.arn, name, is_express),
            )
        return known

    # Executions

    def begin(self, run: Run) -> None:
        """Enter the first state."""
        seconds = run.definition.get("TimeoutSeconds")
        if run.is_express:
            seconds = min(seconds or EXPRESS_SECONDS, EXPRESS_SECONDS)
        if seconds is not None:
            run.timer = self.clock.at(seconds, lambda: self.end(run, TIMED_OUT, error=TIMEOUT))
        given = freeze(run.given)
        self.tell(run, "ExecutionStarted", {"input": given})
        self._apply(run, run.interpreter.started(run.name, given, run.start))

    def begin_child(self, parent: Run, of: MapRun, given: Any) -> Run:
        """Make the execution of an item of a map."""
        processor = of.state["ItemProcessor"]
        is_express = processor["ProcessorConfig"].get("ExecutionType") == "EXPRESS"
        definition = {key: part for key, part in processor.items() if key != "ProcessorConfig"}
        machine = f"{parent.machine.name}/{of.label}"
        interpreter = self._interpreter(parent.machine, machine, definition, is_express)
        name = f"{parent.name}-{self.next_number()}"[-80:]
        return Run(
            parent.machine,
            interpreter,
            _arn_of(parent.machine.arn, machine, is_express, name, 0),
            name,
            given,
            self.clock.moment(),
            definition,
            is_express,
            parent=parent,
        )

    def _apply(self, run: Run, progress: Progress) -> None:
        run.value = progress.execution
        for event in progress.events:
            self.tell(run, event.kind, event.details, event.path)
        for _, active in waits(progress.execution):
            self._tokens[active.token] = run
        for invoke in progress.started:
            self._schedule(run, invoke)
        for asked in progress.timers:
            self._set(run, asked)
        for begun in progress.maps:
            self._schedule_map(run, begun)
        at = progress.execution.at
        if isinstance(at, Ended):
            if at.error:
                self.end(run, FAILED, error=at.error, cause=at.cause)
            else:
                self.end(run, SUCCEEDED, view(at.output))

    def _schedule(self, run: Run, invoke: Invoke) -> None:
        self.clock.at(invoke.delay, lambda: self._invoke(run, invoke), is_pause=True)

    def _schedule_map(self, run: Run, begun: RunMap) -> None:
        def begin() -> None:
            if self._is_at(run, begun.path, begun.number):
                map_run = MapRun(self, run, begun)
                run.map_runs.append(map_run)
                self._map_runs[map_run.arn] = map_run
                map_run.begin()

        self.clock.at(begun.delay, begin, is_pause=True)

    def _set(self, run: Run, asked: Asked) -> None:
        timer = self.clock.at(asked.seconds, lambda: self._is_time(run, asked))
        if asked.cause is Cause.HEARTBEAT:
            found = self._active(run, asked.path)
            if found is not None:
                run.heartbeats[found.token] = (timer, asked)

    def _is_time(self, run: Run, asked: Asked) -> None:
        if not self._is_at(run, asked.path, asked.number):
            return
        if asked.cause is Cause.WAIT:
            self._apply(run, run.interpreter.waited(run.value, asked.path))
        else:
            error = asked.cause.value
            self._apply(run, run.interpreter.failed(run.value, asked.path, error))

    def _invoke(self, run: Run, invoke: Invoke) -> None:
        if not self._is_at(run, invoke.path, invoke.number):
            return
        outcome = self._call(view(invoke.event))
        if not self._is_at(run, invoke.path, invoke.number):
            return
        if outcome.error:
            progress = run.interpreter.failed(run.value, invoke.path, outcome.error, outcome.cause)
        else:
            progress = run.interpreter.returned(run.value, invoke.path, freeze(outcome.answer))
        self._apply(run, progress)

    def _is_at(self, run: Run, path: Path, number: int) -> bool:
        """Whether an execution is still in a try of a state."""
        active = self._active(run, path) if run.status == RUNNING else None
        return active is not None and active.number == number

    def _active(self, run: Run, path: Path) -> Active | None:
        return next((active for place, active in states_of(run.value) if place == path), None)

    def map_ended(self, run: Run, begun: RunMap, result: Any) -> None:
        """A Distributed Map of an execution has succeeded."""
        if self._is_at(run, begun.path, begun.number):
            output = freeze(result)
            self._apply(run, run.interpreter.run_of_map_ended(run.value, begun.path, output))

    def map_failed(self, run: Run, begun: RunMap, error: str, cause: str) -> None:
        """A Distributed Map of an execution has failed."""
        if self._is_at(run, begun.path, begun.number):
            self._apply(run, run.interpreter.failed(run.value, begun.path, error, cause))

    def end(
        self, run: Run, status: str, output: Any = None, *, error: str = "", cause: str = ""
    ) -> None:
        """Let an execution be over."""
        if run.status != RUNNING:
            return
        run.status, run.output, run.error, run.cause = status, output, error, cause
        run.ended_at = self.clock.moment()
        if run.timer is not None:
            run.timer.cancel()
        for map_run in run.map_runs:
            map_run.stop()
        self.tell(run, *_last_event(run))
        if run.parent is None and not run.is_express:
            self._report(self._status_event(run))
        if run.ended is not None:
            run.ended(run)

    def _status_event(self, run: Run) -> dict[str, Any]:
        source, kind = EXECUTION_STATUS
        return {
            "id": run.arn,
            "source": source,
            "detail-type": kind,
            "time": self.clock.moment().isoformat(),
            "resources": [run.arn],
            "detail": {
                "executionArn": run.arn,
                "stateMachineArn": run.machine.arn,
                "name": run.name,
                "status": run.status,
                "input": json.dumps(run.given),
                "output": None,
            },
        }

    def tell(self, run: Run, kind: str, details: Mapping[str, Any], path: Path = ()) -> None:
        """Note an event of an execution's history."""
        number = len(run.events) + 1
        before = next(
            (
                run.last_events[path[:end]]
                for end in range(len(path), -1, -1)
                if path[:end] in run.last_events
            ),
            0,
        )
        run.last_events[path] = number
        event: dict[str, Any] = {
            "id": number,
            "previousEventId": before,
            "timestamp": self.clock.moment(),
            "type": kind,
        }
        name = _details_name(kind)
        run.events.append({**event, name: dict(details)} if details else event)

    # Methods of the client

    def start_execution(self, **request: str) -> dict[str, Any]:
        """Start an execution."""
        refuse_others(
            "Step Functions", "StartExecution", request, "stateMachineArn", "name", "input"
        )
        machine = self.machines.get(request["stateMachineArn"])
        if machine is None:
            raise refusal(
                "StateMachineDoesNotExist",
                message=f"State Machine Does Not Exist: '{request['stateMachineArn']}'",
            )
        name = request.get("name") or f"execution-{self.next_number()}"
        given = json.loads(request.get("input", "{}"))
        arn = _arn_of(machine.arn, machine.name, False, name, 0)
        known = None if machine.is_express else self.runs.get(arn)
        if known is not None and not self._is_forgotten(known):
            if known.status == RUNNING and known.given == given:
                return {"executionArn": arn, "startDate": known.began}
            raise refusal("ExecutionAlreadyExists", message=f"Execution Already Exists: '{arn}'")
        start = self._starts[arn]
        self._starts[arn] += 1
        if machine.is_express:
            arn = _arn_of(machine.arn, machine.name, True, name, start)
        run = Run(
            machine,
            self._interpreter(machine, machine.name, machine.definition, machine.is_express),
            arn,
            name,
            given,
            self.clock.moment(),
            machine.definition,
            machine.is_express,
            start,
        )
        self.runs[arn] = run
        self.begin(run)
        return {"executionArn": arn, "startDate": run.began}

    def _is_forgotten(self, run: Run) -> bool:
        return run.ended_at is not None and self.clock.moment() - run.ended_at > NAME_IS_KEPT

    def describe_execution(self, **request: Any) -> dict[str, Any]:
        """Describe an execution."""
        known = ("executionArn", "includedData")
        refuse_others("Step Functions", "DescribeExecution", request, *known)
        run = self._find(request["executionArn"])
        answer: dict[str, Any] = {
            "executionArn": run.arn,
            "stateMachineArn": run.machine.arn,
            "name": run.name,
            "status": run.status,
            "input": json.dumps(run.given),
            "startDate": run.began,
        }
        if run.ended_at is not None:
            answer["stopDate"] = run.ended_at
        if run.status == SUCCEEDED:
            answer["output"] = json.dumps(run.output)
        if run.error:
            answer |= {"error": run.error, "cause": run.cause}
        return answer

    def stop_execution(self, **request: str) -> dict[str, Any]:
        """End an execution."""
        refuse_others("Step Functions", "StopExecution", request, "executionArn", "error", "cause")
        run = self._find(request["executionArn"])
        self.end(run, ABORTED, error=request.get("error", ""), cause=request.get("cause", ""))
        return {"stopDate": run.ended_at}

    def send_task_success(self, **request: str) -> dict[str, Any]:
        """Answer a token."""
        refuse_others("Step Functions", "SendTaskSuccess", request, "taskToken", "output")
        try:
            output = freeze(json.loads(request["output"]))
        except ValueError:
            raise refusal("InvalidOutput", message="Invalid Output: it is not JSON") from None
        run, path = self._waiting(request["taskToken"])
        self._apply(run, run.interpreter.answered(run.value, path, output))
        return {}

    def send_task_failure(self, **request: str) -> dict[str, Any]:
        """Answer a token with an error."""
        refuse_others("Step Functions", "SendTaskFailure", request, "taskToken", "error", "cause")
        run, path = self._waiting(request["taskToken"])
        error = request.get("error") or "States.TaskFailed"
        cause = request.get("cause", "")
        self._apply(run, run.interpreter.failed(run.value, path, error, cause))
        return {}

    def send_task_heartbeat(self, **request: str) -> dict[str, Any]:
        """Let a task that waits for a token go on waiting."""
        refuse_others("Step Functions", "SendTaskHeartbeat", request, "taskToken")
        token = request["taskToken"]
        run, _ = self._waiting(token)
        if token in run.heartbeats:
            timer, asked = run.heartbeats[token]
            timer.cancel()
            seconds = _heartbeat_of(run, asked)
            self._set(run, asked._replace(seconds=seconds))
        return {}

    def _waiting(self, token: str) -> tuple[Run, Path]:
        run = self._tokens.get(token)
        if run is None:
            raise refusal("InvalidToken", message="Invalid Token: 'Invalid token'")
        if run.status == RUNNING:
            for path, active in waits(run.value):
                if active.token == token:
                    return run, path
        raise refusal("TaskTimedOut", message="Task Timed Out: 'Provided task does not exist'")

    def list_executions(self, **request: Any) -> dict[str, Any]:
        """List executions of a machine, or children of a map run, the newest first."""
        known = ("stateMachineArn", "mapRunArn", "statusFilter", "maxResults", "nextToken")
        refuse_others("Step Functions", "ListExecutions", request, *known)
        found: Iterator[Run] | list[Run]
        if "mapRunArn" in request:
            found = self._map_run(request["mapRunArn"]).children
        else:
            machine = request["stateMachineArn"]
            found = [one for one in self.runs.values() if one.machine.arn == machine]
        wanted = request.get("statusFilter")
        listed = [one for one in found if wanted in {None, one.status}][::-1]
        first = int(request.get("nextToken", 0))
        size = request.get("maxResults", PAGE)
        answer: dict[str, Any] = {
            "executions": [
                {
                    "executionArn": one.arn,
                    "name": one.name,
                    "status": one.status,
                    "startDate": one.began,
                }
                for one in listed[first : first + size]
            ]
        }
        if first + size < len(listed):
            answer["nextToken"] = str(first + size)
        return answer

    def list_map_runs(self, **request: Any) -> dict[str, Any]:
        """List the map runs of an execution, the newest first."""
        refuse_others("Step Functions", "ListMapRuns", request, "executionArn", "maxResults")
        run = self._find(request["executionArn"])
        return {
            "mapRuns": [
                {"mapRunArn": one.arn, "startDate": one.began, "executionArn": run.arn}
                for one in reversed(run.map_runs)
            ]
        }

    def describe_map_run(self, **request: Any) -> dict[str, Any]:
        """Describe a map run."""
        refuse_others("Step Functions", "DescribeMapRun", request, "mapRunArn")
        run = self._map_run(request["mapRunArn"])
        return {
            "mapRunArn": run.arn,
            "status": run.status,
            "maxConcurrency": run.most,
            "itemCounts": run.counts(),
            "executionCounts": run.execution_counts(),
        }

    def get_execution_history(self, **request: Any) -> dict[str, Any]:
        """List the events of an execution."""
        known = ("executionArn", "reverseOrder", "includeExecutionData", "maxResults", "nextToken")
        refuse_others("Step Functions", "GetExecutionHistory", request, *known)
        events = self._find(request["executionArn"]).events
        ordered = events[::-1] if request.get("reverseOrder") else events
        first = int(request.get("nextToken", 0))
        size = request.get("maxResults", PAGE)
        answer: dict[str, Any] = {"events": ordered[first : first + size]}
        if first + size < len(ordered):
            answer["nextToken"] = str(first + size)
        return answer

    def _map_run(self, arn: str) -> MapRun:
        if arn in self._map_runs:
            return self._map_runs[arn]
        raise refusal("ResourceNotFound", message=f"Resource not found: '{arn}'")

    def _find(self, arn: str) -> Run:
        run = self.runs.get(arn)
        if run is not None and not run.is_express:
            return run
        for parent in self.runs.values():
            for map_run in parent.map_runs:
                for child in map_run.children:
                    if child.arn == arn:
                        return child
        raise refusal("ExecutionDoesNotExist", message=f"Execution Does Not Exist: '{arn}'")


def _arn_of(machine_arn: str, machine: str, is_express: bool, name: str, start: int) -> str:
    """ARN of an execution of a machine, or of a child of one of its maps."""
    base = machine_arn.rpartition(":stateMachine:")[0]
    if is_express:
        # Names of Express executions may be used again, so their ARNs have an id.
        return f"{base}:express:{machine}:{name}:{start}"
    return f"{base}:execution:{machine}:{name}"


def _heartbeat_of(run: Run, asked: Asked) -> float:
    """Seconds between two heartbeats of a state."""
    machine: Mapping[str, Any] = run.definition
    for depth in range(len(asked.path)):
        outer = next(a for p, a in states_of(run.value) if p == asked.path[:depth])
        state = machine["States"][outer.state]
        machine = (
            state["Branches"][asked.path[depth]] if "Branches" in state else state["ItemProcessor"]
        )
    active = next(a for p, a in states_of(run.value) if p == asked.path)
    return float(machine["States"][active.state]["HeartbeatSeconds"])


def _last_event(run: Run) -> tuple[str, dict[str, Any]]:
    match run.status:
        case "SUCCEEDED":
            return "ExecutionSucceeded", {"output": freeze(run.output)}
        case "TIMED_OUT":
            return "ExecutionTimedOut", {}
        case "ABORTED":
            return "ExecutionAborted", {"error": run.error, "cause": run.cause}
    return "ExecutionFailed", {"error": run.error, "cause": run.cause}


def _details_name(kind: str) -> str:
    """Name of the details of an event (API reference, HistoryEvent)."""
    if kind.endswith(("StateEntered", "StateExited")):
        kind = f"State{kind.rpartition('State')[2]}"
    return f"{kind[0].lower()}{kind[1:]}EventDetails"
