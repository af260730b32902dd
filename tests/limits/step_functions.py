"""Step Functions: the service, as its client's methods, with its buckets of tokens."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cqrs.execution_events import EXECUTION_STATUS
from cqrs.testing.asl.language import Document
from cqrs.testing.aws.refusals import refusal
from tests.limits.chance import Chance
from tests.limits.clock import Bucket, Clock
from tests.limits.function import Function
from tests.limits.machines import (
    ABORTED,
    RUNNING,
    Execution,
    Machine,
    MapRun,
)
from tests.limits.objects import Objects
from tests.limits.quotas import Quotas
from tests.limits.tally import Tally

Answered = Callable[[Any, str, str], None]

MEMORY_GB = 64 / 1024
"""Least memory that an Express execution is billed for."""

BILLED_SECONDS = 0.1
"""Its duration is rounded up to so much (Step Functions pricing page)."""

TWICE = 0.001
LATEST_SECONDS = 60.0
"""The share of Express executions that run a second time, and how late at most. ASSUMED: AWS says
that it happens, and not how often (Step Functions guide, "Choosing workflow type")."""


class StepFunctions:
    """State machines, and their executions.

    Parameters
    ----------
    clock, chance, quotas, tally, function
        The services that it works with.
    objects
        The files of Distributed Maps, and their results.
    """

    def __init__(
        self,
        clock: Clock,
        chance: Chance,
        quotas: Quotas,
        tally: Tally,
        function: Function,
        objects: Objects,
    ) -> None:
        self.clock = clock
        self.chance = chance
        self.quotas = quotas
        self.tally = tally
        self.function = function
        self.objects = objects
        self.machines: dict[str, Machine] = {}
        self.executions: dict[str, Execution] = {}
        self.running = 0
        self.running_express: set[str] = set()
        self.on_event: Callable[[dict[str, Any]], None] = lambda _: None
        self._tokens: dict[str, Answered] = {}
        self._number = 0
        self._transitions = self._bucket("state_transition")
        self.map_starts = Bucket(clock, 1.0, quotas.map_express_starts_per_second)
        self._calls = {
            "start_execution": self._bucket("start_execution"),
            "start_express": self._bucket("start_express"),
            "describe_execution": self._bucket("describe_execution"),
            "list_executions": self._bucket("list_executions"),
            "send_task_success": self._bucket("send_task"),
            "send_task_failure": self._bucket("send_task"),
            "send_task_heartbeat": self._bucket("send_task"),
            "stop_execution": self._bucket("stop_execution"),
            "list_map_runs": self._bucket("map_run_calls"),
            "describe_map_run": self._bucket("map_run_calls"),
            "get_execution_history": self._bucket("history"),
        }

    def _bucket(self, name: str) -> Bucket:
        return Bucket(
            self.clock,
            getattr(self.quotas, f"{name}_bucket"),
            getattr(self.quotas, f"{name}_refill"),
        )

    def _take(self, call: str) -> None:
        if not self._calls[call].take():
            self.tally.throttles[f"Step Functions {call}"] += 1
            raise refusal("ThrottlingException", message="Rate exceeded")

    # For executions

    def transition(self, is_express: bool) -> float:
        """Seconds until an execution may enter its next state."""
        if is_express:
            return self.chance.seconds("express_transition")
        self.tally.pay("state_transition")
        wait = self._transitions.reserve()
        if wait > 0:
            self.tally.throttles["Step Functions transitions that waited"] += 1
            self.tally.measures["transition wait"].append(wait)
        return wait + self.chance.seconds("state_transition")

    def new_token(self, answered: Answered) -> str:
        """A token that somebody may answer."""
        self._number += 1
        token = f"token-{self._number}"
        self._tokens[token] = answered
        return token

    def forget(self, token: str) -> None:
        """Take no answer for a token any more."""
        self._tokens.pop(token, None)

    def has_ended(self, execution: Execution) -> None:
        """Report an execution's end."""
        if execution.is_express:
            self.running_express.discard(execution.arn)
            billed = math.ceil((self.clock.now - execution.began) / BILLED_SECONDS) * BILLED_SECONDS
            self.tally.pay("express_execution")
            self.tally.pay("express_gb_second", billed * MEMORY_GB)
        else:
            self.running -= 1
            self.tally.counts[f"executions {execution.status}"] += 1
            source, kind = EXECUTION_STATUS
            self.on_event(
                {
                    "id": execution.name,
                    "source": source,
                    "detail-type": kind,
                    "detail": {
                        "executionArn": execution.arn,
                        "stateMachineArn": execution.machine.arn,
                        "name": execution.name,
                        "status": execution.status,
                        "input": json.dumps(execution.given),
                        "output": None,
                    },
                }
            )
        if execution.ended is not None:
            execution.ended(execution)

    def begin_child(
        self,
        parent: Execution,
        name: str,
        given: Any,
        definition: Document,
        *,
        is_express: bool,
    ) -> Execution:
        """Make a child execution of a map."""
        kind = "express" if is_express else "execution"
        base = parent.machine.arn.replace(":stateMachine:", f":{kind}:")
        arn = f"{base}/{parent.name}:{name}"
        return Execution(self, parent.machine, arn, name, given, is_express, definition)

    # Methods of the client

    def start_execution(self, **request: str) -> dict[str, Any]:
        """Start an execution."""
        machine = self.machines.get(request["stateMachineArn"])
        if machine is None:
            raise refusal("StateMachineDoesNotExist")
        self._take("start_express" if machine.is_express else "start_execution")
        name = request["name"]
        kind = "express" if machine.is_express else "execution"
        arn = f"{machine.arn.replace(':stateMachine:', f':{kind}:')}:{name}"
        if machine.is_express:
            self._number += 1
            arn = f"{arn}:{self._number}"
        elif (known := self.executions.get(arn)) is not None:
            is_same = known.status == RUNNING and known.given == json.loads(request["input"])
            if is_same:
                return {"executionArn": arn}
            raise refusal("ExecutionAlreadyExists")
        if not machine.is_express and self.running >= self.quotas.open_executions:
            self.tally.throttles["Step Functions open executions"] += 1
            raise refusal("ExecutionLimitExceeded")
        execution = Execution(
            self,
            machine,
            arn,
            name,
            json.loads(request["input"]),
            machine.is_express,
            machine.definition,
        )
        if machine.is_express:
            self._begin_express(execution)
        else:
            self.running += 1
            self.executions[arn] = execution
            execution.begin()
        return {"executionArn": arn}

    def _begin_express(self, execution: Execution) -> None:
        """Begin an execution, which may run a second time."""
        begins = {execution.arn: (execution, 0.0)}
        if self.chance.uniform(0.0, 1.0) < TWICE:
            self.tally.counts["Express executions that ran twice"] += 1
            again = replace(execution, arn=f"{execution.arn}-again", map_runs=[])
            begins[again.arn] = (again, self.chance.uniform(0.0, LATEST_SECONDS))
        self.running_express.update(begins)
        for one, seconds in begins.values():
            self.clock.at(seconds, one.begin)

    def describe_execution(self, **request: str) -> dict[str, Any]:
        """Describe an execution."""
        self._take("describe_execution")
        execution = self._find(request["executionArn"])
        answer = {
            "executionArn": execution.arn,
            "name": execution.name,
            "status": execution.status,
            "input": json.dumps(execution.given),
            "startDate": self.clock.moment_of(execution.began),
        }
        if execution.ended_at is not None:
            answer["stopDate"] = self.clock.moment_of(execution.ended_at)
        if execution.error:
            answer |= {"error": execution.error, "cause": execution.cause}
        return answer

    def stop_execution(self, **request: str) -> dict[str, Any]:
        """End an execution."""
        self._take("stop_execution")
        execution = self._find(request["executionArn"])
        execution.end(ABORTED, error=request.get("error", ""), cause=request.get("cause", ""))
        return {}

    def send_task_success(self, **request: str) -> dict[str, Any]:
        """Answer a token."""
        self._take("send_task_success")
        self._answer(request["taskToken"], json.loads(request["output"]))
        return {}

    def send_task_failure(self, **request: str) -> dict[str, Any]:
        """Answer a token with an error."""
        self._take("send_task_failure")
        error = request.get("error") or "States.TaskFailed"
        self._answer(request["taskToken"], None, error, request.get("cause", ""))
        return {}

    def list_map_runs(self, **request: str) -> dict[str, Any]:
        """List the map runs of an execution."""
        self._take("list_map_runs")
        execution = self._find(request["executionArn"])
        return {
            "mapRuns": [
                {"mapRunArn": run.arn, "startDate": run.began} for run in execution.map_runs
            ]
        }

    def describe_map_run(self, **request: str) -> dict[str, Any]:
        """Describe a map run."""
        self._take("describe_map_run")
        run = self._map_run(request["mapRunArn"])
        return {"status": run.status, "itemCounts": run.counts()}

    def list_executions(self, **request: Any) -> dict[str, Any]:
        """List failed children of a map run, or executions of a machine."""
        self._take("list_executions")
        if "mapRunArn" in request:
            found = list(self._map_run(request["mapRunArn"]).children)
        else:
            found = [
                one
                for one in self.executions.values()
                if one.machine.arn == request["stateMachineArn"]
                and request.get("statusFilter", one.status) == one.status
            ]
        page = found[: request.get("maxResults", 100)]
        return {"executions": [{"executionArn": one.arn, "name": one.name} for one in page]}

    def _map_run(self, arn: str) -> MapRun:
        for execution in self.executions.values():
            for run in execution.map_runs:
                if run.arn == arn:
                    return run
        raise refusal("ResourceNotFound")

    def _find(self, arn: str) -> Execution:
        execution = self.executions.get(arn)
        if execution is not None:
            return execution
        for parent in self.executions.values():
            for run in parent.map_runs:
                for child in run.children:
                    if child.arn == arn:
                        return child
        raise refusal("ExecutionDoesNotExist")

    def _answer(self, token: str, output: Any, error: str = "", cause: str = "") -> None:
        answered = self._tokens.pop(token, None)
        if answered is None:
            raise refusal("TaskTimedOut")
        answered(output, error, cause)
