"""An import with everything around it, at one moment, as :mod:`tests.model.world` has commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from cqrs.aws.item_store import Address
from cqrs.commands.data_writer import DataWriter
from cqrs.commands.models import CommandStatus
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.json_text import to_json
from cqrs.core.keys import CommandKey
from cqrs.errors import PERMANENT_ERRORS
from cqrs.execution_events import ERRORS, EXECUTION_STATUS
from cqrs.imports.models import ImportStatus, PublishMode
from cqrs.imports.records import CANCELLED_AT
from cqrs.resources import Queue
from cqrs.testing.text import Text, freeze, thaw, view
from tests.model.choice import Choice
from tests.model.faults import CRASHES, Fault
from tests.model.imports.clients import ServiceCall
from tests.model.imports.files import text_of
from tests.model.imports.invariants import check_end
from tests.model.imports.map_run import (
    ABORTED,
    FINALIZE,
    RUNNING,
    SUCCEEDED,
    TIMED_OUT,
    Execution,
    ImportMachine,
    Progress,
    results,
)
from tests.model.imports.monitor import COMMANDS, DATA, IMPORTS, Monitor
from tests.model.imports.program import FILE, KEY, OWN_UUID, ImportProgram
from tests.model.imports.scenarios import Scenario
from tests.model.invocations import Calls, Raises, Returns
from tests.model.memory_queue import Delivery, message_event
from tests.model.memory_store import MemoryStore
from tests.model.program import PREFIX, apply
from tests.model.tape import HANDLER_FAILED, Sight, StoreCall, done, refused
from tests.model.versioned_bucket import MemoryBucket, Objects, Refused, Version
from tests.model.violation import Violation

CRASHED = "Lambda.Unknown"
UNREACHABLE = "Lambda.SdkClientException"

CANCEL, MAP = "cancel", "the map reads the file"
EXECUTION, SOURCE = "the execution", "the file"

STREAM, MESSAGE, END, STATE, PERSON = "record", "message", "end", "state", "person"
"""Kinds of whoever waits for an invocation."""

MOST_TRIES = 30
"""Of an invocation that is repeated until it succeeds."""

WRITES = frozenset({"put", "update"})
REPEATED = frozenset({"send_message", "put_object", "start_execution", "stop_execution"})
"""Calls that may have their effect twice: a transaction has a token against that."""

THROTTLED = refused("ThrottlingException")

PERMANENT = frozenset(error.__name__ for error in PERMANENT_ERRORS)


class Owner(NamedTuple):
    """Who waits for an invocation: for a state, its place."""

    kind: str
    place: int = 0


class Process(NamedTuple):
    """An invocation that makes a call; nobody waits for it once it was given up.

    Attributes
    ----------
    event
        The event that the function was invoked with.
    chunks
        For how many chunks it has the time; None for all.
    tries
        How often it was repeated.
    """

    event: Text
    owner: Owner | None
    results: tuple[Text, ...] = ()
    chunks: int | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """The part that stays the same in all worlds of a search."""

    scenario: Scenario
    program: ImportProgram
    machine: ImportMachine


class World:
    """Tables, objects, messages, an execution, processes, and what may yet go wrong."""

    __slots__ = (
        "_setting",
        "again",
        "execution",
        "faults_left",
        "messages",
        "monitor",
        "objects",
        "processes",
        "records",
        "tables",
    )

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.tables: dict[Address, Text] = {}
        self.objects: Objects = {}
        self.processes: dict[str, Process] = {}
        self.messages: tuple[Text, ...] = ()
        self.records: tuple[Text, ...] = ()
        self.execution: Execution | None = None
        self.again = 0
        self.faults_left = 0
        self.monitor = Monitor(setting.scenario)
        self._begin()

    def copy(self) -> World:
        """Another world in the same state."""
        other: World = object.__new__(World)
        other._setting = self._setting
        other.tables = self.tables.copy()
        other.objects = self.objects.copy()
        other.processes = self.processes.copy()
        other.messages = self.messages
        other.records = self.records
        other.execution = self.execution
        other.again = self.again
        other.faults_left = self.faults_left
        other.monitor = self.monitor.copy()
        return other

    def key(self) -> int:
        """Hash of all that the future depends on."""
        return hash(
            (
                frozenset(self.tables.items()),
                frozenset(self.objects.items()),
                frozenset(self.processes.items()),
                self.messages,
                self.records,
                self.execution,
                self.faults_left,
                self.monitor.key(),
            )
        )

    @property
    def scenario(self) -> Scenario:
        """The scenario that the run began with."""
        return self._setting.scenario

    def check_end(self) -> None:
        """Check a world in which nothing happens any more."""
        check_end(self.tables, self.objects, self.monitor)

    # Choices

    def choices(self) -> list[Choice]:
        """Everything that can happen next; nothing at the end of a run."""
        return self.moves() + self.faults()

    def moves(self) -> list[Choice]:
        """The choices while nothing goes wrong; none at the end of a run."""
        found = [Choice(actor) for actor in self.processes]
        if self.execution is not None and self.execution.is_reading:
            found.append(Choice(MAP))
        return found + [Choice(f"apply {sk}") for sk in self._to_apply()]

    def faults(self) -> list[Choice]:
        """The faults that can come next."""
        if not self.faults_left:
            return []
        return [choice for choice in self._faults() if choice.fault in self.scenario.kinds]

    def _faults(self) -> Iterator[Choice]:
        for actor, process in self.processes.items():
            yield from (Choice(actor, fault) for fault in self._process_faults(process))
        for number in range(1, len(self.messages) + 1):
            yield Choice(f"{MESSAGE} {number}", Fault.DUPLICATE)
        for number in range(1, len(self.records) + 1):
            if f"{STREAM} {number}" not in self.processes or number == 1:
                yield Choice(f"{STREAM} {number}", Fault.DUPLICATE)
        if self.execution is not None:
            yield from (Choice(EXECUTION, fault) for fault in self._execution_faults())
        if not self.monitor.is_changed:
            if self.scenario.other is not None:
                yield Choice(SOURCE, Fault.REPLACE)
            yield Choice(SOURCE, Fault.DELETE)

    def _execution_faults(self) -> Iterator[Fault]:
        assert self.execution is not None
        if self.execution.status == RUNNING:
            yield Fault.STOP
        elif self.execution.status in ERRORS:
            yield Fault.REDRIVE
            yield Fault.DUPLICATE

    def _process_faults(self, process: Process) -> Iterator[Fault]:
        call = self._call(process)
        yield from sorted(CRASHES)
        if not isinstance(call, Sight):
            yield Fault.THROTTLE
        if _may_be_repeated(call):
            yield Fault.REPEAT
        if process.owner is None:
            return
        if process.owner.kind == STATE:
            yield Fault.STRAGGLE
        works = process.owner.kind == MESSAGE or process.owner == Owner(
            STATE, max(process.owner.place, 0)
        )
        if works and not process.results and process.chunks is None:
            yield Fault.NO_TIME
            yield Fault.LITTLE_TIME

    def _to_apply(self) -> Iterator[str]:
        """Commands that an execution of their own applies next."""
        for (table, pk, sk), text in self.tables.items():
            if table != COMMANDS or self.scenario.publish_mode is not PublishMode.ASYNC:
                continue
            predecessor = CommandKey.parse(pk, sk).predecessor
            if view(text)["status"] != CommandStatus.PUBLISHED:
                continue
            before = predecessor and self.tables.get((COMMANDS, predecessor.pk, predecessor.sk))
            if before is None or view(before)["status"] != CommandStatus.PUBLISHED:
                yield sk

    # Effects of choices

    def take(self, choice: Choice) -> None:
        """Let something happen.

        Raises
        ------
        Violation
            If it must not have happened.
        KeyError
            If it cannot happen now.
        """
        if choice.fault is not None:
            self.faults_left -= 1
            self.monitor.faults += 1
        match choice.fault:
            case Fault.DUPLICATE:
                self._deliver_again(choice.actor)
            case Fault.STOP:
                self._end_execution(TIMED_OUT)
            case Fault.REDRIVE:
                self._redrive()
            case Fault.REPLACE | Fault.DELETE:
                self._change_file(choice.fault)
            case None if choice.actor == MAP:
                self._read_by_map()
            case None if choice.actor.startswith("apply "):
                self._apply(choice.actor.removeprefix("apply "))
            case fault:
                self._go_on(choice.actor, fault)

    def _go_on(self, actor: str, fault: Fault | None) -> None:
        process = self.processes[actor]
        if fault is None and self._is_deadly(process):
            fault = Fault.CRASH_BEFORE
        if fault in {Fault.NO_TIME, Fault.LITTLE_TIME}:
            chunks = 0 if fault is Fault.NO_TIME else 1
            self._run(actor, process._replace(chunks=chunks))
        elif fault is Fault.CRASH_BEFORE:
            self._fail(actor, process, CRASHED)
        elif fault is Fault.STRAGGLE:
            assert process.owner is not None
            self.processes[actor] = process._replace(owner=None)
            self._fail_state(process.owner.place, UNREACHABLE)
        else:
            result = self._perform(actor, self._call(process), fault)
            # The call may have ended the wait for this very invocation.
            process = self.processes[actor]
            if fault is Fault.CRASH_AFTER:
                self._fail(actor, process, CRASHED)
            else:
                self._run(actor, process._replace(results=(*process.results, result)))

    def _is_deadly(self, process: Process) -> bool:
        call = self._call(process)
        return isinstance(call, Sight) and call.sk.rpartition("#")[2] in self.scenario.deadly

    def _run(self, actor: str, process: Process) -> None:
        """Let an invocation run up to its next call, or to its end."""
        match self._setting.program.next(self._envelope(actor, process), process.results):
            case Calls():
                self.processes[actor] = process
            case Returns():
                self.processes.pop(actor, None)
                self._finish(process)
            case Raises(error, cause):
                self._fail(actor, process, error, cause)

    def _envelope(self, actor: str, process: Process) -> Text:
        # Others do the same, whatever their objects and their turns are called.
        is_told_apart = self.scenario.sizes.is_large or bool(self.scenario.deadly)
        if not is_told_apart and process.chunks is None:
            return process.event
        more: dict[str, Any] = {OWN_UUID: f"{actor} {process.tries}"}
        if process.chunks is not None:
            more["chunks"] = process.chunks
        return freeze({**view(process.event), **more})

    def _finish(self, process: Process) -> None:
        match process.owner:
            case Owner("state", place):
                assert self.execution is not None
                self._move_on(self._setting.machine.returned(self.execution, place))
            case Owner("record", place) if place > 0:
                self._next_record(place + 1)

    def _fail(self, actor: str, process: Process, error: str, cause: str = "") -> None:
        self.processes.pop(actor, None)
        match process.owner:
            case Owner("state", place):
                self._fail_state(place, error)
            case Owner("record" | "message" | "end"):
                if error in PERMANENT or process.tries == MOST_TRIES:
                    raise Violation("every import ends", f"{actor} is set aside: {error} {cause}")
                self._run(actor, Process(process.event, process.owner, tries=process.tries + 1))

    def _fail_state(self, place: int, error: str) -> None:
        assert self.execution is not None
        before = self.execution
        self._move_on(self._setting.machine.failed(before, place, error))
        if place != FINALIZE and error in PERMANENT and dict(self.execution.works())[place].failed:
            self.monitor.excuse("a batch failed for good")

    def _move_on(self, progress: Progress) -> None:
        """Take over what became of an execution."""
        before, self.execution = self.execution, progress.execution
        if self.execution.run == SUCCEEDED and before is not None and before.run != SUCCEEDED:
            for key, document in results(self.execution).items():
                self.objects[key] = (Version("v1", to_json(document)),)
        waited = {
            place: work.invocation for place, work in self.execution.works() if work.invocation
        }
        for actor, process in self.processes.items():
            owner = process.owner
            if owner is not None and owner.kind == STATE:
                number = int(actor.rpartition("#")[2])
                if waited.get(owner.place) != number:
                    self.processes[actor] = process._replace(owner=None)
        has_ended = self.execution.status in ERRORS
        if has_ended and before is not None and before.status == RUNNING:
            self._tell_end()
        for place, number, event in progress.started:
            state = "finalize" if place == FINALIZE else f"batch {place + 1}"
            self._run(
                f"{state} #{number}", Process(freeze({"event": view(event)}), Owner(STATE, place))
            )

    # Effects

    def _call(self, process: Process) -> Any:
        (actor,) = (name for name, known in self.processes.items() if known is process)
        step = self._setting.program.next(self._envelope(actor, process), process.results)
        assert isinstance(step, Calls)
        return step.call

    def _perform(self, actor: str, call: Any, fault: Fault | None) -> Text:
        if fault is Fault.THROTTLE:
            return THROTTLED
        result = self._do(actor, call)
        return self._do(actor, call) if fault is Fault.REPEAT else result

    def _do(self, actor: str, call: Any) -> Text:
        match call:
            case StoreCall():
                return self._write(actor, call)
            case Sight():
                code = call.sk.rpartition("#")[2]
                return HANDLER_FAILED if code in self.scenario.poison else done(None)
            case ServiceCall("s3"):
                return self._ask_bucket(call)
            case ServiceCall("sqs", "send_message"):
                return self._send(thaw(call.request))
            case ServiceCall("states"):
                try:
                    return done(getattr(self, f"_{call.operation}")(**thaw(call.request)))
                except Refused as refusal:
                    return refused(refusal.code)
        raise Violation("every import ends", f"{actor} asks for {call}")

    def _write(self, actor: str, call: StoreCall) -> Text:
        changed: list[tuple[Text | None, Text]] = []

        def observe(address: Address, before: Text | None, after: Text) -> None:
            if address == (IMPORTS, KEY.pk, KEY.sk) and after != before:
                changed.append((before, after))

        before = self.tables.copy()
        result = apply(call, self.tables, observe)
        if self.tables != before:
            self.monitor.written(actor, before, self.tables, self.execution)
        for old, new in changed:
            self._stream(old, new)
        return result

    def _ask_bucket(self, call: ServiceCall) -> Text:
        bucket = MemoryBucket(self.objects, is_versioned=self.scenario.is_versioned)
        try:
            return done(getattr(bucket, call.operation)(**thaw(call.request)))
        except Refused as refusal:
            return refused(refusal.code)

    def _send(self, request: dict[str, Any]) -> Text:
        if request["QueueUrl"] == "import":
            self.messages = (*self.messages, request["MessageBody"])
            self.monitor.sent(len(self.messages))
            self._deliver(len(self.messages))
        elif request["QueueUrl"] != "notification":
            raise Violation("every import ends", f"a message is set aside: {request}")
        return done({})

    # Step Functions, as the function asks for it

    def _start_execution(self, **request: str) -> dict[str, Any]:
        if self.execution is None:
            self._move_on(Progress(Execution(request["name"], request["input"])))
        elif self.execution.status != RUNNING:
            raise Refused("ExecutionAlreadyExists")
        return {}

    def _stop_execution(self, **_request: str) -> dict[str, Any]:
        execution = self._existing()
        if execution.status == RUNNING:
            self._end_execution(ABORTED)
        return {}

    def _describe_execution(self, **_request: str) -> dict[str, Any]:
        execution = self._existing()
        return {
            "executionArn": execution.name,
            "name": execution.name,
            "status": execution.status,
            "input": execution.given,
            "startDate": "",
        }

    def _list_map_runs(self, **_request: str) -> dict[str, Any]:
        runs = [{"mapRunArn": "run", "startDate": ""}] if self._existing().run else []
        return {"mapRuns": runs}

    def _describe_map_run(self, **_request: str) -> dict[str, Any]:
        execution = self._existing()
        failed = sum(batch.failed for batch in execution.batches)
        return {"status": execution.run, "itemCounts": {"failed": failed}}

    def _list_executions(self, **_request: str) -> dict[str, Any]:
        return {"executions": []}

    def _existing(self) -> Execution:
        if self.execution is None:
            raise Refused("ExecutionDoesNotExist")
        return self.execution

    # Step Functions by itself

    def _read_by_map(self) -> None:
        assert self.execution is not None
        given = view(self.execution.given)
        bucket = MemoryBucket(self.objects, is_versioned=self.scenario.is_versioned)
        try:
            found = bucket.get_object(Key=given["key"], VersionId=given["versionId"])
        except Refused:
            self.monitor.excuse("the map could not read the file")
            self._move_on(self._setting.machine.unreadable(self.execution))
            return
        header, *lines = found["Body"].splitlines()
        names = header.split(",")
        rows = [dict(zip(names, line.split(","), strict=True)) for line in lines]
        size = self.scenario.batch_rows
        self._move_on(self._setting.machine.begin(self.execution, rows, size))

    def _end_execution(self, status: str) -> None:
        assert self.execution is not None
        self.monitor.excuse("the execution was stopped")
        self._move_on(self._setting.machine.ended(self.execution, status))

    def _redrive(self) -> None:
        assert self.execution is not None
        ends = (actor for actor, process in self.processes.items() if process.results)
        self.monitor.redriven(frozenset(actor for actor in ends if actor.startswith(END)))
        self._move_on(self._setting.machine.redriven(self.execution))

    def _tell_end(self) -> None:
        """EventBridge reports an execution that did not succeed."""
        assert self.execution is not None
        source, detail_type = EXECUTION_STATUS
        detail = {
            "stateMachineArn": "import",
            "name": self.execution.name,
            "status": self.execution.status,
            "input": self.execution.given,
        }
        event = {"source": source, "detail-type": detail_type, "detail": detail}
        self.again += 1
        self._run(f"{END} {self.again}", Process(freeze({"event": event}), Owner(END)))

    # Other events

    def _deliver_again(self, actor: str) -> None:
        kind, _, number = actor.partition(" ")
        if actor == EXECUTION:
            self._tell_end()
        elif kind == MESSAGE:
            self._deliver(int(number), is_again=True)
        else:
            self.again += 1
            self._run(
                f"{actor} again {self.again}",
                Process(self.records[int(number) - 1], Owner(STREAM)),
            )

    def _deliver(self, number: int, *, is_again: bool = False) -> None:
        actor = f"{MESSAGE} {number}"
        if is_again:
            self.again += 1
            actor = f"{actor} again {self.again}"
        delivery = Delivery(f"{MESSAGE} {number}", 1, self.messages[number - 1])
        event = {"event": message_event(delivery, f"{PREFIX}{Queue.IMPORT_ACTION}")}
        self._run(actor, Process(freeze(event), Owner(MESSAGE)))

    def _stream(self, before: Text | None, after: Text) -> None:
        item = view(after)
        asks = CANCELLED_AT in item and not ImportStatus(item["status"]).is_final
        if before is not None and not asks and not self.scenario.is_told:
            return
        is_idle = not any(_is_record(process) for process in self.processes.values())
        self.records = (*self.records, _record(before, item))
        if is_idle:
            self._next_record(len(self.records))

    def _next_record(self, number: int) -> None:
        """Let the stream deliver a record; each waits for the one before."""
        if number <= len(self.records):
            process = Process(self.records[number - 1], Owner(STREAM, number))
            self._run(f"{STREAM} {number}", process)

    def _change_file(self, fault: Fault) -> None:
        bucket = MemoryBucket(self.objects, is_versioned=self.scenario.is_versioned)
        if fault is Fault.DELETE:
            bucket.delete_object(Key=FILE)
        else:
            assert self.scenario.other is not None
            bucket.put_object(Key=FILE, Body=text_of(self.scenario.other))
        self.monitor.changed(self.execution)

    def _apply(self, sk: str) -> None:
        """An execution of a command's own applies it, or fails."""
        ((address, text),) = (
            (address, text)
            for address, text in self.tables.items()
            if address[0] == COMMANDS and address[2] == sk
        )
        command = thaw(text)
        key = CommandKey.parse(command["pk"], sk)
        before = key.predecessor and self.tables.get((COMMANDS, key.pk, key.predecessor.sk))
        fails = key.base.rpartition("#")[2] in self.scenario.poison or (
            before is not None and view(before)["status"] == CommandStatus.FAILED
        )
        command["status"] = (CommandStatus.FAILED if fails else CommandStatus.FINISHED).value
        if fails:
            command |= {"error": "SyncHandlerFailed", "cause": "told to fail"}
        else:
            store: Any = MemoryStore(self.tables)
            DataWriter(store, DATA, lambda: None).write(command)  # type: ignore[arg-type, return-value]
        self.tables[address] = freeze(command)

    def _begin(self) -> None:
        scenario = self.scenario
        self.objects[FILE] = (
            Version("v1" if scenario.is_versioned else "null", text_of(scenario.rows)),
        )
        create = {"create": [scenario.mode, scenario.publish_mode]}
        self._run("create", Process(freeze(create), Owner(PERSON)))
        while "create" in self.processes:
            self._go_on("create", None)
        while scenario.is_begun and f"{STREAM} 1" in self.processes:
            self._go_on(f"{STREAM} 1", None)
        if scenario.is_begun and self.execution is not None:
            self._read_by_map()
        self.faults_left = scenario.faults
        if scenario.is_cancelled:
            self._run(CANCEL, Process(freeze({"cancel": True}), Owner(PERSON)))


def _is_record(process: Process) -> bool:
    return process.owner is not None and process.owner.kind == STREAM and process.owner.place > 0


def _may_be_repeated(call: Any) -> bool:
    if isinstance(call, StoreCall):
        return call.method in WRITES
    return isinstance(call, ServiceCall) and call.operation in REPEATED


def _record(before: Text | None, item: Any) -> Text:
    record = {
        "eventSource": "aws:dynamodb",
        "eventSourceARN": f"arn:aws:dynamodb:ap-northeast-1:123456789012:table/{IMPORTS}/stream/x",
        "eventName": "INSERT" if before is None else "MODIFY",
        "dynamodb": {
            "SequenceNumber": "1",
            "Keys": to_attribute_values(KEY.to_mapping()),
            "NewImage": to_attribute_values(item),
        },
    }
    return freeze({"event": {"Records": [record]}})
