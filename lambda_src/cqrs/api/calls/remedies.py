"""The help against what was found: words for people, and requests that a client can make.

Nothing of it is a command line: `subject` is the key that ``cqrs explain`` takes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cqrs.api.calls.imports import id_of as import_id_of
from cqrs.api.calls.tasks import id_of as task_id_of
from cqrs.api.paths import ENVIRONMENT_BASE, segment
from cqrs.core.keys import KEY_SEPARATOR, CommandKey, tenant_code
from cqrs.healing.faults import Remedy
from cqrs.imports.keys import ImportKey
from cqrs.resources import Queue
from cqrs.tasks.keys import TaskKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.api.call import ApiCall
    from cqrs.examinations.findings import Found
    from cqrs.healing.faults import Fault

ADVICE = {
    Remedy.MEND: "A repair is safe.",
    Remedy.RETRY_COMMAND: "Mend the cause, then start the chain again.",
    Remedy.PUBLISH_AGAIN: "Publish again on the latest version.",
    Remedy.MEND_COMMAND: "Mend or delete the command's item in the table.",
    Remedy.MEND_ITEM: "Mend or delete the item in the table.",
    Remedy.END_DAMAGED_IMPORT: "Mend or delete the item in the table. A repair ends the import.",
    Remedy.LOOK_AT_ITEM: (
        "See whether the item names something of another account, and whether the function may ask "
        "after it."
    ),
    Remedy.MEND_AND_RETRY_TASK: "A repair ends the task. Run it again after that.",
    Remedy.WAIT_FOR_TASK_QUEUE: (
        "Give it back if it is a dead letter. Otherwise wait, or cancel the task."
    ),
    Remedy.WAIT_FOR_IMPORT_QUEUE: (
        "Give it back if it is a dead letter. Otherwise wait, or cancel the import and import the "
        "file again."
    ),
    Remedy.WAIT_FOR_EXECUTION: "Wait, or cancel the import.",
    Remedy.IMPORT_AGAIN: "Cancel the import, and import the file again.",
}

OF_LETTERS = "Mend the cause, then give them back. Discard those that nobody needs."

QUEUES = {
    Remedy.WAIT_FOR_TASK_QUEUE: Queue.TASK_ACTION,
    Remedy.WAIT_FOR_IMPORT_QUEUE: Queue.IMPORT_ACTION,
}
"""Queues whose dead letters may be what is waited for."""

CANCELLED = frozenset(
    {
        Remedy.WAIT_FOR_TASK_QUEUE,
        Remedy.WAIT_FOR_IMPORT_QUEUE,
        Remedy.WAIT_FOR_EXECUTION,
        Remedy.IMPORT_AGAIN,
    }
)
"""Remedies of which one is to cancel the work."""


def advice(found: Found) -> str:
    """The help, in words for people."""
    if found.fault is None:
        return OF_LETTERS
    is_stuck = found.fault.remedy is Remedy.RETRY_COMMAND and found.fault.mend is not None
    return ADVICE[Remedy.MEND if is_stuck else found.fault.remedy]


def remedies(call: ApiCall, found: Found) -> list[dict[str, str]]:
    """The requests that help, the first one first; none if somebody has to mend an item.

    Parameters
    ----------
    call
        The request that is answered.
    found
        The finding.
    """
    return [{"does": does, "method": "POST", "path": path} for does, path in _requests(call, found)]


def executions(call: ApiCall, found: Found) -> str | None:
    """The place of the executions of a finding's subject, which show what happened.

    Parameters
    ----------
    call
        The request that is answered.
    found
        The finding.

    Returns
    -------
    str or None
        None if its subject has none, or no path can name it.
    """
    return None if found.fault is None else _of_subject(call, found.fault, "executions")


def _requests(call: ApiCall, found: Found) -> Iterator[tuple[str, str]]:
    fault = found.fault
    if fault is None:
        yield "redrive", _of_environment(call, "dead-letters", found.source, "redrive")
        return
    if fault.mend is not None:
        yield "repair", _of_environment(call, "findings", found.id, "repair")
    if fault.remedy in {Remedy.RETRY_COMMAND, Remedy.MEND_AND_RETRY_TASK}:
        yield from _done_to_subject(call, fault, "retry")
    if fault.remedy in QUEUES:
        yield "redrive", _of_environment(call, "dead-letters", QUEUES[fault.remedy], "redrive")
    if fault.remedy in CANCELLED:
        yield from _done_to_subject(call, fault, "cancel")


def _done_to_subject(call: ApiCall, fault: Fault, does: str) -> Iterator[tuple[str, str]]:
    place = _of_subject(call, fault, does)
    if place is not None:
        yield does, place


def _of_subject(call: ApiCall, fault: Fault, part: str) -> str | None:
    """The place of a part of what has the fault, if paths can name that."""
    parts: tuple[str, ...]
    match fault.key:
        case CommandKey() as key:
            kind = key.pk.rpartition(KEY_SEPARATOR)[0]
            prefix = f"{kind}{KEY_SEPARATOR}"
            if not key.base.startswith(prefix):
                return None
            parts = ("items", kind, key.base.removeprefix(prefix), "commands", str(key.version))
        case TaskKey() as key:
            parts = ("tasks", task_id_of(key))
        case ImportKey() as key:
            parts = ("imports", import_id_of(key))
        case _:
            return None
    tenant = tenant_code(fault.key.pk)
    return replace(call, tenant=tenant).place(*parts, part)


def _of_environment(call: ApiCall, *parts: str) -> str:
    return "/".join([call.prefix + ENVIRONMENT_BASE, *(segment(str(part)) for part in parts)])
