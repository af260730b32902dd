"""Something that is wrong in an environment, and what repairs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.suggestions import command_line, explanation
from cqrs.aws.step_functions import RUNNING
from cqrs.core.keys import CommandKey
from cqrs.healing.faults import Fault, Remedy
from cqrs.resources import Queue, StateMachine

if TYPE_CHECKING:
    from cli.deployed.connection import Connection


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Attributes
    ----------
    problem, subject, detail
        The fault, its subject, and what else is known.
    repair
        The command that repairs it, or what else does.
    fix
        Repairs it, if that is safe without a look at the cause; False if nothing was done.
    explain
        The command that tells what happened to its subject; empty if that has no key.
    """

    problem: str
    subject: str
    detail: str
    repair: str
    fix: Callable[[], bool] | None = None
    explain: str = ""


def finding_of(connection: Connection, fault: Fault) -> Finding:
    """A fault in the words of the command line."""
    repair = REPAIRS[fault.remedy](connection, fault)
    explain = _explain(connection, fault)
    return Finding(fault.problem, fault.subject, fault.detail, repair, fault.mend, explain)


def _explain(connection: Connection, fault: Fault) -> str:
    if fault.key is None:
        return ""
    keys = fault.key.address if isinstance(fault.key, CommandKey) else [str(fault.key)]
    return explanation(connection, keys)


def _fix(connection: Connection, _fault: Fault | None = None) -> str:
    return command_line(connection, "doctor", "--fix")


def retry(connection: Connection, fault: Fault) -> str:
    """The command that starts the chain of a command again."""
    return command_line(connection, "retry", keys=(fault.key.pk, fault.key.sk))


def _mend_item(_connection: Connection, fault: Fault) -> str:
    return f"mend or delete this item of the table {fault.table}"


def _end_damaged_import(connection: Connection, fault: Fault) -> str:
    return f"{_mend_item(connection, fault)}; {_fix(connection)} ends the import"


def _look_at_item(_connection: Connection, fault: Fault) -> str:
    return (
        f"look whether this item of the table {fault.table} names something of another account, "
        "and whether you may ask after it"
    )


def _mend_and_retry_task(connection: Connection, fault: Fault) -> str:
    again = command_line(connection, "task", "retry", keys=[str(fault.key)])
    return f"{_fix(connection)} ends it, then {again}"


def _wait_for_task_queue(connection: Connection, fault: Fault) -> str:
    redrive = command_line(connection, "redrive", Queue.TASK_ACTION.value)
    cancel = command_line(connection, "task", "cancel", keys=[str(fault.key)])
    return f"{redrive}, if it is a dead letter; else wait, or end it: {cancel}"


def _wait_for_import_queue(connection: Connection, fault: Fault) -> str:
    redrive = command_line(connection, "redrive", Queue.IMPORT_ACTION.value)
    return f"{redrive}, or {_import_again(connection, fault)}"


def _wait_for_execution(connection: Connection, fault: Fault) -> str:
    running = ("executions", "--machine", StateMachine.IMPORT_CSV.value, "--status", RUNNING)
    see = command_line(connection, *running)
    return f"wait, or see `{see}`, or end it: `{_cancel(connection, fault)}`"


def _import_again(connection: Connection, fault: Fault) -> str:
    return f"{_cancel(connection, fault)}, and import the file again"


def _cancel(connection: Connection, fault: Fault) -> str:
    return command_line(connection, "import", "cancel", keys=[str(fault.key)])


REPAIRS: dict[Remedy, Callable[[Connection, Fault], str]] = {
    Remedy.MEND: _fix,
    Remedy.RETRY_COMMAND: retry,
    Remedy.PUBLISH_AGAIN: lambda _connection, _fault: "publish again on the latest version",
    Remedy.MEND_COMMAND: lambda _connection, _fault: "mend or delete the item",
    Remedy.MEND_ITEM: _mend_item,
    Remedy.END_DAMAGED_IMPORT: _end_damaged_import,
    Remedy.LOOK_AT_ITEM: _look_at_item,
    Remedy.MEND_AND_RETRY_TASK: _mend_and_retry_task,
    Remedy.WAIT_FOR_TASK_QUEUE: _wait_for_task_queue,
    Remedy.WAIT_FOR_IMPORT_QUEUE: _wait_for_import_queue,
    Remedy.WAIT_FOR_EXECUTION: _wait_for_execution,
    Remedy.IMPORT_AGAIN: _import_again,
}
