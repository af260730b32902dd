"""The system under test with everything around it, at one moment.

A world is a value in all but name. :meth:`World.copy` gives another that goes its own way, and
:meth:`World.key` tells whether two can still become different. A :class:`Choice` changes a world.
It has a text form: a list of choices is a schedule that can be followed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cqrs.aws.item_store import Address
from cqrs.aws.step_functions import execution_arn
from cqrs.commands.executions import command_execution_name
from cqrs.commands.models import Command, CommandStatus, SyncMode
from cqrs.commands.starter import waits_behind
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.keys import CommandKey
from cqrs.execution_events import EXECUTION_STATUS
from cqrs.states import CommandState, Lane
from cqrs.testing.asl.language import TIMEOUT
from cqrs.testing.asl.state_machine import (
    TWICE,
    Active,
    Ended,
    Execution,
    Path,
    Progress,
    StateMachine,
    described,
    waits,
)
from cqrs.testing.text import Text, freeze, thaw, view
from tests.model.answers import Asked, check_answer
from tests.model.choice import Choice
from tests.model.faults import CRASHES, UNRELIABLE_SIGNALS, Fault
from tests.model.invariants import check_end
from tests.model.invocations import Calls, Raises, Returns
from tests.model.monitor import Monitor
from tests.model.program import EXPRESS_ARN, STATE_MACHINE_ARN, Program, apply
from tests.model.scenarios import SYNCHRONOUS, Publish, Publisher, Retry, Scenario
from tests.model.tape import (
    HANDLER_FAILED,
    DescribeExecution,
    SendTask,
    Sight,
    StartExecution,
    StoreCall,
    done,
    refused,
)
from tests.model.transactions import BUSY, IN_PROGRESS, MISMATCH, NO_REASON, REFUSED, Transaction
from tests.model.violation import Violation

COMMANDS = "commands"

CRASHED = "Lambda.Unknown"
STOPPED = "execution stopped"
OVERDUE = "execution timed out"
ENDS = {STOPPED: "ABORTED", OVERDUE: "TIMED_OUT"}
"""Statuses of executions that none of their states has ended; all others are FAILED."""

MOST_EXECUTIONS = 2
"""Executions of an item that may be under way: one runs, and one waits, or finds that it is early.
"""

EXPRESS_MARK, NEW = "x", "+"
"""Marks in the names of Express executions: each start of an attempt has a name of its own."""

UNREACHABLE = "Lambda.SdkClientException"

TIME_PASSES = "time passes"
DOCTOR = "doctor"
CHANGE_OF_LANE = "change of lane"

OrderingCall = StoreCall | Transaction | StartExecution | DescribeExecution | SendTask | Sight


class StateOwner(NamedTuple):
    """An invocation that a state of an execution waits for."""

    execution: str
    path: Path


class EventOwner(NamedTuple):
    """An invocation with an event, repeated until it succeeds."""


class PublisherOwner(NamedTuple):
    """A publish call, repeated by its caller if it gets no answer.

    ``since`` is the newest version of its item when it began.
    """

    number: int
    since: int


class DoctorOwner(NamedTuple):
    """Somebody who starts again what nobody works on any more, and comes again if that dies."""


Owner = StateOwner | EventOwner | PublisherOwner | DoctorOwner | None
"""Who waits for an invocation; nobody, once it was given up."""


class Process(NamedTuple):
    """An invocation that makes a call.

    ``restarts`` is how many ended commands were started again before it began, or by itself.
    """

    event: Text
    results: tuple[Text, ...]
    owner: Owner
    lane: Lane
    restarts: int = 0


class PublisherState(NamedTuple):
    """How far a publisher has come: calls made, attempts of the present one, and the answers."""

    position: int = 0
    attempt: int = 0
    answers: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """The part that stays the same in all worlds of a search."""

    scenario: Scenario
    programs: Mapping[Lane, Program]
    machines: Mapping[Lane, StateMachine]

    def machine_of(self, execution: str) -> StateMachine:
        """The machine that an execution is one of."""
        return self.machines[_lane_of(execution)]


class World:
    """Tables, executions, processes, and what may yet go wrong.

    Attributes
    ----------
    transactions
        Those that were done, by their tokens: they are not done again.
    lane
        The lane of the invocations that begin.
    """

    __slots__ = (
        "_setting",
        "duplicates",
        "executions",
        "faults_left",
        "lane",
        "mended",
        "monitor",
        "processes",
        "publishers",
        "quiet_at",
        "tables",
        "transactions",
        "unreliable",
    )

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.tables: dict[Address, Text] = {}
        self.transactions: dict[str, Text] = {}
        self.executions: dict[str, Execution] = {}
        self.processes: dict[str, Process] = {}
        self.publishers: tuple[PublisherState, ...] = ()
        self.faults_left = 0
        self.duplicates = 0
        self.unreliable = False
        self.mended = False
        self.quiet_at = -1
        self.lane = setting.scenario.lanes[0]
        self.monitor = Monitor()
        self._begin()

    def copy(self) -> World:
        """Another world in the same state."""
        other: World = object.__new__(World)
        other._setting = self._setting
        other.tables = self.tables.copy()
        other.transactions = self.transactions.copy()
        other.executions = self.executions.copy()
        other.processes = self.processes.copy()
        other.publishers = self.publishers
        other.faults_left = self.faults_left
        other.duplicates = self.duplicates
        other.unreliable = self.unreliable
        other.mended = self.mended
        other.quiet_at = self.quiet_at
        other.lane = self.lane
        other.monitor = self.monitor.copy()
        return other

    def key(self) -> int:
        """Hash of all that the future depends on."""
        return hash(
            (
                frozenset(self.tables.items()),
                frozenset(self.transactions),
                frozenset(self.executions.items()),
                frozenset(self.processes.items()),
                self.publishers,
                self.faults_left,
                self.unreliable,
                self.mended,
                self.quiet_at,
                self.lane,
                self.monitor.key(),
            )
        )

    @property
    def scenario(self) -> Scenario:
        """The scenario that the run began with."""
        return self._setting.scenario

    def check_end(self) -> None:
        """Check the rules in the end.

        Raises
        ------
        Violation
            If one of them does not hold.
        """
        check_end(self)

    # Choices

    def choices(self) -> list[Choice]:
        """Everything that can happen next; nothing at the end of a run.

        Raises
        ------
        Violation
            If somebody waits for what will not come.
        """
        return self.moves() + self.faults()

    def moves(self) -> list[Choice]:
        """The choices while nothing goes wrong; none at the end of a run.

        Raises
        ------
        Violation
            If somebody waits for what will not come.
        """
        found = [Choice(actor) for actor in self.processes]
        if not found and self._left_behind() is not None:
            return [Choice(DOCTOR)]
        if not found and any(True for _ in self._waiting()):
            self._refuse_waiting_for_ever()
            found.append(Choice(TIME_PASSES))
        if self.lane is not self.scenario.lanes[-1]:
            found.append(Choice(CHANGE_OF_LANE))
        return found

    def faults(self) -> list[Choice]:
        """The faults that can come next."""
        if not self.faults_left:
            return []
        return [choice for choice in self._faults() if choice.fault in self.scenario.kinds]

    def _faults(self) -> Iterator[Choice]:
        for actor, process in self.processes.items():
            yield from (Choice(actor, fault) for fault in self._process_faults(process))
        for execution in self.executions.values():
            if isinstance(execution.at, Active):
                yield Choice(execution.name, Fault.OVERDUE)
            if _lane_of(execution.name) is Lane.EXPRESS:
                yield Choice(execution.name, Fault.DOUBLE)
            elif isinstance(execution.at, Active):
                yield Choice(execution.name, Fault.STOP)
        for execution, _, active in self._waiting():
            if active.state == CommandState.WAIT_PREV_COMMAND and self.processes:
                yield Choice(execution.name, Fault.TIMEOUT)
        for (table, _, sk), text in self.tables.items():
            if table == COMMANDS:
                yield from self._record_faults(sk, view(text))

    def _process_faults(self, process: Process) -> Iterator[Fault]:
        call = self._call(process)
        if self._may_crash(process):
            yield from sorted(CRASHES)
            if isinstance(process.owner, StateOwner):
                yield Fault.STRAGGLE
        if isinstance(call, Sight):
            yield Fault.RAISE
        if _has_effect(call):
            yield Fault.REPEAT
        if isinstance(call, Transaction):
            yield Fault.BUSY
        if isinstance(call, SendTask):
            yield Fault.LOSE

    def _record_faults(self, sk: str, command: Any) -> Iterator[Choice]:
        if command.get("syncMode") == SyncMode.ASYNC:
            yield Choice(_label(sk), Fault.DUPLICATE)
        finished = command.get("status") == CommandStatus.FINISHED
        if finished and "ttl" in command and not self._is_publishing():
            yield Choice(_label(sk), Fault.EXPIRE)

    def _is_publishing(self) -> bool:
        """Whether a publish call is under way: it lasts seconds, and commands are kept for days."""
        return any(
            isinstance(process.owner, PublisherOwner) and process.results
            for process in self.processes.values()
        )

    def _may_crash(self, process: Process) -> bool:
        match process.owner:
            case PublisherOwner(number):
                synchronous = self._publish(number).method in SYNCHRONOUS
                return self.scenario.synchronous_crashes or not synchronous
        return True

    def _left_behind(self) -> Any:
        """A command that its publisher has left under way, if somebody looks for such."""
        if not self.scenario.is_repaired:
            return None
        commands = (view(text) for at, text in sorted(self.tables.items()) if at[0] == COMMANDS)
        return next((command for command in commands if self._is_left_behind(command)), None)

    def _is_left_behind(self, command: Any) -> bool:
        is_under_way = command["status"] == CommandStatus.PUBLISHED
        return (
            is_under_way
            and not self._is_known_to_be_started(_execution_label(command))
            and not self._waits_behind(command)
        )

    def _is_known_to_be_started(self, label: str) -> bool:
        """Whether an attempt has an execution, as far as the healer can tell."""
        if self.lane is Lane.STANDARD:
            return label in self.executions
        # One that is over after five minutes and has not ended its command is dead.
        return any(
            isinstance(execution.at, Active)
            for execution in self.executions.values()
            if _attempt_of(execution.name) == label
        )

    def _waits_behind(self, item: Any) -> bool:
        """Whether a command is left to its predecessor, as the doctor decides it."""
        command = Command.from_item(item, {})
        if command.key.predecessor is None:
            return False
        predecessor = self.tables.get((COMMANDS, *command.key.predecessor.address))
        return waits_behind(command, None if predecessor is None else view(predecessor))

    def _refuse_waiting_for_ever(self) -> None:
        waiting = ", ".join(execution.name for execution, _, _ in self._waiting())
        if not self.unreliable:
            raise Violation("3 nobody waits for ever", f"no signal was lost, and {waiting} waits")
        if self.quiet_at == self._ended():
            raise Violation("3 nobody waits for ever", f"{waiting} waits again and again")

    def _waiting(self) -> Iterator[tuple[Execution, Path, Active]]:
        for execution in self.executions.values():
            for path, active in waits(execution):
                yield execution, path, active

    def _ended(self) -> int:
        return sum(isinstance(execution.at, Ended) for execution in self.executions.values())

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
            if choice.fault in UNRELIABLE_SIGNALS:
                self.unreliable = True
        match choice.fault:
            case Fault.TIMEOUT | Fault.DUPLICATE | Fault.EXPIRE:
                self._happen(choice.actor, choice.fault)
            case Fault.DOUBLE | Fault.STOP | Fault.OVERDUE:
                self._befall(choice.actor, choice.fault)
            case None if choice.actor == TIME_PASSES:
                self._let_time_pass()
            case None if choice.actor == CHANGE_OF_LANE:
                self.lane = self.scenario.lanes[-1]
            case None if choice.actor == DOCTOR and DOCTOR not in self.processes:
                self._begin_repair()
            case fault:
                self._go_on(choice.actor, fault)

    def _happen(self, actor: str, fault: Fault) -> None:
        """Let a fault befall a wait, or a command."""
        match fault:
            case Fault.TIMEOUT:
                self._time_out(actor)
            case Fault.DUPLICATE:
                self._deliver_again(actor)
            case Fault.EXPIRE:
                self._expire(actor)

    def _befall(self, execution: str, fault: Fault) -> None:
        """Let a fault befall an execution."""
        match fault:
            case Fault.DOUBLE:
                self._run_twice(execution)
            case Fault.STOP:
                self.monitor.stopped = True
                self._end_execution(execution, STOPPED)
            case Fault.OVERDUE:
                self._end_execution(execution, OVERDUE)

    def _go_on(self, actor: str, fault: Fault | None) -> None:
        process = self.processes[actor]
        if isinstance(process.owner, PublisherOwner):
            self.mended = self.mended or isinstance(self._publish(process.owner.number), Retry)
        if fault is Fault.CRASH_BEFORE:
            self._fail(actor, process, CRASHED)
        elif fault is Fault.STRAGGLE:
            assert isinstance(process.owner, StateOwner)
            self._move_on(self._machine_failed(process.owner, UNREACHABLE))
        else:
            result = self._perform(actor, self._call(process), fault)
            # The call may have ended the wait for this very invocation.
            process = self.processes[actor]
            if fault is Fault.CRASH_AFTER:
                self._fail(actor, process, CRASHED)
            elif fault is not Fault.REPEAT:
                self._run(actor, process._replace(results=(*process.results, result)))

    def _begin_process(self, actor: str, event: Text, owner: Owner) -> None:
        self._run(actor, Process(event, (), owner, self.lane, self.monitor.restarts))

    def _run(self, actor: str, process: Process) -> None:
        """Let an invocation run up to its next call, or to its end."""
        match self._program_of(process).next(process.event, process.results):
            case Calls():
                self.processes[actor] = process
            case Returns(answer):
                self.processes.pop(actor, None)
                self._finish(process, answer)
            case Raises(error, cause):
                self._fail(actor, process, error, cause)

    def _finish(self, process: Process, answer: Text) -> None:
        match process.owner:
            case StateOwner(name, path):
                machine = self._setting.machine_of(name)
                self._move_on(machine.returned(self.executions[name], path, answer))
            case PublisherOwner():
                self._next_publish(process.owner, answer)

    def _fail(self, actor: str, process: Process, error: str, cause: str = "") -> None:
        self.processes.pop(actor, None)
        match process.owner:
            case StateOwner():
                self._move_on(self._machine_failed(process.owner, error, cause))
            case DoctorOwner() if error != CRASHED:
                raise Violation("6 nothing is lost", f"a retry fails with {error}: {cause}")
            case EventOwner() | DoctorOwner():
                self._begin_process(actor, process.event, process.owner)
            case PublisherOwner(number) if error == CRASHED:
                # A synchronous one also signals to its successor, and nobody does so in its place.
                self.unreliable = self.unreliable or self._publish(number).method in SYNCHRONOUS
                publisher = self.publishers[number]
                self._set_publisher(number, publisher._replace(attempt=publisher.attempt + 1))
                self._start_publish(number)
            case PublisherOwner():
                self._next_publish(process.owner, freeze({"error": error}))

    def _machine_failed(self, owner: StateOwner, error: str, cause: str = "") -> Progress:
        execution = self.executions[owner.execution]
        machine = self._setting.machine_of(owner.execution)
        return machine.failed(execution, owner.path, error, cause)

    def _move_on(self, progress: Progress) -> None:
        """Take over what became of an execution."""
        execution = progress.execution
        self.executions[execution.name] = execution
        is_told = _lane_of(execution.name) is Lane.STANDARD
        if is_told and isinstance(execution.at, Ended) and execution.at.error:
            self._begin_process(
                f"end of {execution.name}", _end(execution, execution.at), EventOwner()
            )
        prefix = execution.name
        for number in progress.given_up:
            for actor, process in self.processes.items():
                if actor.startswith(f"{prefix}#{number} "):
                    self.processes[actor] = process._replace(owner=None)
                    break
        for invoke in progress.started:
            place = "".join(f"[{index}]" for index in invoke.path)
            actor = f"{prefix}#{invoke.number} {invoke.state}{place}"
            owner = StateOwner(execution.name, invoke.path)
            if not is_told and invoke.state == CommandState.WAIT_PREV_COMMAND:
                self.monitor.early += 1
            self._begin_process(actor, invoke.event, owner)

    # Effects

    def _call(self, process: Process) -> OrderingCall:
        step = self._program_of(process).next(process.event, process.results)
        assert isinstance(step, Calls)
        call: OrderingCall = step.call
        return call

    def _program_of(self, process: Process) -> Program:
        return self._setting.programs[process.lane]

    def _perform(self, actor: str, call: OrderingCall, fault: Fault | None) -> Text:
        self.monitor.requested(actor)
        match call:
            case StoreCall():
                return self._store(actor, call)
            case Transaction():
                return self._transact(actor, call, is_busy=fault is Fault.BUSY)
            case Sight():
                return self._see(call, fault)
            case StartExecution():
                return self._start_execution(actor, call)
            case DescribeExecution():
                return self._describe_execution(call)
            case SendTask():
                return self._answer(call, lost=fault is Fault.LOSE)

    def _store(self, actor: str, call: StoreCall) -> Text:
        inserted: list[Address] = []

        def observe(address: Address, before: Text | None, after: Text) -> None:
            self.monitor.written(self.tables, address, before, after)
            if address[0] == COMMANDS and before is not None:
                self._refuse_to_fail_anothers_attempt(actor, view(before), view(after))
                if _is_restart(view(before), view(after)):
                    self._note_restart(actor, view(after))
            if before is None:
                inserted.append(address)

        result = apply(call, self.tables, observe)
        for address in inserted:
            self._deliver(address)
        return result

    def _transact(self, actor: str, call: Transaction, *, is_busy: bool) -> Text:
        known = self.transactions.get(call.token)
        if known is not None and known != call.text:
            return refused(MISMATCH)
        if is_busy:
            busy = [BUSY] + [NO_REASON] * (len(call.actions) - 1)
            return done(busy) if known is None else refused(IN_PROGRESS)
        if known is not None:
            return done([])
        kind, value = view(self._store(actor, StoreCall("write_together", (call.actions,))))
        if kind == "condition":
            places = range(len(call.actions))
            return done([REFUSED if place in value else NO_REASON for place in places])
        self.transactions[call.token] = call.text
        return done([])

    def _refuse_to_fail_anothers_attempt(self, actor: str, before: Any, after: Any) -> None:
        if before["status"] == after["status"] or after["status"] != CommandStatus.FAILED:
            return
        label = _execution_label(after)
        execution = self.executions.get(label)
        is_own = _attempt_of(actor.partition("#")[0]) == label
        if execution is not None and isinstance(execution.at, Active) and not is_own:
            details = f"{actor} fails the command of {execution.name}, which runs"
            raise Violation("4 failures stop successors", details)

    def _note_restart(self, actor: str, command: Any) -> None:
        """Excuse those who went by the end of a command that is under way again.

        Its successor may just be started for that end. Those behind may have been, when each failed
        for the one before.
        """
        self.monitor.restarts += 1
        process = self.processes[actor]
        self.processes[actor] = process._replace(restarts=process.restarts + 1)
        key = CommandKey.parse(command["pk"], command["sk"])
        successor = self.tables.get((COMMANDS, *key.item.at(key.version + 1).address))
        if successor is not None:
            self.monitor.excused |= {_execution_label(view(successor))}
        self.monitor.excused |= {
            execution.name
            for execution in self.executions.values()
            if self._is_current(execution, key.base)
            and CommandKey.parse(key.pk, view(execution.input)["sk"]).version > key.version
        }

    def _see(self, sight: Sight, fault: Fault | None) -> Text:
        self.monitor.seen(self.tables, sight)
        mended = self.mended and self.scenario.is_mended
        poisoned = not mended and (sight.sk, sight.version) in self.scenario.poison
        return HANDLER_FAILED if poisoned or fault is Fault.RAISE else done(None)

    def _start_execution(self, actor: str, call: StartExecution) -> Text:
        name = _execution_label(thaw(call.input))
        if call.machine == EXPRESS_ARN:
            name = self._unused(f"{name}{EXPRESS_MARK}", NEW)
        known = self.executions.get(name)
        if known is None:
            self._begin_execution(name, freeze(thaw(call.input)))
            given = view(self.executions[name].input)
            if self.processes[actor].restarts < self.monitor.restarts or self._is_to_fail(given):
                # The end that it went by has been undone while it was at work, or those before it
                # are being started again.
                self.monitor.excused |= {name}
            self._refuse_a_crowd(given)
            return done(None)
        # A repeat is answered idempotently while the first runs.
        return refused("ExecutionAlreadyExists") if isinstance(known.at, Ended) else done(None)

    def _begin_execution(self, name: str, given: Text) -> None:
        self._move_on(self._setting.machine_of(name).started(name, given))

    def _unused(self, label: str, mark: str) -> str:
        """A label that no execution has."""
        number = 1
        found = label
        while found in self.executions:
            number += 1
            found = f"{label}{mark}{number}"
        return found

    def _run_twice(self, name: str) -> None:
        given = self.executions[name].input
        self._begin_execution(self._unused(name, TWICE), given)

    def _is_to_fail(self, started: Any) -> bool:
        """Whether the command before one has failed, so that it does as well, at once."""
        before = CommandKey.parse(started["pk"], started["sk"]).predecessor
        found = None if before is None else self.tables.get((COMMANDS, *before.address))
        return found is not None and view(found)["status"] == CommandStatus.FAILED

    def _refuse_a_crowd(self, started: Any) -> None:
        """See that of an item no more executions are under way than may be."""
        base = started["sk"].rpartition("@")[0]
        under_way = [
            execution.name
            for execution in self.executions.values()
            if execution.name not in self.monitor.excused and self._is_current(execution, base)
        ]
        if len(under_way) > self._most_executions():
            crowd = ", ".join(under_way)
            raise Violation("9 two executions at most", f"{crowd} are under way")
        self._refuse_breeding()

    def _refuse_breeding(self) -> None:
        """See that an attempt that starts twice does not make all those behind it start twice.

        A fault is good for two Express executions: one that runs twice may tell its end twice, as
        each Standard one does. A command that is started again finds the start of an earlier
        attempt behind it, and makes it. One that is early is started again at its turn. A retry,
        whosever, may start each command again.
        """
        express = [name for name in self.executions if _lane_of(name) is Lane.EXPRESS]
        attempts, monitor = {_attempt_of(name) for name in express}, self.monitor
        more = 2 * monitor.faults + monitor.restarts + len(self.executions) - len(express)
        more += (monitor.healed + self._retries) * len(monitor.published)
        more += min(monitor.early, len(attempts) + monitor.faults)
        if len(express) > len(attempts) + more:
            raise Violation("9 executions do not breed", ", ".join(express))

    def _most_executions(self) -> int:
        """How many executions of an item may be under way.

        One that runs twice or is started twice is one more. So is one that was early, and one that
        the healer or a person has started for dead.
        """
        if self.scenario.lanes == (Lane.STANDARD,):
            return MOST_EXECUTIONS
        monitor = self.monitor
        more = monitor.faults + monitor.healed + monitor.early + self._retries
        return MOST_EXECUTIONS + more

    @property
    def _retries(self) -> int:
        calls = (call for publisher in self.scenario.publishers for call in publisher)
        return sum(isinstance(call, Retry) for call in calls)

    def _is_current(self, execution: Execution, base: str) -> bool:
        """Whether an execution of an item runs, and its command has not ended or begun again."""
        given = view(execution.input)
        if given["sk"].rpartition("@")[0] != base or isinstance(execution.at, Ended):
            return False
        command = self.tables.get((COMMANDS, given["pk"], given["sk"]))
        if command is None:
            return False
        is_under_way = view(command)["status"] == CommandStatus.PUBLISHED
        return is_under_way and _execution_label(view(command)) == _attempt_of(execution.name)

    def _describe_execution(self, call: DescribeExecution) -> Text:
        if call.arn.startswith(execution_arn(EXPRESS_ARN, "")):
            raise Violation("6 nothing is lost", "Step Functions describes no Express execution")
        for execution in self.executions.values():
            is_asked_for = call.arn.endswith(f":{_name_of(execution)}")
            if is_asked_for and _lane_of(execution.name) is Lane.STANDARD:
                status = "RUNNING" if isinstance(execution.at, Active) else "ENDED"
                return done(described(call.arn, execution, status))
        return refused("ExecutionDoesNotExist")

    def _answer(self, call: SendTask, *, lost: bool) -> Text:
        execution = self.executions[call.token.rpartition("/")[0]]
        found = [path for path, active in waits(execution) if active.token == call.token]
        if not found:
            return refused("TaskTimedOut")
        if not lost:
            machine, (path,) = self._setting.machine_of(execution.name), found
            self._move_on(
                machine.failed(execution, path, call.error, call.cause)
                if call.error
                else machine.answered(execution, path, call.output)
            )
        return done(None)

    # Events

    def _deliver(self, address: Address) -> None:
        """Let the stream deliver a new command, if its filter lets it pass."""
        table, _, sk = address
        item = view(self.tables[address])
        if table == COMMANDS and item.get("syncMode") == SyncMode.ASYNC:
            event = _delivery(self.tables[address])
            self._begin_process(f"stream {_label(sk)}", event, EventOwner())

    def _deliver_again(self, label: str) -> None:
        self.duplicates += 1
        # A record holds its item as it was when it was put.
        (text,) = (
            text
            for (table, _, sk), text in self.monitor.published.items()
            if table == COMMANDS and _label(sk) == label
        )
        self._begin_process(
            f"stream {label} again {self.duplicates}", _delivery(text), EventOwner()
        )

    def _expire(self, label: str) -> None:
        (address,) = (
            address
            for address in self.tables
            if address[0] == COMMANDS and _label(address[2]) == label
        )
        self.monitor.expired(address)
        del self.tables[address]

    def _end_execution(self, name: str, error: str) -> None:
        self._move_on(self._setting.machine_of(name).stopped(self.executions[name], error))

    def _time_out(self, name: str) -> None:
        execution = self.executions[name]
        (path,) = (path for path, _ in waits(execution))
        self._move_on(self._setting.machine_of(name).failed(execution, path, TIMEOUT))

    def _let_time_pass(self) -> None:
        self.quiet_at = self._ended()
        self.monitor.quiet_rounds += 1
        for execution, _, _ in list(self._waiting()):
            self._time_out(execution.name)

    # Publishers

    def _begin(self) -> None:
        scenario = self.scenario
        self.publishers = (PublisherState(),) * (1 + len(scenario.publishers))
        self._start_publish(0)
        while "publisher 0" in self.processes:
            self._go_on("publisher 0", None)
        while at_work := self._at_work_on(scenario.ended):
            self._go_on(at_work[0], None)
        self.faults_left = scenario.faults
        for number in range(1, len(self.publishers)):
            self._start_publish(number)

    def _at_work_on(self, commands: tuple[str, ...]) -> list[str]:
        return [actor for actor in self.processes if any(label in actor for label in commands)]

    def _publish(self, number: int) -> Publish | Retry:
        return self._calls_of(number)[self.publishers[number].position]

    def _calls_of(self, number: int) -> Publisher:
        return self.scenario.publishers[number - 1] if number else self.scenario.before

    def _start_publish(self, number: int) -> None:
        publisher = self.publishers[number]
        if publisher.position == len(self._calls_of(number)):
            return
        call = self._publish(number)
        event = {
            "publish": {
                "id": _identity(number, publisher),
                "method": call.method,
                "arguments": call.arguments(f"p{number}.{publisher.position}"),
            }
        }
        owner = PublisherOwner(number, self.monitor.newest(call.item))
        self._begin_process(f"publisher {number}", freeze(event), owner)

    def _begin_repair(self) -> None:
        command = self._left_behind()
        if not self.monitor.faults:
            raise Violation("6 nothing is lost", f"{command['sk']} is left behind, for no reason")
        self.monitor.healed += 1
        key = CommandKey.parse(command["pk"], command["sk"])
        arguments = {"pk": key.pk, "base": key.base, "version": key.version}
        event = {"publish": {"id": DOCTOR, "method": "retry", "arguments": arguments}}
        self._begin_process(DOCTOR, freeze(event), DoctorOwner())

    def _next_publish(self, owner: PublisherOwner, answer: Text) -> None:
        number = owner.number
        publisher, call = self.publishers[number], self._publish(number)
        if isinstance(call, Publish):
            asked = Asked(call, _identity(number, publisher), owner.since)
            check_answer(self.monitor, self.tables, asked, answer)
        answers = (*publisher.answers, answer)
        self._set_publisher(number, PublisherState(publisher.position + 1, 0, answers))
        self._start_publish(number)

    def _set_publisher(self, number: int, state: PublisherState) -> None:
        publishers = self.publishers
        self.publishers = (*publishers[:number], state, *publishers[number + 1 :])


def _has_effect(call: OrderingCall) -> bool:
    if isinstance(call, StoreCall):
        return call.method in {"put", "update"}
    return isinstance(call, Transaction | StartExecution | SendTask)


def _identity(number: int, publisher: PublisherState) -> str:
    """The beginning of the request ids of a publisher's present call."""
    return f"p{number}.{publisher.position}.{publisher.attempt}"


