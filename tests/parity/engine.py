"""An engine of Step Functions, and how an execution is run and recorded on it."""

from __future__ import annotations

import contextlib
import io
import json
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from cqrs.resources import StateMachine
from stacks.environment.file import load
from stacks.environment.model import Environment
from stacks.state_machines.definitions import definitions
from tests.integration.deployed import wait_for
from tests.parity import history, scripted
from tests.parity.definitions import AMPLE, Definition, hurried
from tests.parity.executions import CLOSURE, EXECUTIONS, SHORT_WAIT, Answer, Execution

ENVIRONMENTS = Path(__file__).parents[1] / "environments"
REGION = "ap-northeast-1"
FUNCTION, BRIEF_FUNCTION = "parity", "parity-brief"
FUNCTION_SECONDS = {FUNCTION: 45, BRIEF_FUNCTION: 12}
"""Less than a state's timeout, as in the product, unless an execution is about that."""

ROLE = "arn:aws:iam::000000000000:role/parity"
ENDED_WITHIN_SECONDS = 120
POLL_SECONDS = 0.5
WAITS = {
    SHORT_WAIT.wait - 0.5: "the wait",
    SHORT_WAIT.heartbeat - 0.5: "a heartbeat",
    0: "in no time",
}
ROWS_IN_A_BATCH = 2
HEAD = "id,do,what"


@dataclass(frozen=True)
class Recorded:
    """A record of an execution on an engine.

    Attributes
    ----------
    lines
        Its events, its end, and what others saw of it.
    tells_iterations
        Whether its history tells the iterations of maps apart.
    """

    lines: Sequence[str]
    tells_iterations: bool


@dataclass(frozen=True)
class Run:
    """An execution of a definition; the label tells machines for the same execution apart."""

    execution: Execution
    definition: Definition
    label: str = ""

    @property
    def name(self) -> str:
        """Name of the machine, and of the execution on it."""
        return f"{self.execution.id}{self.label}"


