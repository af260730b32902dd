"""The system under test with everything around it, at one moment.

Each step is a :class:`~tests.model.choice.Choice`: somebody makes the next request, or something
goes wrong. Notifications are sent at once: nothing hangs on them, and a record that is delivered
again stands for what might go wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from cqrs.aws.item_store import Address
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.cancellation import CANCELLED
from cqrs.execution_events import EXECUTION_STATUS
from cqrs.states import TaskState
from cqrs.storage.attempts import ATTEMPT, attempt_of
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import TaskStatus
from cqrs.testing.asl.state_machine import (
    Active,
    Ended,
    Execution,
    Path,
    Progress,
    StateMachine,
    described,
)
from cqrs.testing.text import Text, freeze, thaw, view
from tests.model.choice import Choice
from tests.model.faults import CRASHES, Fault
from tests.model.invocations import Calls, Raises, Returns
from tests.model.memory_bucket import GetObject, Objects, PutObject, apply_to_bucket
from tests.model.memory_queue import Delivery, MemoryQueue, SendMessage, message_event
from tests.model.memory_store import Tables
from tests.model.program import apply
from tests.model.tape import DescribeExecution, StartExecution, StoreCall, done, refused
from tests.model.tasks import invariants
from tests.model.tasks.monitor import Monitor
from tests.model.tasks.program import (
    MOST_RECEIVES,
    TASK_MACHINE_ARN,
    TASK_QUEUE,
    TASKS,
    TaskProgram,
    task_key,
)
from tests.model.tasks.scenarios import Job, Scenario
from tests.model.tasks.stream import TASK_FILTER, record_of, stream_event
from tests.model.tasks.tape import REFUSED, TRANSIENT, StopExecution, TaskCall, Work
from tests.model.violation import Violation

CRASHED = "Lambda.Unknown"
UNREACHABLE = "Lambda.SdkClientException"
TIMED_OUT, ABORTED, FAILED = "TIMED_OUT", "ABORTED", "FAILED"

REDRIVE_LETTERS = "dead letters are redriven"

REPEATED = StoreCall | PutObject | SendMessage | StartExecution | StopExecution
READING = frozenset({"get", "query", "count_index"})


class StateOwner(NamedTuple):
    """An invocation that a state of an execution waits for."""

    execution: str
    path: Path
    number: int


class MessageOwner(NamedTuple):
    """A receiver of a message."""

    message: str
    receive: int


class RecordOwner(NamedTuple):
    """An invocation with the first record of an item, repeated until it succeeds."""

    label: str


class EventOwner(NamedTuple):
    """An invocation with an event, repeated until it succeeds.

    ``saw_end`` says whether the execution that it reports was not running at any of its requests.
    """

    execution: str
    saw_end: bool = False


class AgainOwner(NamedTuple):
    """An invocation with a record that is delivered again, repeated until it succeeds."""


class CallerOwner(NamedTuple):
    """Somebody who calls a service, and does not come back if the process dies."""


Owner = StateOwner | MessageOwner | RecordOwner | EventOwner | AgainOwner | CallerOwner | None
"""Who waits for an invocation; nobody, once it was given up."""


class Process(NamedTuple):
    """An invocation that makes a call.

    ``repeats`` is the result of the call's first try, if its answer was lost.
    """

    event: Text
    results: tuple[Text, ...]
    owner: Owner
    repeats: Text = ""


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """The part that stays the same in all worlds of a search."""

    scenario: Scenario
    program: TaskProgram
    machine: StateMachine


class World:
    """Tables, bucket, queue, stream, executions and processes, and what may yet go wrong."""

    __slots__ = (
        "_setting",
        "executions",
        "faults_left",
        "monitor",
        "objects",
        "processes",
        "queue",
        "records",
        "redelivered",
        "repeatable",
        "stopped",
        "tables",
    )

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.tables: Tables = {}
        self.objects: Objects = {}
        self.queue = MemoryQueue(MOST_RECEIVES)
        self.executions: dict[str, Execution] = {}
        self.stopped: dict[str, Active] = {}
        self.processes: dict[str, Process] = {}
        self.records: dict[str, tuple[Text, ...]] = {}
        self.repeatable: dict[str, Process] = {}
        self.redelivered = 0
        self.faults_left = 0
        self.monitor = Monitor()
        self._begin()

    def copy(self) -> World:
        """Another world in the same state."""
        other: World = object.__new__(World)
        other._setting = self._setting
        other.tables = self.tables.copy()
        other.objects = self.objects.copy()
        other.queue = self.queue.copy()
        other.executions = self.executions.copy()
        other.stopped = self.stopped.copy()
        other.processes = self.processes.copy()
        other.records = self.records.copy()
        other.repeatable = self.repeatable.copy()
        other.redelivered = self.redelivered
        other.faults_left = self.faults_left
        other.monitor = self.monitor.copy()
        return other

    def key(self) -> int:
        """Hash of all that the future depends on."""
        return hash(
            (
                frozenset(self.tables.items()),
                frozenset(self.objects.items()),
                self.queue.key(),
                frozenset(self.executions.items()),
                frozenset(self.stopped.items()),
                frozenset(self.processes.items()),
                frozenset(self.records.items()),
                frozenset(self.repeatable.items()) if self.faults_left else None,
                self.redelivered,
                self.faults_left,
                self.monitor.key(),
            )
        )

    @property
    def scenario(self) -> Scenario:
        """The scenario that the run began with."""
        return self._setting.scenario

    def tasks(self) -> Iterator[tuple[TaskKey, Job]]:
        """The tasks that are made."""
        for number, job in enumerate(self.scenario.jobs, start=1):
            yield task_key(number, is_single=job.is_single), job

    def item(self, key: TaskKey) -> Any:
        """A task or sub-task as it is now; None if there is none."""
        text = self.tables.get((TASKS, key.pk, key.sk))
        return None if text is None else view(text)

    def check_end(self) -> None:
        """Check a world in which nothing happens any more."""
        invariants.check_end(self)

    # Choices

    def choices(self) -> list[Choice]:
        """Everything that can happen next; nothing at the end of a run."""
        return self.moves() + self.faults()

    def moves(self) -> list[Choice]:
        """The choices while nothing goes wrong; none at the end of a run."""
        if not self.processes and self.queue.letters:
            return [Choice(REDRIVE_LETTERS)]
        return [Choice(actor) for actor in self.processes]

    def faults(self) -> list[Choice]:
        """The faults that can come next."""
        if not self.faults_left:
            return []
        return [choice for choice in self._faults() if choice.fault in self.scenario.kinds]

    def _faults(self) -> Iterator[Choice]:
        for actor, process in self.processes.items():
            yield from (Choice(actor, fault) for fault in self._process_faults(process))
        for name, execution in self.executions.items():
            if isinstance(execution.at, Active):
                yield Choice(name, Fault.STOP)
            elif name in self.stopped:
                yield Choice(name, Fault.REDRIVE)
        for label in self.repeatable:
            yield Choice(label, Fault.DUPLICATE)

    def _process_faults(self, process: Process) -> Iterator[Fault]:
        call = self._call(process)
        yield from sorted(CRASHES)
        if isinstance(process.owner, StateOwner):
            yield Fault.STRAGGLE
        if isinstance(process.owner, MessageOwner) and self.queue.is_held_by(*process.owner):
            yield Fault.VISIBLE
        if isinstance(call, Work):
            yield Fault.RAISE
        if isinstance(call, DescribeExecution):
            yield Fault.STALE
        is_read = isinstance(call, StoreCall) and call.method in READING
        if isinstance(call, REPEATED) and not is_read and not process.repeats:
            yield Fault.REPEAT

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
            self.monitor.faults = True
        match choice.fault:
            case Fault.DUPLICATE:
                self.redelivered += 1
                self._run(f"{choice.actor} again {self.redelivered}", self.repeatable[choice.actor])
            case Fault.STOP:
                self._stop(choice.actor, TIMED_OUT)
            case Fault.REDRIVE:
                self._redrive(choice.actor)
            case Fault.VISIBLE:
                owner = self.processes[choice.actor].owner
                assert isinstance(owner, MessageOwner)
                self._receive(self.queue.deliver(owner.message))
            case None if choice.actor == REDRIVE_LETTERS:
                for delivery in self.queue.redrive():
                    self._receive(delivery)
            case fault:
                self._go_on(choice.actor, fault)

    def _go_on(self, actor: str, fault: Fault | None) -> None:
        process = self._looking(self.processes[actor], is_told=fault is Fault.STALE)
        if fault is Fault.CRASH_BEFORE:
            self._fail(actor, process, CRASHED)
        elif fault is Fault.STRAGGLE:
            assert isinstance(process.owner, StateOwner)
            self.processes[actor] = process._replace(owner=None)
            self._move_on(self._machine_failed(process.owner, UNREACHABLE))
        else:
            # Seen by the call's effects, as when it stops the execution that waits for this one.
            self.processes[actor] = process
            result = self._perform(actor, process, fault)
            process = self.processes[actor]
            if fault is Fault.CRASH_AFTER:
                self._fail(actor, process, CRASHED)
            elif fault is Fault.REPEAT:
                is_token = isinstance(self._call(process), StoreCall)
                self.processes[actor] = process._replace(repeats=result if is_token else "lost")
            else:
                results = (*process.results, result)
                self._run(actor, process._replace(results=results, repeats=""))

    def _looking(self, process: Process, *, is_told: bool) -> Process:
        """The same process, which knows whether it may believe that its execution has ended."""
        owner = process.owner
        if not isinstance(owner, EventOwner):
            return process
        has_ended = isinstance(self.executions[owner.execution].at, Ended)
        return process._replace(owner=owner._replace(saw_end=owner.saw_end or has_ended or is_told))

    def _run(self, actor: str, process: Process) -> None:
        """Let an invocation run up to its next call, or to its end."""
        match self._setting.program.next(process.event, process.results):
            case Calls(SendMessage(queue="notification")):
                self._run(actor, process._replace(results=(*process.results, done(None))))
            case Calls():
                self.processes[actor] = process
            case Returns():
                self.processes.pop(actor, None)
                self._finish(process)
            case Raises(error, cause):
                self._fail(actor, process, error, cause)

    def _finish(self, process: Process) -> None:
        match process.owner:
            case StateOwner(name, path):
                step = self._setting.program.next(process.event, process.results)
                assert isinstance(step, Returns)
                machine = self._setting.machine
                self._move_on(machine.returned(self.executions[name], path, step.answer))
            case MessageOwner(message):
                self.queue.delete(message)
            case RecordOwner(label):
                self.records[label] = self.records[label][1:]
                self._deliver_record(label)

    def _fail(self, actor: str, process: Process, error: str, cause: str = "") -> None:
        self.processes.pop(actor, None)
        again = process._replace(results=(), repeats="")
        match process.owner:
            case StateOwner():
                self._move_on(self._machine_failed(process.owner, error, cause))
            case MessageOwner(message, receive):
                if self.queue.is_held_by(message, receive):
                    self._receive(self.queue.deliver(message))
            case RecordOwner() | EventOwner() | AgainOwner() | CallerOwner() if error != CRASHED:
                raise Violation("everything ends", f"{actor} fails by itself: {error} {cause}")
            case RecordOwner() | AgainOwner():
                self._run(actor, again)
            case EventOwner(execution):
                self._run(actor, again._replace(owner=EventOwner(execution)))

    # Executions

    def _machine_failed(self, owner: StateOwner, error: str, cause: str = "") -> Progress:
        execution = self.executions[owner.execution]
        return self._setting.machine.failed(execution, owner.path, error, cause)

    def _move_on(self, progress: Progress) -> None:
        """Take over what became of an execution."""
        execution = progress.execution
        self.executions[execution.name] = execution
        for actor, process in self.processes.items():
            owner = process.owner
            if (
                isinstance(owner, StateOwner)
                and owner.execution == execution.name
                and owner.number in progress.given_up
            ):
                self.processes[actor] = process._replace(owner=None)
        if isinstance(execution.at, Ended) and execution.at.error:
            self._tell_end(execution, execution.at)
        for invoke in progress.started:
            if invoke.state == TaskState.ITERATOR:
                self.monitor.tries(execution.name, view(invoke.event)["input"]["sk"])
            place = "".join(f"[{index}]" for index in invoke.path)
            owner = StateOwner(execution.name, invoke.path, invoke.number)
            event = freeze({**view(invoke.event), "invocation": invoke.number})
            self._run(
                f"{execution.name} #{invoke.number} {invoke.state}{place}",
                Process(event, (), owner),
            )

    def _tell_end(self, execution: Execution, at: Ended) -> None:
        source, detail_type = EXECUTION_STATUS
        status = at.error if at.error in {TIMED_OUT, ABORTED} else FAILED
        detail = {
            "stateMachineArn": TASK_MACHINE_ARN,
            "name": execution.name,
            "status": status,
            "input": execution.input,
        }
        event = {"source": source, "detail-type": detail_type, "detail": detail}
        told = Process(freeze(event), (), EventOwner(execution.name))
        label = f"end of {execution.name}"
        self.repeatable[label] = told
        actor = f"{label} as {status}"
        while actor in self.processes:
            actor += " again"
        self._run(actor, told)

    def _stop(self, name: str, error: str) -> None:
        execution = self.executions[name]
        assert isinstance(execution.at, Active)
        self.stopped[name] = execution.at
        self._move_on(self._setting.machine.stopped(execution, error))

    def _redrive(self, name: str) -> None:
        before = self.stopped.pop(name)
        self._move_on(self._setting.machine.redriven(self.executions[name], before))

    # Effects

    def _call(self, process: Process) -> TaskCall:
        step = self._setting.program.next(process.event, process.results)
        assert isinstance(step, Calls)
        call: TaskCall = step.call
        return call

    def _perform(self, actor: str, process: Process, fault: Fault | None) -> Text:
        match call := self._call(process):
            case StoreCall("write_together") if process.repeats.startswith('["done"'):
                # The same token: what was done is not done again.
                return process.repeats
            case StoreCall():
                return self._store(actor, process, call)
            case PutObject() | GetObject():
                return apply_to_bucket(
                    call, self.objects, lambda *put: invariants.check_object(self, *put)
                )
            case SendMessage(queue, body):
                self._send(queue, body)
                return done(None)
            case Work(sk):
                return done(self._work(sk, raises=fault is Fault.RAISE))
            case _:
                return self._ask_step_functions(call, is_stale=fault is Fault.STALE)

    def _ask_step_functions(self, call: TaskCall, *, is_stale: bool) -> Text:
        match call:
            case StartExecution():
                return self._start(call)
            case DescribeExecution(arn):
                return self._describe(_name_in(arn), is_stale=is_stale)
            case StopExecution(arn, error):
                return self._stop_by_request(_name_in(arn), error)
        raise TypeError(call)

    def _store(self, actor: str, process: Process, call: StoreCall) -> Text:
        writes: list[invariants.Write] = []
        result = apply(call, self.tables, lambda *write: writes.append(invariants.Write(*write)))
        invariants.check_writes(self, actor, process, writes)
        for address, before, after in writes:
            self._record(address, before, after)
            self._let_retry(address, before, after)
        return result

    def _let_retry(self, address: Address, before: Text | None, after: Text) -> None:
        """Let those set out who run a task again once it has failed."""
        key = TaskKey(*address[1:])
        was_failed = before is not None and view(before)["status"] == TaskStatus.FAILED
        if key.is_sub_task or was_failed or view(after)["status"] != TaskStatus.FAILED:
            return
        retry = Process(freeze({"retry": key.to_mapping()}), (), CallerOwner())
        while self.monitor.retried.get(key.sk, 0) < self._job(key).retriers:
            number = self.monitor.sets_out(key.sk)
            self._run(f"retrier {number} of task {int(key.ulid)}", retry)

    def _job(self, key: TaskKey) -> Job:
        (job,) = (job for task, job in self.tasks() if task == key.parent)
        return job

    def _send(self, queue: str, body: Text) -> None:
        if queue.endswith("-dlq"):
            self.queue.bury(body)
        else:
            self._receive(self.queue.send(body))

    def _receive(self, delivery: Delivery | None) -> None:
        if delivery is None:
            return
        owner = MessageOwner(delivery.message, delivery.receive)
        event = freeze(message_event(delivery, TASK_QUEUE))
        actor = f"{delivery.message}, receive {delivery.receive}"
        self._run(actor, Process(event, (), owner))

    def _start(self, call: StartExecution) -> Text:
        name = call.name
        known = self.executions.get(name)
        if known is None:
            self._move_on(self._setting.machine.started(name, freeze(thaw(call.input))))
            return done(None)
        # A repeat is answered idempotently while the first runs.
        return refused("ExecutionAlreadyExists") if isinstance(known.at, Ended) else done(None)

    def _describe(self, name: str, *, is_stale: bool) -> Text:
        execution = self.executions.get(name)
        is_running = execution is not None and isinstance(execution.at, Active)
        if execution is None or (is_stale and is_running):
            return refused("ExecutionDoesNotExist")
        status = "RUNNING" if is_running or is_stale else FAILED
        return done(described(name, execution, status))

    def _stop_by_request(self, name: str, error: str) -> Text:
        execution = self.executions.get(name)
        if execution is None:
            return refused("ExecutionDoesNotExist")
        if isinstance(execution.at, Active):
            assert error == CANCELLED
            self._stop(name, ABORTED)
        return done(None)

    def _work(self, sk: str, *, raises: bool) -> Any:
        run = self.monitor.runs_again(sk)
        ((task, job),) = ((key, job) for key, job in self.tasks() if sk.startswith(key.sk))
        number = 0 if job.is_single else int(sk.rpartition("#")[2])
        if raises or run <= job.failing:
            return TRANSIENT
        is_mended = job.is_mended and attempt_of(self.item(task)) > 0
        if number in job.refused and not is_mended:
            self.monitor.refuses(sk)
            return REFUSED
        return job.result(run)

    # Stream

    def _record(self, address: Address, before: Text | None, after: Text) -> None:
        """Let the stream deliver a change, if its filter lets it pass."""
        if before == after:
            return
        record = record_of(to_attribute_values(view(after)), is_new=before is None)
        if not TASK_FILTER.passes(record):
            return
        label = f"task {int(address[2].rpartition('#')[2])}"
        self.records[label] = (*self.records.get(label, ()), freeze(stream_event(record)))
        if len(self.records[label]) == 1:
            self._deliver_record(label)

    def _deliver_record(self, label: str) -> None:
        waiting = self.records[label]
        if not waiting:
            return
        actor, process = f"stream of {label}", Process(waiting[0], (), RecordOwner(label))
        record = view(waiting[0])["Records"][0]
        is_new = record["eventName"] == "INSERT"
        image = record["dynamodb"]["NewImage"]
        attempt = f", attempt {image[ATTEMPT]['N']}" if ATTEMPT in image else ""
        self._run(actor, process)
        if actor in self.processes and self.processes[actor] == process:
            # Others only notify, which does not matter to anything that is watched here.
            again = process._replace(owner=AgainOwner())
            self.repeatable[f"{'new' if is_new else 'changed'} {label}{attempt}"] = again

    # Beginning

    def _begin(self) -> None:
        for number, (key, job) in enumerate(self.tasks(), start=1):
            self._run("creator", Process(freeze({"create": job.create(number)}), (), CallerOwner()))
            while "creator" in self.processes:
                self._go_on("creator", None)
            if job.is_cancelled:
                cancel = freeze({"cancel": key.to_mapping()})
                self._run(f"canceller of task {number}", Process(cancel, (), CallerOwner()))
        while first := [name for name in self.processes if name.startswith(self.scenario.before)]:
            self._go_on(first[0], None)
        self.faults_left = self.scenario.faults


def _name_in(arn: str) -> str:
    """Name of the execution that an ARN is of."""
    return arn.rpartition(":")[2]
