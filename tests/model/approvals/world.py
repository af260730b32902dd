"""Executions that ask, their requests and the people that answer, at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import TOKEN, ApprovalStatus
from cqrs.aws.item_store import Address
from cqrs.core.clock import iso
from cqrs.execution_events import EXECUTION_STATUS
from cqrs.resources import Table
from cqrs.states import ERROR_STATUS
from cqrs.testing.asl.language import TIMEOUT
from cqrs.testing.asl.state_machine import (
    Active,
    Ended,
    Execution,
    Progress,
    StateMachine,
    begun_at,
    described,
    waits,
)
from cqrs.testing.text import Text, freeze, thaw, view
from tests.model.approvals.monitor import (
    CLOSED,
    DELIVERED,
    SOUND,
    Monitor,
    Opinion,
    Question,
    Receipt,
)
from tests.model.approvals.program import ApprovalProgram
from tests.model.approvals.promises import check_end
from tests.model.approvals.scenarios import PROCESS_FAULTS, RUN, Act, Person, Scenario
from tests.model.approvals.tape import ApprovalCall, ReadHistory
from tests.model.choice import Choice
from tests.model.faults import Fault
from tests.model.invocations import Calls, Raises, Returns
from tests.model.memory_queue import SendMessage
from tests.model.program import TENANT, apply
from tests.model.tape import DescribeExecution, SendTask, StoreCall, done, refused
from tests.model.violation import Violation
from tests.model.world import CRASHED, STOPPED, UNREACHABLE, EventOwner, StateOwner

APPROVALS = Table.APPROVALS.value

THE_END = Choice("the end")
"""Nothing happens any more; it may come whenever nobody is at work."""

CLOSING = "close_approval"

TOLD_OF_ANOTHERS = ("ApprovalAnswered", "ApprovalExpired")
"""Errors that tell somebody what has become of the request instead."""


class PersonOwner(NamedTuple):
    """A call that somebody makes, and repeats if there is no answer."""

    person: Person
    attempt: int
    question: Question


Owner = StateOwner | EventOwner | PersonOwner | None
"""Who waits for an invocation; nobody, once it was given up."""


class Process(NamedTuple):
    """An invocation that makes a call."""

    event: Text
    results: tuple[Text, ...]
    owner: Owner


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """The part that stays the same in all worlds of a search."""

    scenario: Scenario
    program: ApprovalProgram
    machine: StateMachine


class World:
    """The table, the execution, processes, and what may yet happen.

    Attributes
    ----------
    failed_in
        The state that the execution failed or was stopped in, from which a redrive goes on.
    told_end
        The latest event that reported the execution's end.
    is_late
        Whether somebody of whom nobody knows any more has written, or died, or an index was behind.
        A request may then be open that nobody waits for, until somebody answers or the doctor
        comes.
    """

    __slots__ = (
        "_setting",
        "acts_left",
        "execution",
        "failed_in",
        "faults_left",
        "history",
        "is_late",
        "is_over",
        "monitor",
        "people_left",
        "processes",
        "tables",
        "told_end",
    )

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.tables: dict[Address, Text] = {}
        self.processes: dict[str, Process] = {}
        self.history: tuple[Text, ...] = ()
        self.told_end: Text = ""
        self.faults_left = setting.scenario.faults
        self.acts_left = dict(setting.scenario.acts)
        self.people_left = setting.scenario.people
        self.is_late = False
        self.is_over = False
        self.monitor = Monitor()
        self.failed_in: Active | None = None
        started = setting.machine.started(RUN, freeze(setting.scenario.input()))
        self.execution = started.execution
        self._move_on(started)

    def copy(self) -> World:
        """Another world in the same state."""
        other: World = object.__new__(World)
        other._setting = self._setting
        other.tables = self.tables.copy()
        other.execution = self.execution
        other.failed_in = self.failed_in
        other.processes = self.processes.copy()
        other.history = self.history
        other.told_end = self.told_end
        other.faults_left = self.faults_left
        other.acts_left = self.acts_left.copy()
        other.people_left = self.people_left
        other.is_late = self.is_late
        other.is_over = self.is_over
        other.monitor = self.monitor.copy()
        return other

    def key(self) -> int:
        """Hash of all that the future depends on."""
        return hash(
            (
                frozenset(self.tables.items()),
                self.execution,
                self.failed_in,
                frozenset(self.processes.items()),
                self.history,
                self.told_end,
                self.faults_left,
                frozenset(self.acts_left.items()),
                self.people_left,
                self.is_late,
                self.is_over,
                self.monitor.key(),
            )
        )

    @property
    def scenario(self) -> Scenario:
        """The scenario that the run began with."""
        return self._setting.scenario

    def requests(self) -> Iterator[Any]:
        """All requests, as they are stored."""
        return map(view, self.tables.values())

    def waiting(self) -> Active | None:
        """The state that waits, if one does."""
        return next((active for _, active in waits(self.execution)), None)

    def check_end(self) -> None:
        """See that all promises hold in the end."""
        check_end(self)

    # Choices

    def choices(self) -> list[Choice]:
        """Everything that can happen next; nothing at the end of a run."""
        return self.moves() + self.faults()

    def moves(self) -> list[Choice]:
        """The choices while nothing goes wrong; none at the end of a run."""
        if self.is_over:
            return []
        found = [Choice(actor) for actor in self.processes]
        found += [Choice(person.name) for person in self.people_left if self._shown_to(person)]
        found += [Choice(act) for act, left in self.acts_left.items() if left and self._can(act)]
        return found if self.processes else [*found, THE_END]

    def faults(self) -> list[Choice]:
        """The faults that can come next."""
        if not self.faults_left or self.is_over:
            return []
        kinds = self.scenario.kinds
        return [
            Choice(actor, fault)
            for actor, process in self.processes.items()
            for fault in self._faults_of(process)
            if fault in kinds
        ]

    def _faults_of(self, process: Process) -> Iterator[Fault]:
        for fault in PROCESS_FAULTS:
            if fault is not Fault.STRAGGLE or isinstance(process.owner, StateOwner):
                yield fault
        call = self._call(process)
        if isinstance(call, StoreCall) and call.method == "query_index":
            yield Fault.BEHIND

    def _shown_to(self, person: Person) -> Any:
        """The request that somebody wants to answer, if there is one."""
        key = ApprovalKey.make(TENANT, self.scenario.request_id(person.state))
        text = self.tables.get((APPROVALS, key.pk, key.sk))
        return None if text is None else view(text)

    def _can(self, act: Act) -> bool:
        at = self.execution.at
        match act:
            case Act.TIME_OUT:
                waiting = self.waiting()
                # A state waits longer than an invocation can last.
                return waiting is not None and not waiting.invocation
            case Act.STOP:
                return isinstance(at, Active)
            case Act.REDRIVE:
                return self.failed_in is not None
            case Act.START:
                return isinstance(at, Ended) and not self.processes
            case Act.TELL_AGAIN:
                return bool(self.told_end) and not any(
                    process.event == self.told_end for process in self.processes.values()
                )

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
        if choice == THE_END:
            self.is_over = True
        elif choice.actor in self.processes:
            self._go_on(choice.actor, choice.fault)
        elif choice.actor in self.acts_left:
            self._act(Act(choice.actor))
        else:
            self._begin_to_answer(choice.actor)

    def invoke(self, actor: str, event: Any) -> Process:
        """Begin an invocation that nobody in the world has asked for."""
        process = Process(freeze(event), (), EventOwner())
        self._run(actor, process)
        return process

    def let_answer(self, person: Person, request_id: str) -> None:
        """Let somebody answer a request, whoever they are."""
        key = ApprovalKey.make(TENANT, request_id)
        item = view(self.tables[APPROVALS, key.pk, key.sk])
        self._answer(person, key, PersonOwner(person, 0, Question.of(item)))

    def work_off(self) -> None:
        """Let all processes come to their ends, one after the other."""
        while self.processes:
            self._go_on(next(iter(self.processes)), None)

    def _act(self, act: Act) -> None:
        self.acts_left[act] -= 1
        machine = self._setting.machine
        match act:
            case Act.TIME_OUT:
                self._move_on(machine.failed(self.execution, (), TIMEOUT))
            case Act.STOP:
                self._move_on(machine.stopped(self.execution, STOPPED))
            case Act.REDRIVE:
                assert self.failed_in is not None
                self._move_on(machine.redriven(self.execution, self.failed_in))
            case Act.START:
                self.history, self.told_end = (), ""
                self._move_on(machine.started(RUN, self.execution.input, self.execution.start + 1))
            case Act.TELL_AGAIN:
                self._run("a late end", Process(self.told_end, (), EventOwner()))

    def _begin_to_answer(self, name: str) -> None:
        (person,) = (person for person in self.people_left if person.name == name)
        self.people_left = tuple(other for other in self.people_left if other != person)
        item = self._shown_to(person)
        key = ApprovalKey(item["pk"], item["sk"])
        self._answer(person, key, PersonOwner(person, 0, Question.of(item)))

    def _answer(self, person: Person, key: ApprovalKey, owner: PersonOwner) -> None:
        payload = {"id": str(key)}
        if person.action != CLOSING:
            opinion = Opinion(person.name, person.action == "approve", owner.question)
            self.monitor.answers(opinion)
            payload |= {"by": person.name, "reason": "because"}
        event = {"source": "direct", "action": person.action, "payload": payload}
        at = 1 + owner.attempt + 10 * (sorted(_names(self.scenario)).index(person.name) + 1)
        self._run(person.name, Process(freeze({"at": at, "event": event}), (), owner))

    def _go_on(self, actor: str, fault: Fault | None) -> None:
        process = self.processes[actor]
        if fault is Fault.CRASH_BEFORE:
            self._fail(actor, process, CRASHED)
        elif fault is Fault.STRAGGLE:
            assert isinstance(process.owner, StateOwner)
            self._move_on(self._machine_failed(process.owner, UNREACHABLE))
        else:
            call = self._call(process)
            result = self._perform(process, call, fault)
            if fault is Fault.REPEAT:
                result = self._perform(process, call, None)
            # The call may have ended the wait for this very invocation.
            process = self.processes[actor]
            if fault is Fault.CRASH_AFTER:
                self._fail(actor, process, CRASHED)
            else:
                self._run(actor, process._replace(results=(*process.results, result)))

    def _run(self, actor: str, process: Process) -> None:
        """Let an invocation run up to its next call, or to its end."""
        match self._setting.program.next(process.event, process.results):
            case Calls():
                self.processes[actor] = process
            case Returns(answer):
                self.processes.pop(actor, None)
                self._finish(process, answer)
            case Raises(error, cause):
                self._fail(actor, process, error, cause)

    def _finish(self, process: Process, answer: Text) -> None:
        match process.owner:
            case StateOwner(_, path):
                self._move_on(self._setting.machine.returned(self.execution, path, answer))
            case PersonOwner(person, _, question) if view(answer)["status"] == ERROR_STATUS:
                told = view(answer)
                self._tell(person, question, told["error"], told["cause"])
            case PersonOwner(person, _, question) if person.action != CLOSING:
                if not self.monitor.arrived(person.name, person.action == "approve", question):
                    raise Violation(DELIVERED, f"{person.name}'s answer did not arrive: {answer}")

    def _fail(self, actor: str, process: Process, error: str, cause: str = "") -> None:
        self.processes.pop(actor, None)
        match process.owner:
            case None:
                self.is_late = True
            case StateOwner():
                self._move_on(self._machine_failed(process.owner, error, cause))
            case EventOwner() if error == CRASHED:
                self._run(actor, Process(process.event, (), process.owner))
            case EventOwner():
                raise Violation(SOUND, f"{actor} fails with {error}: {cause}")
            case PersonOwner(person, attempt, question) if error == CRASHED:
                payload = thaw(process.event)["event"]["payload"]
                owner = PersonOwner(person, attempt + 1, question)
                self._answer(person, ApprovalKey.parse(payload["id"]), owner)
            case PersonOwner(person):
                raise Violation(SOUND, f"{person.name} gets {error}: {cause}")

    def _tell(self, person: Person, question: Question, error: str, cause: str) -> None:
        if error not in TOLD_OF_ANOTHERS:
            raise Violation(DELIVERED, f"{person.name} is told {error}: {cause}")
        if self.monitor.arrived(person.name, person.action == "approve", question):
            raise Violation(DELIVERED, f"{person.name} was heard and is told {error}: {cause}")

    def _machine_failed(self, owner: StateOwner, error: str, cause: str = "") -> Progress:
        return self._setting.machine.failed(self.execution, owner.path, error, cause)

    def _move_on(self, progress: Progress) -> None:
        """Take over what became of the execution."""
        was_at, execution = self.execution.at, progress.execution
        self.execution, self.failed_in = execution, None
        if isinstance(execution.at, Ended) and execution.at.error:
            assert isinstance(was_at, Active)
            self.failed_in = was_at
            self.told_end = _end(self._setting.machine, execution, execution.at)
            name = f"end {execution.start}.{execution.redrives}"
            self._run(name, Process(self.told_end, (), EventOwner()))
        for number in progress.given_up:
            for actor, process in self.processes.items():
                if actor.startswith(_actor(execution, number)):
                    self.processes[actor] = process._replace(owner=None)
                    break
        for invoke in progress.started:
            actor = f"{_actor(execution, invoke.number)}{invoke.state}"
            owner = StateOwner(execution.name, invoke.path)
            self._run(actor, Process(invoke.event, (), owner))

    # Effects

    def _call(self, process: Process) -> ApprovalCall:
        step = self._setting.program.next(process.event, process.results)
        assert isinstance(step, Calls)
        call: ApprovalCall = step.call
        return call

    def _perform(self, process: Process, call: ApprovalCall, fault: Fault | None) -> Text:
        match call:
            case StoreCall():
                if fault is Fault.BEHIND:
                    self.is_late = True
                    return done([[], None])
                return apply(call, self.tables, partial(self._written, process.owner))
            case SendMessage(_, body):
                message = view(body)
                self.monitor.told(message["sk"], message["content"]["status"])
                return done(None)
            case DescribeExecution(arn):
                return done(described(arn, self.execution, _status(self.execution.at)))
            case ReadHistory():
                return done(list(self.history[::-1]))
            case SendTask():
                return self._send_task(call)
        raise ValueError(f"{process.event} makes {call}")

    def _written(self, owner: Owner, address: Address, before: Text | None, after: Text) -> None:
        self.monitor.written(address[2], before, after)
        old, new, waiting = (None if before is None else view(before)), view(after), self.waiting()
        token = None if old is None else old.get(TOKEN)
        is_closed = old is not None and is_open(old) and not is_open(new)
        if is_closed and waiting is not None and waiting.token == token and not _may_close(owner):
            raise Violation(CLOSED, f"{address[2]} is closed, and {waiting.state} waits for it")
        if new.get(TOKEN, token) != token and (waiting is None or waiting.token != new[TOKEN]):
            self.is_late = True

    def _send_task(self, call: SendTask) -> Text:
        found = [path for path, active in waits(self.execution) if active.token == call.token]
        if not found:
            return refused("TaskTimedOut")
        machine, path = self._setting.machine, found[0]
        if call.error:
            self._move_on(machine.failed(self.execution, path, call.error, call.cause))
        else:
            self._receive(call.output)
            self._move_on(machine.answered(self.execution, path, call.output))
        return done(None)

    def _receive(self, output: Text) -> None:
        answer, waiting, execution = view(output)["Payload"][0][0], self.waiting(), self.execution
        assert waiting is not None
        self.history = (*self.history, output)
        self.monitor.received(
            Receipt(
                answer["by"],
                answer["approved"],
                answer["at"],
                self.question(waiting),
                (execution.redrives, waiting.entered),
            )
        )

    def question(self, waiting: Active) -> Question:
        """The question that a state of the execution asks."""
        title = view(self.execution.input)["titles"][waiting.state]
        machine, execution = self._setting.machine, self.execution
        started_at = iso(begun_at(execution.start))
        return Question(machine.arn(execution.name), started_at, waiting.state, title)


def is_open(item: Any) -> bool:
    """Whether a request has not expired."""
    return bool(item["status"] != ApprovalStatus.EXPIRED)


def _status(at: Active | Ended) -> str:
    if isinstance(at, Active):
        return "RUNNING"
    return "FAILED" if at.error else "SUCCEEDED"


def _may_close(owner: Owner) -> bool:
    """Whether it closes what it was told to close, and not what it takes for over."""
    match owner:
        case PersonOwner(person):
            return person.action == CLOSING
        case EventOwner():
            return False
    return True


def _names(scenario: Scenario) -> set[str]:
    return {person.name for person in scenario.people} | {"zoe"}


def _actor(execution: Execution, number: int) -> str:
    return f"{execution.name}#{execution.start}.{number} "


def _end(machine: StateMachine, execution: Execution, at: Ended) -> Text:
    """EventBridge's report of an execution that did not succeed."""
    source, detail_type = EXECUTION_STATUS
    arn, _, _ = machine.arn(execution.name).rpartition(":")
    detail = {
        "stateMachineArn": arn.replace(":execution:", ":stateMachine:"),
        "name": execution.name,
        "status": "ABORTED" if at.error == STOPPED else "FAILED",
        "input": execution.input,
    }
    return freeze({"source": source, "detail-type": detail_type, "detail": detail})
