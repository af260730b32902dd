"""Executions and custom workflows over HTTP.

Step Functions knows no tenants. An execution is of the tenant that its input names, and nobody else
learns whether it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.api.answers import ApiAnswer
from cqrs.api.calls.imports import import_key
from cqrs.api.calls.items import command_key, no_command
from cqrs.api.calls.tasks import task_key
from cqrs.api.log_pages import LogPages, Work
from cqrs.api.problems import Problem
from cqrs.api.shown_executions import listed, moment_of, no_machine
from cqrs.api.time_limits import has_time
from cqrs.aws.pace import Pace
from cqrs.aws.state_visits import visits_of
from cqrs.aws.step_functions import NAME, StepFunctionsService, execution_arn
from cqrs.commands.executions import command_execution_name
from cqrs.core.execution_tenants import tenant_of_input
from cqrs.core.json_text import to_json
from cqrs.core.log_keys import COMMAND, EXECUTION, JOB, SHOWN_LENGTH, work_keys
from cqrs.core.moments import moment
from cqrs.imports.executions import import_execution_name
from cqrs.imports.models import ProcessingMode
from cqrs.resources import StateMachine
from cqrs.states import Lane
from cqrs.storage.paging import DEFAULT_PAGE, LONGEST_PAGE, refuse_foreign_cursor
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.models import TaskKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cqrs.api.call import ApiCall
    from cqrs.aws.state_visits import Visit
    from cqrs.aws.step_functions import ExecutionDescription
    from cqrs.services import Services

SHOWN_CHARACTERS = 1_000
"""Of an input or output that is told, unless the request says otherwise."""

MOST_EVENTS = 5_000
"""Of a history that are read; an execution has 25,000 at most."""

MOST_ATTEMPTS = 10
"""The latest attempts that are looked for."""


class ExecutionCalls:
    """Requests about executions.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings
        self._reader = services.execution_reader
        self._step_functions = StepFunctionsService(services.clients, Pace())

    # One execution

    def read_execution(self, call: ApiCall) -> ApiAnswer:
        """An execution with its input and output."""
        found = self._existing(call)
        longest = call.query.get("characters", SHOWN_CHARACTERS)
        body = {
            **listed(call.path["machine"], found),
            **_value("input", _json(found.input), longest),
            **_value("output", _json(found.output), longest),
            "error": found.error,
            "cause": found.cause,
        }
        return ApiAnswer(200, body)

    def list_states(self, call: ApiCall) -> ApiAnswer:
        """The states that an execution was in, in the order in which it came to them."""
        found = self._existing(call)
        start = _start(call.query.get("cursor"))
        limit = call.query.get("limit", LONGEST_PAGE)
        longest = call.query.get("characters", SHOWN_CHARACTERS)
        events = _Events(self._reader.events(found.arn), call)
        visits = visits_of(events)
        end = start + limit
        body = {
            "states": [_visit(visit, longest) for visit in visits[start:end]],
            "cursor": str(end) if end < len(visits) else None,
            "is_complete": not events.is_cut,
            "status": found.status,
        }
        return ApiAnswer(200, body)

    def list_log_lines(self, call: ApiCall) -> ApiAnswer:
        """A page of what the function has logged at work on an execution."""
        found = self._existing(call)
        key, name = EXECUTION, found.name
        is_import = call.path["machine"] == StateMachine.IMPORT_CSV
        if is_import and (job := work_keys(JOB, found.input).get(JOB)):
            # Rows are the work of the map's children, whose executions have names of their own.
            key, name = JOB, job
        work = Work(key, name, name, found.started, found.stopped)
        return LogPages(self._services).answer(call, work)

    def list_command_log_lines(self, call: ApiCall) -> ApiAnswer:
        """A page of what the function has logged about a command since its latest attempt began.

        An Express execution cannot be asked for, but its lines name the command.
        """
        key = command_key(call)
        command = self._services.repair.find(key)
        if command is None:
            raise no_command(key)
        told = f"The command {key}"
        began = moment(command.restarted_at or command.created_at, told)
        ended = None if command.finished_at is None else moment(command.finished_at, told)
        work = Work(COMMAND, str(key)[:SHOWN_LENGTH], key.sk, began, ended)
        return LogPages(self._services).answer(call, work)

    # Executions of commands, tasks and imports

    def list_command_executions(self, call: ApiCall) -> ApiAnswer:
        """The executions of a command's attempts, the latest first."""
        key = command_key(call)
        command = self._services.repair.find(key)
        if command is None:
            raise no_command(key)
        names = {
            attempt: command_execution_name(key, command.request_id, attempt)
            for attempt in _latest(command.attempt)
        }
        found = self._attempts(StateMachine.COMMAND, names)
        is_express = self._settings.are_commands_express
        if is_express and command.attempt not in {one["attempt"] for one in found}:
            status = self._services.command_executions.status(command)
            found.insert(0, _unlisted(command.attempt, status))
        lane = Lane.EXPRESS if is_express else Lane.STANDARD
        return ApiAnswer(200, {"executions": found, "lane": lane.value})

    def list_task_executions(self, call: ApiCall) -> ApiAnswer:
        """The executions of a task's attempts, the latest first; a single task has none."""
        key = task_key(call)
        task = self._services.tasks.get(key)
        if task is None:
            raise Problem(404, "not-found", f"There is no task {key}; was it ever made?")
        attempts = _latest(task.attempt) if task.kind is TaskKind.STEP_FUNCTION else ()
        names = {attempt: task_execution_name(key, attempt) for attempt in attempts}
        return ApiAnswer(200, {"executions": self._attempts(StateMachine.TASK, names)})

    def list_import_executions(self, call: ApiCall) -> ApiAnswer:
        """The execution of an import; one in the mode DIRECT has none."""
        key = import_key(call)
        job = self._services.imports.get(key)
        if job is None:
            raise Problem(404, "not-found", f"There is no import {key}; was it ever made?")
        is_mapped = job.mode is ProcessingMode.STEP_FUNCTION
        names = {0: import_execution_name(key)} if is_mapped else {}
        return ApiAnswer(200, {"executions": self._attempts(StateMachine.IMPORT_CSV, names)})

    # All tenants

    def list_all_executions(self, call: ApiCall) -> ApiAnswer:
        """A page of a machine's executions, whose ever they are."""
        machine = self._standard(call)
        page = self._reader.list(
            self._settings.state_machine_arn(machine),
            call.query.get("status"),
            call.query.get("limit", DEFAULT_PAGE),
            call.query.get("cursor"),
        )
        found = [listed(machine, one) for one in page.executions]
        return ApiAnswer(200, {"executions": found, "cursor": page.cursor})

    def _attempts(self, machine: str, names: Mapping[int, str]) -> list[dict[str, Any]]:
        arn = self._settings.state_machine_arn(machine)
        found = {
            attempt: self._step_functions.describe(execution_arn(arn, name))
            for attempt, name in names.items()
        }
        return [
            {**listed(machine, one), "attempt": attempt}
            for attempt, one in found.items()
            if one is not None
        ]

    def _existing(self, call: ApiCall) -> ExecutionDescription:
        """The execution of a path, if it is the tenant's."""
        machine, name = self._standard(call), call.path["name"]
        found = None
        if NAME.fullmatch(name):
            arn = execution_arn(self._settings.state_machine_arn(machine), name)
            found = self._step_functions.describe(arn)
        if found is None or tenant_of_input(found.input) != call.tenant:
            raise Problem(
                404,
                "not-found",
                f"There is no execution {name[:80]!r} of {machine} and {call.tenant}. Step "
                "Functions forgets one 90 days after its end.",
            )
        return found

    def _standard(self, call: ApiCall) -> str:
        machine = call.path["machine"]
        if machine == StateMachine.EXPRESS_COMMAND:
            raise Problem(
                404,
                "no-history",
                "Step Functions lists no Express executions, and keeps no history of them. The "
                "command tells how it does, and the log group of the machine has its states.",
            )
        standard = [one for one in StateMachine if one is not StateMachine.EXPRESS_COMMAND]
        known = (*standard, *self._settings.workflow_names)
        if machine not in known:
            raise no_machine(machine, known)
        return machine