def _is_restart(before: Any, after: Any) -> bool:
    """Whether a command that had ended is under way again."""
    return bool(before["status"] != after["status"] == CommandStatus.PUBLISHED)


def _label(sk: str) -> str:
    return sk


def _execution_label(given: dict[str, Any]) -> str:
    attempt = given.get("attempt", 0)
    return _label(given["sk"]) + (f"r{attempt}" if attempt else "")


def _lane_of(execution: str) -> Lane:
    return Lane.EXPRESS if EXPRESS_MARK in execution else Lane.STANDARD


def _attempt_of(execution: str) -> str:
    """The label of the attempt that an execution was started for."""
    return execution.partition(EXPRESS_MARK)[0]


def _name_of(execution: Execution) -> str:
    """Its name in Step Functions; schedules call it by a short one."""
    given = view(execution.input)
    key = CommandKey.parse(given["pk"], given["sk"])
    return command_execution_name(key, given["requestId"], given.get("attempt", 0))


def _end(execution: Execution, at: Ended) -> Text:
    """EventBridge's report of an execution that did not succeed."""
    source, detail_type = EXECUTION_STATUS
    detail = {
        "stateMachineArn": STATE_MACHINE_ARN,
        "name": _name_of(execution),
        "status": ENDS.get(at.error, "FAILED"),
        "input": execution.input,
    }
    return freeze({"source": source, "detail-type": detail_type, "detail": detail})


def _delivery(image: Text) -> Text:
    item = view(image)
    key = CommandKey.parse(item["pk"], item["sk"])
    record = {
        "eventSource": "aws:dynamodb",
        "eventSourceARN": f"arn:aws:dynamodb:ap-northeast-1:123456789012:table/{COMMANDS}/stream/x",
        "eventName": "INSERT",
        "dynamodb": {
            "SequenceNumber": "1",
            "Keys": to_attribute_values(key.to_mapping()),
            "NewImage": to_attribute_values(item),
        },
    }
    return freeze({"Records": [record]})
