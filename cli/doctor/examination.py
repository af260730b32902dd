"""The faults that an environment can have, in the words of the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cli.deployed.connection import Connection
from cli.deployed.replays import Invoking
from cli.doctor.finding import Finding, finding_of
from cli.suggestions import command_line, explanation
from cqrs.core.clock import iso
from cqrs.dead_letters.queue import count_dead_letters, sources
from cqrs.errors import PermanentError
from cqrs.examinations.failed_chains import chain_fault
from cqrs.examinations.items_set_back import items_set_back
from cqrs.healing.faults import Remedy

if TYPE_CHECKING:
    from datetime import datetime

    from cqrs.commands.models import Command
    from cqrs.core.keys import ItemKey
    from cqrs.examinations.items_set_back import SetBack
    from cqrs.healing.kinds import Kind, Kinds


def examine(connection: Connection) -> list[Finding]:
    """Look for failed commands, for what does not move, and for dead letters.

    An examination that is refused does not keep the others from theirs.
    """
    failed: list[Command] = []
    services = connection.services
    work = services.stuck_work(Invoking(connection), services.step_functions, failed.append)
    broken_off: dict[str, list[str]] = {}
    findings = [
        finding
        for what, look in _examinations(connection, work, failed).items()
        for finding in _as_far_as_possible(what, look(), broken_off)
    ]
    return findings + [_broken_off(reason, each) for reason, each in broken_off.items()]


def examine_restored(connection: Connection) -> list[Finding]:
    """Look for items that are behind their finished commands, in the whole environment.

    It reads the commands table from end to end, which takes the right to scan it.
    """
    newest: dict[ItemKey, SetBack] = {}
    for one in items_set_back(connection.services):
        known = newest.get(one.newest.item)
        if known is None or known.newest < one.newest:
            newest[one.newest.item] = one
    return [_set_back(connection, one) for one in newest.values()]


def _set_back(connection: Connection, one: SetBack) -> Finding:
    key = one.newest
    return Finding(
        "item that was set back",
        str(key.item),
        f"it is at version {one.version}, and its command of version {key.version} was finished",
        command_line(connection, "retry", keys=key.address),
        lambda: bool(connection.services.repair.retry(key)),
        explanation(connection, key.address),
    )


def _examinations(
    connection: Connection, work: Kinds, failed: list[Command]
) -> dict[str, Callable[[], Iterator[Finding]]]:
    stuck = partial(_stuck, connection)
    patience = work.patience
    return {
        "commands": lambda: _commands(connection, work.commands, failed),
        "tasks": lambda: stuck(work.tasks, patience.message),
        "imports": lambda: stuck(work.imports, patience.delayed_message),
        "approval requests": lambda: stuck(work.approvals),
        "dead letters": lambda: _dead_letters(connection),
    }


def _as_far_as_possible(
    what: str, findings: Iterator[Finding], broken_off: dict[str, list[str]]
) -> Iterator[Finding]:
    """The findings of one examination; if it is refused, its name goes to those of that reason."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        yield from findings
    except (PermanentError, ClientError) as error:
        broken_off.setdefault(f"{type(error).__name__}: {error}", []).append(what)


def _broken_off(reason: str, examinations: list[str]) -> Finding:
    return Finding(
        "examination that was broken off",
        ", ".join(examinations),
        reason,
        "mend the cause, and look again; what is not named was examined",
    )


def _stuck(connection: Connection, kind: Kind, since: datetime | None = None) -> Iterator[Finding]:
    for entry in kind.entries.all(None if since is None else iso(since)):
        for fault in kind.faults(entry):
            yield finding_of(connection, fault)


def _commands(connection: Connection, kind: Kind, failed: list[Command]) -> Iterator[Finding]:
    yield from _stuck(connection, kind)
    chains: dict[ItemKey, list[Command]] = {}
    for command in failed:
        chains.setdefault(command.key.item, []).append(command)
    for chain in chains.values():
        yield _failed_chain(connection, chain, is_one_of_many=len(chains) > 1)


def _failed_chain(connection: Connection, chain: list[Command], *, is_one_of_many: bool) -> Finding:
    fault = chain_fault(connection.services, chain)
    finding = finding_of(connection, fault)
    if not is_one_of_many or fault.remedy is not Remedy.RETRY_COMMAND:
        return finding
    every = command_line(connection, "retry", "--failed")
    return replace(finding, repair=f"{finding.repair}, or all: {every}")


def _dead_letters(connection: Connection) -> Iterator[Finding]:
    own = connection.with_own_resources()
    for source in sources(own.settings):
        count = count_dead_letters(own.services, source)
        if count:
            yield Finding(
                "dead letters",
                str(source),
                f"{count} {'message' if count == 1 else 'messages'}",
                f"`{command_line(connection, 'redrive', source)}`, or to give one up "
                f"`{command_line(connection, 'discard', source)} ID --reason TEXT`",
            )
