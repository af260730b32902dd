"""The faults that an environment can have; commands are found through the index of unfinished ones.

Commands are read without their attributes, which may lie in the bucket, large or gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from cli.deployed.connection import Connection
from cli.doctor.finding import Finding, examined, is_recent
from cli.doctor.publishers import Publishers
from cli.doctor.stuck_approvals import stuck_approvals
from cli.doctor.stuck_imports import stuck_imports
from cli.doctor.stuck_tasks import stuck_tasks
from cli.doctor.unfinished_items import unfinished_entries
from cli.letters.queue import count_dead_letters, sources
from cli.suggestions import command_line
from cqrs.aws.step_functions import RUNNING
from cqrs.commands.indexes import UNFINISHED_COMMANDS
from cqrs.commands.models import Command, CommandStatus
from cqrs.core.attribute_values import Item
from cqrs.core.keys import CommandKey, ItemKey
from cqrs.errors import PermanentError, ValidationError


def examine(connection: Connection) -> list[Finding]:
    """Look for failed commands, for what does not move, and for dead letters."""
    return [
        finding
        for what, look in EXAMINATIONS.items()
        for finding in _as_far_as_possible(what, look(connection))
    ]


def _as_far_as_possible(what: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings of one examination; one that is refused does not keep the others from theirs."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        yield from findings
    except (PermanentError, ClientError) as error:
        yield Finding(
            "examination that was broken off",
            what,
            f"{type(error).__name__}: {error}",
            "mend the cause, and look again; the others were examined",
        )


def _stuck_commands(connection: Connection) -> Iterator[Finding]:
    # A command that was started less than a wait's timeout ago may well be on its way.
    begun = datetime.now(UTC) - timedelta(seconds=connection.environment.command.wait_seconds)
    failed: dict[ItemKey, list[Command]] = {}
    publishers = Publishers(connection)

    def examination(entry: Item) -> Iterator[Finding]:
        """The faults of a command; one that failed is added to those of its item."""
        command = _unless_young(connection, entry, begun)
        if command is None:
            return
        if command.status is CommandStatus.FAILED:
            failed.setdefault(command.key.item, []).append(command)
        elif not publishers.go_on_with(command):
            yield from _under_way(connection, command, begun)

    table = connection.settings.commands_table
    for entry in unfinished_entries(connection, table, UNFINISHED_COMMANDS):
        yield from examined("command", table, entry, examination(entry))
    for chain in failed.values():
        yield _failed_chain(connection, chain, is_one_of_many=len(failed) > 1)


def _unless_young(connection: Connection, entry: Item, begun: datetime) -> Command | None:
    """The command of an entry; None if it has ended since, or may be on its way.

    Raises
    ------
    ValidationError
        If it cannot be read.
    """
    key = CommandKey.parse(entry["pk"], entry["sk"])
    published = entry.get("status") == CommandStatus.PUBLISHED
    if published and is_recent(entry[UNFINISHED_COMMANDS.sort_key], f"The command {key}", begun):
        return None
    command = connection.services.repair.find(key)
    if command is None or command.status is CommandStatus.FINISHED:
        return None
    is_failed = command.status is CommandStatus.FAILED
    return command if is_failed or not _is_young(command, begun) else None


def _is_young(command: Command, begun: datetime) -> bool:
    moments = [command.created_at, command.restarted_at or command.created_at]
    return any(is_recent(text, f"The command {command.key}", begun) for text in moments)


def _under_way(connection: Connection, command: Command, begun: datetime) -> Iterator[Finding]:
    services, key = connection.services, command.key
    status = services.command_executions.status(key, command.request_id, command.attempt)
    if status == RUNNING:
        yield from _waiting(connection, key, begun)
    elif (obstacle := services.repair.obstacle(key)) is not None:
        yield _beyond_repair(key, obstacle)
    else:
        yield Finding(
            "command left behind by its execution" if status else "command without an execution",
            str(key),
            f"execution {status}" if status else f"published at {command.created_at}",
            _retry(connection, key),
            # Safe in both cases: nothing works on it, which a retry asks for.
            lambda: _start_again(connection, key),
        )


def _start_again(connection: Connection, key: CommandKey) -> bool:
    """Retry a command; True if it is under way or applied then, whoever saw to it."""
    services = connection.services
    if any(restart.key == key for restart in services.repair.retry(key)):
        return True
    command = services.repair.find(key)
    if command is None or command.status is CommandStatus.FAILED:
        return False
    return (
        command.status is CommandStatus.FINISHED
        or services.command_executions.status(key, command.request_id, command.attempt) == RUNNING
    )


def _waiting(connection: Connection, key: CommandKey, begun: datetime) -> Iterator[Finding]:
    """A wait whose signal was lost, and that did not end by its timeout either."""
    predecessor = key.predecessor
    if predecessor is not None and _is_long_applied(connection, predecessor, begun):
        yield Finding(
            "waits although its predecessor is applied",
            str(key),
            f"{predecessor} is applied",
            command_line(connection, "doctor", "--fix"),
            lambda: _tell_again(connection, predecessor),
        )


def _is_long_applied(connection: Connection, key: CommandKey, begun: datetime) -> bool:
    try:
        command = connection.services.repair.find(key)
    except ValidationError:
        return False  # a finding of its own
    if command is None or command.status is not CommandStatus.FINISHED:
        return False
    finished = command.finished_at
    return finished is None or not is_recent(finished, f"The command {key}", begun)


def _tell_again(connection: Connection, predecessor: CommandKey) -> bool:
    connection.services.ordering.finish(predecessor)
    return True


def _failed_chain(connection: Connection, chain: list[Command], *, is_one_of_many: bool) -> Finding:
    first = min(chain, key=lambda command: command.version)
    try:
        obstacle = connection.services.repair.obstacle(first.key)
    except ValidationError as error:
        obstacle = error
    if obstacle is not None:
        return _beyond_repair(first.key, obstacle)
    return Finding(
        "failed chain" if len(chain) > 1 else "failed command",
        str(first.key),
        f"{len(chain)} failed, first with {first.error}: {first.cause}",
        _retry(connection, first.key)
        + (f", or all: {command_line(connection, 'retry', '--failed')}" if is_one_of_many else ""),
    )


def _beyond_repair(key: CommandKey, obstacle: PermanentError) -> Finding:
    is_damaged = isinstance(obstacle, ValidationError)
    return Finding(
        "command that no retry can apply",
        str(key),
        str(obstacle),
        "mend or delete the item" if is_damaged else "publish again on the latest version",
    )


def _dead_letters(connection: Connection) -> Iterator[Finding]:
    own = connection.with_own_resources()
    for source in sources(own.settings):
        count = count_dead_letters(own, source)
        if count:
            yield Finding(
                "dead letters",
                str(source),
                f"{count} {'message' if count == 1 else 'messages'}",
                f"`{command_line(connection, 'redrive', source)}`, or "
                f"`{command_line(connection, 'discard', source)}` for what to give up",
            )


EXAMINATIONS: dict[str, Callable[[Connection], Iterator[Finding]]] = {
    "commands": _stuck_commands,
    "tasks": stuck_tasks,
    "imports": stuck_imports,
    "approval requests": stuck_approvals,
    "dead letters": _dead_letters,
}


def _retry(connection: Connection, key: CommandKey) -> str:
    return command_line(connection, "retry", key.pk, key.sk)
