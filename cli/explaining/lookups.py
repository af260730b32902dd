"""Lines and executions of a piece of work that somebody names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import typer

from cli.explaining.stories import parsed
from cli.explaining.subjects import Kind, subject_of
from cqrs.commands.executions import command_execution_name
from cqrs.core.keys import CommandKey, ItemKey
from cqrs.errors import PermanentError
from cqrs.imports.executions import import_execution_name
from cqrs.imports.keys import CSV_IMPORT, ImportKey
from cqrs.resources import StateMachine
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.keys import SINGLE, TaskKey

if TYPE_CHECKING:
    from cli.deployed.connection import Connection

FORMS = {
    "command": "'PK SK@VERSION' of a command, or 'PK SK' of an item",
    "task": f"the id of a task, as {SINGLE}#acme/resize#01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "import": f"the id of an import, as {CSV_IMPORT}#acme/airports#01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "execution": "the name, MACHINE/NAME or ARN of an execution",
}
"""How each option is written."""

CLOCKS = timedelta(minutes=1)

MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Lookup:
    """A piece of work, as far as it is known.

    Attributes
    ----------
    work
        Its partition and sort key.
    executions
        Machine and name of each of its Standard executions that may be there.
    express
        Text of the Express lane's log; None if it is not there.
    since
        When it was made; None if that is not known.
    missing
        The thing that is not there, as words for people; empty if it is there. Its lines may
        outlive it.
    """

    work: tuple[str, str] | None = None
    executions: tuple[tuple[str, str], ...] = ()
    express: str | None = None
    since: datetime | None = None
    missing: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the executions."""
        return tuple(name for _, name in self.executions)


def looked_up(connection: Connection, kind: str, text: str) -> Lookup:
    """Look a piece of work up.

    Parameters
    ----------
    kind
        The option that named it: ``command``, ``task``, ``import`` or ``execution``.

    Raises
    ------
    typer.BadParameter
        If it is not a key of such work.
    ValidationError
        If its key or its item cannot be read.
    """
    subject = subject_of([text], connection.settings.resource_prefix)
    expected = {
        "command": (Kind.COMMAND, Kind.ITEM),
        "task": (Kind.TASK,),
        "import": (Kind.IMPORT,),
        "execution": (Kind.EXECUTION, Kind.NAME),
    }[kind]
    if subject.kind not in expected:
        raise typer.BadParameter(f"--{kind} is {text!r:.80}; write {FORMS[kind]}")
    match subject.kind:
        case Kind.COMMAND:
            return _command(connection, CommandKey.parse(subject.first, subject.second))
        case Kind.TASK:
            return _task(connection, TaskKey(subject.first, subject.second))
        case Kind.IMPORT:
            return _import(connection, ImportKey(subject.first, subject.second))
        case Kind.EXECUTION:
            return _execution(connection, subject.first, subject.second)
        case Kind.NAME:
            return _named(connection, subject.first)
        case _:
            return _item(connection, ItemKey(subject.first, subject.second))


def _item(connection: Connection, key: ItemKey) -> Lookup:
    """An item; one that is not there may have commands that are not applied."""
    item = connection.services.store.get(connection.settings.data_table, key.pk, key.sk)
    is_known = item is not None or connection.services.repair.find(key.at(1)) is not None
    return Lookup(work=(key.pk, key.sk), missing="" if is_known else f"item {key}")


def _execution(connection: Connection, machine: str, name: str) -> Lookup:
    executions = ((machine, name),)
    is_there = machine in connection.environment.standard_machines and _is_there(
        connection, machine, name
    )
    # An Express execution cannot be asked for; the log of its machine has it.
    is_known = is_there or machine == StateMachine.EXPRESS_COMMAND
    return Lookup(executions=executions, missing="" if is_known else f"execution {machine}/{name}")


def _command(connection: Connection, key: CommandKey) -> Lookup:
    command = connection.services.repair.find(key)
    if command is None:
        return Lookup(work=key.address, missing=f"command {key}")
    attempts = range(max(command.attempt + 1 - MOST_ATTEMPTS, 0), command.attempt + 1)
    names = [command_execution_name(key, command.request_id, attempt) for attempt in attempts]
    is_express = connection.settings.are_commands_express
    return Lookup(
        key.address,
        tuple((StateMachine.COMMAND.value, name) for name in names),
        key.sk if is_express else None,
        _before(command.created_at, key),
    )


def _task(connection: Connection, key: TaskKey) -> Lookup:
    task = connection.services.tasks.get(key)
    if task is None:
        return Lookup(work=(key.pk, key.sk), missing=f"task {key}")
    attempts = range(max(task.attempt + 1 - MOST_ATTEMPTS, 0), task.attempt + 1)
    # The history of a task's execution is that of all its sub-tasks.
    names = [] if key.is_sub_task else [task_execution_name(key, one) for one in attempts]
    executions = tuple((StateMachine.TASK.value, name) for name in names)
    return Lookup((key.pk, key.sk), executions, None, _before(task.created_at, key))


def _import(connection: Connection, key: ImportKey) -> Lookup:
    job = connection.services.imports.get(key)
    if job is None:
        return Lookup(work=(key.pk, key.sk), missing=f"import {key}")
    executions = ((StateMachine.IMPORT_CSV.value, import_execution_name(key)),)
    return Lookup((key.pk, key.sk), executions, None, _before(job.created_at, key))


def _named(connection: Connection, name: str) -> Lookup:
    """The machine of an execution; if none has it, its lines are looked for all the same."""
    for machine in connection.environment.standard_machines:
        try:
            if _is_there(connection, machine, name):
                return Lookup(executions=((machine, name),))
        except PermanentError:
            break
    executions = ((StateMachine.EXPRESS_COMMAND.value, name),)
    return Lookup(executions=executions, missing=f"execution {name}")


def _is_there(connection: Connection, machine: str, name: str) -> bool:
    from cqrs.aws.step_functions import execution_arn  # noqa: PLC0415

    arn = execution_arn(connection.settings.state_machine_arn(machine), name)
    return connection.services.step_functions.describe(arn) is not None


def _before(at: str, key: object) -> datetime | None:
    made = parsed(at, str(key))
    return None if made is None else made - CLOCKS