class _Events:
    """The events of a history, up to a number and a time."""

    def __init__(self, events: Iterator[Mapping[str, Any]], call: ApiCall) -> None:
        self._events = events
        self._has_time = has_time(call)
        self.is_cut = False

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for number, event in enumerate(self._events):
            if number >= MOST_EVENTS or not self._has_time():
                self.is_cut = True
                return
            yield event


def _unlisted(attempt: int, status: str | None) -> dict[str, Any]:
    """The attempt of an Express execution, which nobody can be asked for."""
    return {
        "machine": StateMachine.EXPRESS_COMMAND.value,
        "name": None,
        "status": status,
        "started": None,
        "stopped": None,
        "attempt": attempt,
    }


def _visit(visit: Visit, longest: int) -> dict[str, Any]:
    return {
        "id": visit.id,
        "state": visit.state,
        "type": visit.kind,
        "status": visit.status,
        "entered": moment_of(visit.entered),
        "exited": moment_of(visit.exited),
        **_value("input", visit.input, longest),
        **_value("output", visit.output, longest),
        "error": visit.error,
        "cause": None if visit.cause is None else visit.cause[:longest],
        "failed_tries": len(visit.failed_tries),
        "iteration": visit.iteration,
    }


def _value(name: str, text: str | None, longest: int) -> dict[str, Any]:
    """JSON as text, cut to a length."""
    is_cut = text is not None and len(text) > longest
    return {name: text if text is None else text[:longest], f"{name}_is_cut": is_cut}


def _json(value: Any) -> str | None:
    return None if value is None else to_json(value)


def _latest(attempt: int) -> Iterable[int]:
    return range(attempt, max(-1, attempt - MOST_ATTEMPTS), -1)


def _start(cursor: str | None) -> int:
    refuse_foreign_cursor(cursor, _is_number)
    return int(cursor or 0)


def _is_number(cursor: str) -> bool:
    return cursor.isascii() and cursor.isdecimal() and len(cursor) <= len(str(MOST_EVENTS))
