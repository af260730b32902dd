"""Look at what AWS does, on the deployed environment and by the probe."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import Put
from cqrs.aws.step_functions import execution_arn
from cqrs.commands.executions import command_execution_name
from cqrs.commands.models import FIRST, Command, CommandStatus, Content, SyncMode
from cqrs.commands.ordering import SUCCESSOR_TOKEN
from cqrs.core.clock import now_iso
from cqrs.core.keys import CommandKey, ItemKey
from cqrs.imports.executions import import_execution_name
from cqrs.imports.models import ImportJob, ProcessingMode
from tooling.verification.assumptions import (
    CONTEXT_FIELDS,
    IMPORTED_ROWS,
    NO_EXECUTION,
    NOT_ASKED,
    REFUSED,
    Subject,
)
from tooling.verification.probe import definition as states
from tooling.verification.probe.deployment import Probe, deployed_probe
from tooling.verification.waiting import WaitedInVain, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cli.deployed.clients import VerifiedClients
    from cli.deployed.connection import Connection
    from cqrs.imports.keys import ImportKey

NOTE = "NOTE#1"
HEADER = "iata,name,city,state,country,latitude,longitude"
TARGET = "airports"

CALLED = {
    Subject.EXCEPTION: "exception",
    Subject.EXIT: "exit",
    Subject.OUT_OF_TIME: "out_of_time",
    Subject.STATE_TIMEOUT: states.STATE_TIMEOUT,
    Subject.HEARTBEAT: states.HEARTBEAT,
}
OUT_OF_MEMORY = "out_of_memory"


class Observer:
    """Looks at an environment as a tenant of the run.

    Parameters
    ----------
    connection
        The environment.
    clients
        Its clients.
    mark
        The mark of the run.
    """

    def __init__(self, connection: Connection, clients: VerifiedClients, mark: str) -> None:
        self._environment = connection.environment
        self._services = connection.services
        self._clients = clients
        self._mark = mark
        self._tenant = f"{mark}seen"

    def observe(self) -> dict[Subject, str]:
        """Look at everything, and return what was seen of each subject.

        If something could not be seen, the reason stands there, which nobody assumes.
        """
        seen: dict[Subject, str] = {}
        for subject, look in self._looks().items():
            seen[subject] = _seen(look)
        try:
            with deployed_probe(self._environment, self._clients.of, self._mark) as probe:
                seen |= self._errors(probe)
        except Exception as error:  # noqa: BLE001 - the others have been seen all the same
            missing = f"not seen: {_told(error)}"
            seen |= {subject: missing for subject in Subject if subject not in seen}
        return seen

    def _looks(self) -> Mapping[Subject, Callable[[], str]]:
        return {
            Subject.STARTED_AGAIN: self._started_again,
            Subject.FILTERED: self._filtered,
            Subject.USED_TOKEN: self._used_token,
            Subject.MAP_RUN: self._map_run,
            Subject.DENIED: self._denied,
        }

    def _errors(self, probe: Probe) -> dict[Subject, str]:
        """Run the executions that fail, all but the last beside each other."""
        called = dict(CALLED)
        seen: dict[Subject, str] = {}
        if self._environment.endpoint is None:
            called[Subject.OUT_OF_MEMORY] = OUT_OF_MEMORY
        else:
            # An emulator would let it use up the memory of this machine.
            seen[Subject.OUT_OF_MEMORY] = NOT_ASKED
        started = {subject: probe.start(name) for subject, name in called.items()}
        mapped = probe.start(states.MAP_ITEM, items=["a", "b"])
        retried = probe.start(states.RETRY_COUNT)
        asked = probe.start(states.CONTEXT_OBJECT)
        for subject, execution in started.items():
            seen[subject] = _seen(partial(_end, probe, execution))
        seen[Subject.MAP_ITEM] = _seen(lambda: _first_item(probe.end_of(mapped)))
        seen[Subject.CONTEXT] = _seen(lambda: _fields(probe.end_of(asked)))
        seen[Subject.RETRY_COUNT] = _seen(lambda: _tries(probe.end_of(retried)))
        seen[Subject.THROTTLED] = _seen(lambda: self._throttled(probe))
        return seen

    def _used_token(self) -> str:
        """Answer twice for a command that waits for one which nobody works off."""
        first = self._left_behind("NOTE#5")
        waiting = self._services.commands.publish(
            first.pk, "NOTE#5", attributes={"n": 2}, version=first.key.version
        )
        table = self._services.settings.commands_table
        token = wait_for(
            lambda: (self._services.store.get(table, first.pk, first.key.sk) or {}).get(
                SUCCESSOR_TOKEN
            ),
            f"the task token of {waiting.key}",
        )
        steps, answer = self._clients.step_functions, {"taskToken": token, "error": "Verified"}
        steps.send_task_failure(**answer)
        return _refusal(lambda: steps.send_task_failure(**answer))

    @staticmethod
    def _throttled(probe: Probe) -> str:
        probe.use_up_concurrency()
        return _error_of(probe.end_of(probe.start("answer")))

    def _command(self, name: str) -> str:
        """Publish a command, wait for the end of its execution, and return the ARN."""
        pk = f"NOTE#{self._tenant}"
        made = self._services.commands.publish(pk, name, attributes={"n": 1}, version=FIRST)
        execution = self._execution_of(made.key, made.request_id)
        steps = self._services.step_functions
        wait_for(
            lambda: steps.status(execution) not in {None, "RUNNING"} or None,
            f"the end of {execution}",
        )
        return execution

    def _execution_of(self, key: CommandKey, request_id: str) -> str:
        machine = self._services.settings.command_state_machine_arn
        return execution_arn(machine, command_execution_name(key, request_id))

    def _started_again(self) -> str:
        execution = self._command("NOTE#2")
        steps = self._clients.step_functions
        given = steps.describe_execution(executionArn=execution)
        return _refusal(
            lambda: steps.start_execution(
                stateMachineArn=given["stateMachineArn"], name=given["name"], input=given["input"]
            )
        )

    def _filtered(self) -> str:
        """Store a record that is dropped, then one of the same shard that passes."""
        command = self._left_behind("NOTE#3")
        self._command("NOTE#4")
        execution = self._execution_of(command.key, command.request_id)
        return self._services.step_functions.status(execution) or NO_EXECUTION

    def _left_behind(self, name: str) -> Command:
        """Store a command as a synchronous publisher does that dies before its sync handlers."""
        command = Command(
            key=ItemKey(f"NOTE#{self._tenant}", name).at(1),
            content=Content("", {"n": 1}),
            status=CommandStatus.PUBLISHED,
            sync_mode=SyncMode.SYNC,
            request_id=self._mark,
            created_at=now_iso(),
        )
        table = self._services.settings.commands_table
        self._services.store.put(Put(table, command.to_item({"attributes": {"n": 1}})))
        return command

    def _map_run(self) -> str:
        bucket = self._services.settings.bucket
        rows = [f"V{n:02},Name,City,NA,Japan,1.5,2.5" for n in range(IMPORTED_ROWS)]
        key = self._imported(bucket, rows, ProcessingMode.STEP_FUNCTION)
        self._end_of(key)
        machine = self._services.settings.import_csv_state_machine_arn
        execution = execution_arn(machine, import_execution_name(key))
        steps = self._clients.step_functions
        runs = steps.list_map_runs(executionArn=execution)["mapRuns"]
        found = [steps.describe_map_run(mapRunArn=run["mapRunArn"]) for run in runs]
        batches = sum(run["executionCounts"]["total"] for run in found)
        items = sum(run["itemCounts"]["total"] for run in found)
        return f"{_count(runs, 'Map Run')}, {batches} batches, {items} rows"

    def _denied(self) -> str:
        with self._foreign_bucket() as bucket:
            key = self._imported(bucket, [], ProcessingMode.DIRECT)
            job = self._end_of(key)
        cause = job.cause or ""
        return REFUSED if REFUSED in cause else f"{job.status}: {cause}"

    def _imported(self, bucket: str, rows: list[str], mode: ProcessingMode) -> ImportKey:
        key = f"uploads/{self._tenant}/{mode.value.lower()}.csv"
        body = "\n".join([HEADER, *rows, ""]).encode()
        self._clients.s3.put_object(Bucket=bucket, Key=key, Body=body)
        made: ImportKey = self._services.imports.create_csv_import(
            bucket, key, TARGET, self._tenant, mode
        )
        return made

    def _end_of(self, key: ImportKey) -> ImportJob:
        def ended() -> ImportJob | None:
            job: ImportJob | None = self._services.imports.get(key)
            return job if job is not None and job.status.is_final else None

        return wait_for(ended, f"the end of {key}")

    @contextmanager
    def _foreign_bucket(self) -> Iterator[str]:
        """A bucket with the name of the run, that the function has no right to."""
        s3, name = self._clients.s3, self._environment.qualified(self._mark)
        place = {"LocationConstraint": self._environment.region}
        is_default = self._environment.region == "us-east-1"
        s3.create_bucket(
            Bucket=name, **({} if is_default else {"CreateBucketConfiguration": place})
        )
        try:
            yield name
        finally:
            for found in s3.list_objects_v2(Bucket=name).get("Contents", ()):
                s3.delete_object(Bucket=name, Key=found["Key"])
            s3.delete_bucket(Bucket=name)


def _seen(look: Callable[[], str]) -> str:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - one that fails says so, and the others are seen
        return f"not seen: {_told(error)}"


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, WaitedInVain) else f"{type(error).__name__}: {error}"


def _refusal(request: Callable[[], Any]) -> str:
    """The code with which AWS refuses a request."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        request()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "no error"


def _error_of(execution: Mapping[str, Any]) -> str:
    return str(execution.get("error") or execution["status"])


def _end(probe: Probe, execution: str) -> str:
    return _error_of(probe.end_of(execution))


def _first_item(execution: Mapping[str, Any]) -> str:
    item = json.loads(execution["output"])[0]
    return f"{item['index']} and {item['value']}"


def _tries(execution: Mapping[str, Any]) -> str:
    if "output" not in execution:
        return _error_of(execution)
    return str(json.loads(execution["output"])["tries"])


def _fields(execution: Mapping[str, Any]) -> str:
    context = json.loads(execution["output"])["context"]
    return ", ".join(path for path in CONTEXT_FIELDS if _holds(context, path))


def _holds(context: Any, path: str) -> bool:
    for name in path.split("."):
        if not isinstance(context, dict) or name not in context:
            return False
        context = context[name]
    return True


def _count(things: list[Any], what: str) -> str:
    return f"{len(things)} {what}{'' if len(things) == 1 else 's'}"
