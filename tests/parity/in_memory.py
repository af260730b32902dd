"""The interpreter of ``cqrs.testing`` as an engine, whose time is a clock's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from cqrs.testing.asl.grammar import NotKnown
from cqrs.testing.aws.runs import Machine, Outcome
from cqrs.testing.aws.s3 import Objects
from cqrs.testing.aws.step_functions import StepFunctions
from cqrs.testing.clock import Clock
from tests.parity import history, scripted
from tests.parity.engine import (
    BRIEF_FUNCTION,
    FUNCTION,
    FUNCTION_SECONDS,
    REGION,
    Engine,
    Recorded,
    Run,
    end_lines,
    environments,
)
from tests.parity.executions import EXECUTIONS, Action, Answer

MEMORY = "cqrs.testing"
MACHINES = f"arn:aws:states:{REGION}:000000000000:stateMachine:"
TIMED_OUT, EXITED = "Sandbox.Timedout", "Runtime.ExitError"
SCRIPTS = {execution.id: execution.script for execution in EXECUTIONS.values()}


class World:
    """An execution with the services around it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.clock = Clock()
        self.objects = Objects()
        self.tokens: dict[tuple[str, int], str] = {}
        self.services = StepFunctions(self.clock, self.objects, self.call)
        self._seconds = FUNCTION_SECONDS[BRIEF_FUNCTION if run.execution.brief else FUNCTION]

    def call(self, event: Any) -> Outcome:
        """Do what the script says, as the scripted function does."""
        state, given = event["context"]["State"], event["input"]
        place = scripted.place_of(state["Name"], given)
        if "taskToken" in event:
            self.tokens[place, state["RetryCount"]] = event["taskToken"]
        if isinstance(given, dict) and "Items" in given:
            return self._import_batch(given)
        actions = SCRIPTS[self.run.execution.id].get(place)
        if actions is None:
            return Outcome([[{"did": place}]])
        return self._act(actions[min(state["RetryCount"], len(actions) - 1)], place)

    def _act(self, action: Action, place: str) -> Outcome:
        if "raise" in action:
            cause = json.dumps({"errorMessage": f"said in {place}"})
            return Outcome(error=action["raise"], cause=cause)
        if "exit" in action:
            return Outcome(error=EXITED)
        if "sleep" in action:
            self.advance(min(action["sleep"], self._seconds))
            if action["sleep"] > self._seconds:
                return Outcome(error=TIMED_OUT)
        return Outcome([[action.get("answer", {"did": place})]])

    def _import_batch(self, batch: dict[str, Any]) -> Outcome:
        rows = [item["row"] for item in batch["Items"]]
        key = f"batches/{self.run.name}/{rows[0]['id']}"
        body = json.dumps(batch).encode()
        self.objects.put_object(Bucket=scripted.BUCKET, Key=key, Body=body)
        for row in rows:
            if row["do"]:
                outcome = self._act({row["do"]: row["what"]}, row["id"])
                if outcome.error:
                    return outcome
        return Outcome([[{"rows": len(rows)}]])

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        until = self.clock.now + seconds
        self.clock.run(until)
        self.clock.now = max(self.clock.now, until)

    def wait_for(self, is_there: Callable[[], bool]) -> None:
        """Let things happen until something is there, or nothing more happens."""
        while not is_there() and self.clock.has_more:
            self.clock.step()


class MemoryEngine(Engine):
    """The interpreter, with a world for each execution."""

    def __init__(self) -> None:
        self.name = MEMORY
        self._functions = {
            name: f"arn:aws:lambda:{REGION}:000000000000:function:{name}"
            for name in FUNCTION_SECONDS
        }
        self._environments = environments()

    def prepare(self) -> None:
        """Have everything already."""

    def record_all(self, runs: Iterable[Run]) -> list[Recorded]:
        """Run executions one after the other."""
        return [self.record(run) for run in runs]

    def record(self, run: Run) -> Recorded:
        """Run one execution on a machine of its own."""
        world = World(run)
        self._step_functions, self._s3 = world.services, world.objects
        machine = Machine(run.name, f"{MACHINES}{run.name}", run.definition)
        try:
            world.services.make_machine(machine)
        except NotKnown as error:
            return Recorded([f"definition refused: {error}"], True)
        started = world.services.start_execution(
            stateMachineArn=machine.arn, name=run.name, input=json.dumps(self._input(run))
        )
        arn = started["executionArn"]
        answers = [self._answer(world, arn, one) for one in run.execution.answers if not one.late]
        world.wait_for(lambda: self._status(arn) != "RUNNING")
        answers += [self._answer(world, arn, one) for one in run.execution.answers if one.late]
        events = self._events(arn)
        end = world.services.describe_execution(executionArn=arn)
        told = [
            *history.lines(events),
            *end_lines(end),
            *answers,
            *self._seen(run, arn, events),
        ]
        return Recorded(told, history.tells_iterations(events))

    def _answer(self, world: World, arn: str, answer: Answer) -> str:
        state, _, retry = answer.state.partition("/")
        place = (state, int(retry or 0))
        whose = answer.token or ("late" if answer.late else state)

        def waits() -> bool:
            kinds = [event["type"] for event in self._events(arn)]
            return kinds.count("TaskSubmitted") > place[1] or self._status(arn) != "RUNNING"

        world.wait_for(waits)
        token = answer.token or world.tokens.get(place, "")
        if answer.method == "send_task_heartbeat":
            world.advance(1)
        if not token:
            return f"{answer.method} {whose}: never asked for"
        try:
            getattr(world.services, answer.method)(taskToken=token, **answer.fields)
        except ClientError as error:
            return f"{answer.method} {whose}: {error.response['Error']['Code']}"
        return f"{answer.method} {whose}: accepted"

    def _events(self, arn: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._step_functions.get_execution_history(
            executionArn=arn, maxResults=100_000
        )["events"]
        return found
