"""The executions that are compared: their inputs, and what the function and others do in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cqrs.resources import StateMachine
from tests.parity.definitions import AMPLE, Limits

Action = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """An answer that somebody sends for a state's task token.

    Attributes
    ----------
    state
        State whose token it is, and which of its tries.
    method
        Method of the client of Step Functions.
    fields
        The request beside the token.
    token
        Sent instead of the state's own.
    late
        Whether it is sent when the execution has ended.
    """

    state: str
    method: str
    fields: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    late: bool = False


@dataclass(frozen=True)
class Execution:
    """One execution.

    Attributes
    ----------
    name
        Machine and what happens; also the key of its documented sequence.
    script
        Actions of the function, by state, try by try.
    answers
        Answers to task tokens, in this order.
    rows
        The CSV file to import; without it there is none.
    dialect
        How the machine is rendered.
    limits
        Seconds that the timeouts become.
    brief
        Whether the function may take a moment only.
    """

    name: str
    machine: str
    input: Any
    script: Mapping[str, Sequence[Action]] = field(default_factory=dict)
    answers: Sequence[Answer] = ()
    rows: Sequence[str] = ()
    dialect: str = "emulator"
    limits: Limits = AMPLE
    brief: bool = False

    @property
    def id(self) -> str:
        """Name of the execution on an engine."""
        return re.sub("[^a-z]+", "-", self.name.lower())

    @property
    def imports(self) -> bool:
        """Whether it imports a file."""
        return self.machine == StateMachine.IMPORT_CSV


HEARTBEATS = 7
"""So many, one each second, outlast what one heartbeat gives."""

SHORT_WAIT = Limits(wait=10, heartbeat=4)

KEY = {"pk": "P#t", "sk": "S#1@1"}
GO: Action = {"answer": {"result": 0}}
WAIT: Action = {"answer": {"result": 1}}
TWO: Action = {"answer": [{"id": "a"}, {"id": "b"}]}
TOLD: Action = {"answer": {"error": "CommandFailed", "cause": "said by the command"}}
REFUSED: Action = {"raise": "ValidationError"}
GIVE_UP = {"fail_command": [TOLD]}


def _command(what: str, answers: Sequence[Answer] = (), /, **scripted: Any) -> Execution:
    options = {key: scripted.pop(key) for key in ("limits", "brief") if key in scripted}
    script = {"check_version": [GO], "transform_data": [TWO], **GIVE_UP, **scripted}
    return Execution(f"command: {what}", StateMachine.COMMAND, KEY, script, answers, **options)


def _success(state: str, output: str, **options: Any) -> Answer:
    return Answer(state, "send_task_success", {"output": output}, **options)


def _failure(state: str, error: str) -> Answer:
    return Answer(state, "send_task_failure", {"error": error, "cause": "said by another"})


WAITING = "wait_prev_command"
GO_ON = '{"Payload": [[{"go": "on"}]]}'

COMMANDS = (
    _command("applied"),
    _command("does not expire", check_version=[{"answer": {"result": 2}}]),
    _command("replaces nothing", check_version=[{"answer": {"result": 3}}]),
    _command("has ended already", check_version=[{"answer": {"result": 4}}]),
    _command(
        "refused",
        check_version=[{"answer": {"result": -1, "error": "VersionGap", "cause": "said at once"}}],
    ),
    _command(
        "waits and is told",
        [
            _success(WAITING, GO_ON, token="nobody's"),  # noqa: S106 - nobody's
            _success(WAITING, GO_ON),
            _success(WAITING, GO_ON, late=True),
        ],
        check_version=[WAIT],
        wait_prev_command=[{}],
    ),
    _command(
        "its predecessor fails",
        [_failure(WAITING, "PredecessorFailed")],
        check_version=[{"answer": {"result": 7}}],
    ),
    _command(
        "its wait fails and then times out",
        [_failure(f"{WAITING} 2", "Odd")],
        check_version=[{"answer": {"result": 1, "visit": 2}}],
        **{"check_version 2": [GO]},
        limits=SHORT_WAIT,
    ),
    _command(
        "its wait times out",
        check_version=[{"answer": {"result": 1, "visit": 2}}],
        **{"check_version 2": [GO]},
        limits=SHORT_WAIT,
    ),
    _command(
        "its wait's call fails",
        check_version=[{"answer": {"result": 1, "visit": 2}}],
        **{"wait_prev_command 2": [REFUSED], "check_version 2": [GO]},
        limits=SHORT_WAIT,
    ),
    _command("fails for good", set_ttl_command=[REFUSED]),
    _command("fails four times", history_copy=[{"raise": "KeyError"}]),
    _command("mends itself", history_copy=[{"raise": "KeyError"}, {}]),
    _command("AWS is away four times", history_copy=[{"raise": "Throttled"}] * 4 + [{}]),
    _command("crashes four times", history_copy=[{"exit": 1}] * 4 + [{}]),
    _command("a call times out", history_copy=[{"sleep": 20}, {}], brief=True),
    _command("a state times out", finish=[{"sleep": 20}], limits=Limits(states={"finish": 12})),
    _command(
        "a sync handler fails", **{"sync_data a": [{}], "sync_data b": [{"raise": "KeyError"}]}
    ),
    _command("cannot be failed", set_ttl_command=[REFUSED], fail_command=[REFUSED]),
    _command(
        "takes too long",
        check_version=[{"answer": {"result": 1, "visit": 2}}],
        **{"check_version 2": [GO]},
        limits=Limits(wait=14, execution=12),
    ),
)

EXPRESS = tuple(
    replace(
        _command(what, **scripted),
        name=f"express: {what}",
        machine=StateMachine.EXPRESS_COMMAND,
    )
    for what, scripted in (
        ("applied", {"check_version": [{"answer": {"result": 3}}]}),
        ("is early", {"check_version": [WAIT]}),
    )
)
"""Executions of the Express machine's definition. An engine runs them as Standard ones, so that
they have a history to compare."""

SUB_TASKS = [{"id": "a"}, {"id": "b"}, {"id": "c"}]
A_MOMENT: Action = {"sleep": 0.7}


def _task(what: str, items: Any = SUB_TASKS, **scripted: Any) -> Execution:
    script = {name.replace("_of_", " "): actions for name, actions in scripted.items()}
    return Execution(f"task: {what}", StateMachine.TASK, items, script)


TASKS = (
    _task("three sub-tasks", iterator_of_a=[A_MOMENT], iterator_of_b=[A_MOMENT]),
    _task("none", []),
    _task("one is given up", iterator_of_b=[REFUSED]),
    _task(
        "one cannot be given up",
        SUB_TASKS[:1],
        iterator_of_a=[REFUSED],
        fail_sub_task_of_a=[REFUSED],
    ),
)


def _import(what: str, rows: Sequence[str], dialect: str = "emulator", **script: Any) -> Execution:
    return Execution(
        f"import: {what}", StateMachine.IMPORT_CSV, {}, script, rows=rows, dialect=dialect
    )


IMPORTS = (
    _import("three rows", ["1,,", "2,,", "3,,"]),
    _import("no file", []),
    _import("one batch fails", ["1,,", "2,raise,ValidationError"]),
    _import("cannot be closed", ["1,,"], finalize=[REFUSED]),
    _import("batches of two", ["1,,", "2,,", "3,,"], "aws"),
)

CLOSURE = "airport-closure"
ASKING = "request_approval"
APPROVED = '{"Payload": [[{"approved": true}]]}'


def _closure(what: str, answers: Sequence[Answer] = (), limits: Limits = AMPLE) -> Execution:
    script = {"handle_error": [TOLD]}
    return Execution(
        f"closure: {what}", CLOSURE, {"airport": "HND"}, script, answers, limits=limits
    )


CLOSURES = (
    _closure("approved", [_success(ASKING, APPROVED)]),
    _closure("rejected", [_success(ASKING, '{"Payload": [[{"approved": false}]]}')]),
    _closure("no heartbeat", limits=SHORT_WAIT),
    _closure(
        "heartbeats, and no answer",
        [Answer(ASKING, "send_task_heartbeat")] * HEARTBEATS,
        SHORT_WAIT,
    ),
    _closure("withdrawn", [_failure(ASKING, "ApprovalExpired")], Limits(wait=10, heartbeat=8)),
)

REPORT = "country-report"


def _report(what: str, **script: Sequence[Action]) -> Execution:
    return Execution(
        f"report: {what}", REPORT, {"country": "JP"}, {"handle_error": [TOLD], **script}
    )


REPORTS = (
    _report("made"),
    _report(
        "of nowhere",
        initialize=[{"answer": {"status": "error", "error": "NotFound", "cause": "said at once"}}],
    ),
    _report("not made", process=[REFUSED]),
)

EXECUTIONS = {
    execution.name: execution
    for execution in (*COMMANDS, *EXPRESS, *TASKS, *IMPORTS, *CLOSURES, *REPORTS)
}
