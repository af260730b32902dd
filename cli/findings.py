"""What can be wrong in an environment, found through the index of unfinished commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli.connection import Connection
from cli.dead_letters import SOURCES, count_dead_letters
from cqrs.commands.models import Command, CommandStatus
from cqrs.commands.unfinished import UNFINISHED, shards
from cqrs.keys import CommandKey, ItemKey
from cqrs.serialization import from_attribute_values

RUNNING = "RUNNING"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Attributes
    ----------
    problem, subject, detail
        What is wrong, with what, and what else is known.
    repair
        The command that repairs it.
    fix
        The same, where it is safe without a look at the cause.
    """

    problem: str
    subject: str
    detail: str
    repair: str
    fix: Callable[[], object] | None = None


def examine(connection: Connection) -> list[Finding]:
    """Look for stuck and failed commands, and for dead letters."""
    return [*_stuck_commands(connection), *_dead_letters(connection)]


def _stuck_commands(connection: Connection) -> Iterator[Finding]:
    # A command that is younger than a wait's timeout may well be on its way.
    grace = timedelta(seconds=connection.environment.command.wait_seconds)
    failed: dict[ItemKey, list[Command]] = {}
    for key in _unfinished_before(connection, datetime.now(UTC) - grace):
        command = connection.services.commands.get(key)
        if command is None or command.status is CommandStatus.FINISHED:
            continue  # it ended since the index was written
        if command.status is CommandStatus.FAILED:
            failed.setdefault(key.item, []).append(command)
        else:
            yield from _under_way(connection, command)
    for chain in failed.values():
        yield _failed_chain(chain)


def _unfinished_before(connection: Connection, moment: datetime) -> Iterator[CommandKey]:
    pages = connection.services.clients.dynamodb.get_paginator("query")
    latest = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for shard in shards():
        for page in pages.paginate(
            TableName=connection.settings.commands_table,
            IndexName=UNFINISHED.name,
            KeyConditionExpression="#partition = :shard AND #sort < :latest",
            ExpressionAttributeNames={
                "#partition": UNFINISHED.partition_key,
                "#sort": UNFINISHED.sort_key,
            },
            ExpressionAttributeValues={":shard": {"S": shard}, ":latest": {"S": latest}},
        ):
            for found in page["Items"]:
                item = from_attribute_values(found)
                yield CommandKey.parse(item["pk"], item["sk"])


def _under_way(connection: Connection, command: Command) -> Iterator[Finding]:
    services, key = connection.services, command.key
    status = services.command_executions.status(key, command.request_id, command.attempt)
    if status is None:
        yield Finding(
            "command without an execution",
            str(key),
            f"published at {command.created_at}",
            _retry(key),
            lambda: services.repair.retry(key),
        )
    elif status != RUNNING:
        yield Finding(
            "command left behind by its execution", str(key), f"execution {status}", _retry(key)
        )
    elif (predecessor := key.predecessor) is not None and _is_applied(connection, predecessor):
        yield Finding(
            "waits although its predecessor is applied",
            str(key),
            f"{predecessor} is applied",
            "cqrs doctor --fix",
            lambda: services.ordering.finish(predecessor),
        )
    else:
        yield Finding(
            "waits longer than a wait's timeout",
            str(key),
            f"published at {command.created_at}",
            "wait, or see `cqrs executions --status RUNNING`",
        )


def _is_applied(connection: Connection, key: CommandKey) -> bool:
    command = connection.services.commands.get(key)
    return command is not None and command.status is CommandStatus.FINISHED


def _failed_chain(chain: list[Command]) -> Finding:
    first = min(chain, key=lambda command: command.version)
    return Finding(
        "failed chain" if len(chain) > 1 else "failed command",
        str(first.key),
        f"{len(chain)} failed, first with {first.error}: {first.cause}",
        _retry(first.key),
    )


def _dead_letters(connection: Connection) -> Iterator[Finding]:
    for source in SOURCES:
        count = count_dead_letters(connection, source)
        if count:
            yield Finding(
                "dead letters", source.value, f"{count} messages", f"cqrs redrive {source.value}"
            )


def _retry(key: CommandKey) -> str:
    return f"cqrs retry '{key.pk}' '{key.sk}'"