class Engine:
    """An emulator at an endpoint.

    Parameters
    ----------
    name
        Its name in the table of differences.
    endpoint
        Its address.
    tells_submission
        Whether its history says that a state waits for its token's answer now.
    at_a_time
        How many executions it runs at a time without being slow.
    """

    def __init__(self, name: str, endpoint: str, *, tells_submission: bool, at_a_time: int) -> None:
        self.name = name
        self._at_a_time = at_a_time
        session = boto3.Session("test", "test", region_name=REGION)
        once = boto3.session.Config(max_pool_connections=at_a_time * 2)

        def client(service: str) -> Any:
            return session.client(service, endpoint_url=endpoint, config=once)

        self._step_functions, self._s3, self._lambda = map(
            client, ("stepfunctions", "s3", "lambda")
        )
        self._tells_submission = tells_submission
        self._functions: dict[str, str] = {}
        self._environments: dict[str, Environment] = {}

    def prepare(self) -> None:
        """Make the functions and the buckets."""
        self._environments = environments()
        own = self._environments["emulator"].bucket
        for bucket in (scripted.BUCKET, own):
            # A deployed stack has the second one.
            with contextlib.suppress(self._s3.exceptions.BucketAlreadyOwnedByYou):
                self._s3.create_bucket(
                    Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
                )
        self._s3.put_bucket_versioning(Bucket=own, VersioningConfiguration={"Status": "Enabled"})
        package = _package()
        for name, seconds in FUNCTION_SECONDS.items():
            made = self._lambda.create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=ROLE,
                Handler="scripted.handler",
                Code={"ZipFile": package},
                Timeout=seconds,
                MemorySize=256,
            )
            self._functions[name] = made["FunctionArn"]
        for name in self._functions:
            self._lambda.get_waiter("function_active_v2").wait(
                FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
            )

    def definition(self, execution: Execution) -> Definition:
        """The machine of an execution, as it is deployed here."""
        function = self._functions[BRIEF_FUNCTION if execution.brief else FUNCTION]
        machines = definitions(self._environments[execution.dialect], function)
        return hurried(machines[execution.machine], execution.limits)

    def record_all(self, runs: Iterable[Run]) -> list[Recorded]:
        """Run executions side by side, those first that wait for a timeout."""
        given = list(runs)
        order = sorted(given, key=lambda run: run.execution.limits == AMPLE)
        with ThreadPoolExecutor(self._at_a_time) as pool:
            recorded = dict(
                zip((run.name for run in order), pool.map(self.record, order), strict=True)
            )
        return [recorded[run.name] for run in given]

    def run(self, execution: Execution) -> Run:
        """An execution of the product's own machine."""
        return Run(execution, self.definition(execution))

    def record(self, run: Run) -> Recorded:
        """Run one execution on a machine of its own."""
        execution = run.execution
        try:
            machine = self._step_functions.create_state_machine(
                name=run.name,
                definition=json.dumps(run.definition),
                roleArn=ROLE,
            )
        except ClientError as error:
            return Recorded([f"definition refused: {error.response['Error']['Code']}"], True)
        started = self._step_functions.start_execution(
            stateMachineArn=machine["stateMachineArn"],
            name=run.name,
            input=json.dumps(self._input(run)),
        )
        arn = started["executionArn"]
        answers = [self._send(run, arn, one) for one in execution.answers if not one.late]
        end = self._end(run, arn)
        answers += [self._send(run, arn, one) for one in execution.answers if one.late]
        events = self._events(arn)
        told = [
            *history.lines(events),
            *end_lines(end),
            *answers,
            *self._seen(run, arn, events),
        ]
        return Recorded(told, history.tells_iterations(events))

    def _input(self, run: Run) -> Any:
        if not run.execution.imports:
            return run.execution.input
        bucket, key = self._environments["emulator"].bucket, f"uploads/{run.name}.csv"
        version = "none"
        if run.execution.rows:
            body = "\n".join([HEAD, *run.execution.rows]) + "\n"
            put = self._s3.put_object(Bucket=bucket, Key=key, Body=body.encode())
            version = put.get("VersionId", "none")
        return {"bucket": bucket, "key": key, "versionId": version, "execution": run.name}

    def _send(self, run: Run, arn: str, answer: Answer) -> str:
        state, _, retry = answer.state.partition("/")
        whose = answer.token or ("late" if answer.late else state)
        token = answer.token or self._token(run, arn, state, int(retry or 0))
        if answer.method == "send_task_heartbeat":
            time.sleep(1)  # A heart beats in time, and no condition says when.

        def outcome() -> str | None:
            try:
                getattr(self._step_functions, answer.method)(taskToken=token, **answer.fields)
            except ClientError as error:
                # LocalStack answers so as long as any execution is about to start.
                code = str(error.response["Error"]["Code"])
                return None if code == "InternalError" else code
            return "accepted"

        told = wait_for(outcome, f"an answer of {run.name}") if token else "never asked for"
        return f"{answer.method} {whose}: {told}"

    def _token(self, run: Run, arn: str, state: str, retry: int) -> str:
        """The token of a state, once the state waits; empty if it never does."""
        key = f"tokens/{run.name}/{state}/{retry}"

        def stored() -> str | None:
            # Looked at first: a token that came just before the end is found then.
            has_ended = self._status(arn) != "RUNNING"
            try:
                found = self._s3.get_object(Bucket=scripted.BUCKET, Key=key)
            except self._s3.exceptions.NoSuchKey:
                return "" if has_ended else None
            return str(found["Body"].read().decode())

        def waits() -> bool | None:
            kinds = [event["type"] for event in self._events(arn)]
            return kinds.count("TaskSubmitted") > retry or self._status(arn) != "RUNNING" or None

        token = wait_for(stored, f"the token of {run.name}", poll_seconds=POLL_SECONDS)
        if token and self._tells_submission:
            wait_for(waits, f"{run.name} to wait", poll_seconds=POLL_SECONDS)
        return token

    def _status(self, arn: str) -> str:
        return str(self._step_functions.describe_execution(executionArn=arn)["status"])

    def _end(self, run: Run, arn: str) -> Mapping[str, Any]:
        def ended() -> Mapping[str, Any] | None:
            described = self._step_functions.describe_execution(executionArn=arn)
            return None if described["status"] == "RUNNING" else dict(described)

        what = f"the end of {run.name}"
        return wait_for(ended, what, ENDED_WITHIN_SECONDS, POLL_SECONDS)

    def _events(self, arn: str) -> list[dict[str, Any]]:
        pages = self._step_functions.get_paginator("get_execution_history")
        return [event for page in pages.paginate(executionArn=arn) for event in page["events"]]

    def _seen(self, run: Run, arn: str, events: Sequence[history.Event]) -> Iterable[str]:
        """Tell how others see an execution."""
        if run.execution.machine == StateMachine.TASK:
            yield f"calls at once: {history.most_at_once(events)}"
        if run.execution.machine == CLOSURE:
            seconds = history.longest_wait(events)
            yield "waited: " + next(name for least, name in WAITS.items() if seconds >= least)
        if run.execution.imports:
            yield from self._map_runs(arn)
            yield from self._batches(run)

    def _map_runs(self, arn: str) -> Iterable[str]:
        for listed in self._step_functions.list_map_runs(executionArn=arn)["mapRuns"]:
            run = self._step_functions.describe_map_run(mapRunArn=listed["mapRunArn"])
            yield f"map run {run['status']}, {run['maxConcurrency']} at once"
            for counts in ("itemCounts", "executionCounts"):
                told = {key: run[counts][key] for key in ("total", "succeeded", "failed")}
                yield f"{counts} {history.text(told)}"

    def _batches(self, run: Run) -> Iterable[str]:
        prefix = f"batches/{run.name}/"
        kept = self._s3.list_objects_v2(Bucket=scripted.BUCKET, Prefix=prefix)
        for batch in kept.get("Contents", ()):
            body = self._s3.get_object(Bucket=scripted.BUCKET, Key=batch["Key"])["Body"].read()
            yield f"batch {history.text(json.loads(body)['Items'])}"


def environments() -> dict[str, Environment]:
    """The environment that machines are rendered for, by dialect."""
    local = load("local", ENVIRONMENTS, variables={})
    batches = local.import_csv.model_copy(update={"max_items_per_batch": ROWS_IN_A_BATCH})
    return {
        dialect: local.model_copy(update={"dialect": dialect, "import_csv": batches})
        for dialect in ("emulator", "aws")
    }


def end_lines(end: Mapping[str, Any]) -> Iterable[str]:
    """The end of an execution, as DescribeExecution tells it."""
    yield f"status {end['status']}"
    if end["status"] == "SUCCEEDED":
        yield f"output {history.text(json.loads(end['output']))}"
    elif end.get("error"):
        yield f"error {end['error']} ({history.cause(end.get('cause'))})"


def _package() -> bytes:
    script = {execution.id: execution.script for execution in EXECUTIONS.values()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("scripted.py", Path(scripted.__file__).read_text(encoding="utf-8"))
        package.writestr("script.json", json.dumps(script))
    return target.getvalue()
