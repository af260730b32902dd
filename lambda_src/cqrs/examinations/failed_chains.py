"""Commands that failed, by item: what one cause has kept from being applied."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cqrs.commands.indexes import UNFINISHED_COMMANDS
from cqrs.commands.models import CommandStatus
from cqrs.core.keys import KEY_SEPARATOR, CommandKey, ItemKey, tenant_code
from cqrs.core.moments import moment
from cqrs.errors import ValidationError
from cqrs.healing.entries import UnfinishedEntries
from cqrs.healing.faults import Fault, Remedy
from cqrs.healing.stuck_commands import beyond_repair
from cqrs.storage.paging import cursor_of, may_be_key, place_of, refuse_foreign_cursor
from cqrs.storage.unfinished_work import SHARDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from cqrs.commands.models import Command
    from cqrs.core.attribute_values import Item
    from cqrs.errors import PermanentError
    from cqrs.services import Services


@dataclass(frozen=True, slots=True)
class Filter:
    """Which failed commands are meant; None takes all.

    Attributes
    ----------
    since
        When the first one of the item failed, at the earliest.
    item_type, tenant
        The beginning and the end of their partition keys.
    """

    since: datetime | None = None
    item_type: str | None = None
    tenant: str | None = None

    def takes(self, pk: str) -> bool:
        """Whether commands with a partition key are meant."""
        return self.item_type in {None, pk.rpartition(KEY_SEPARATOR)[0]} and self.tenant in {
            None,
            tenant_code(pk),
        }


@dataclass(slots=True)
class FailedChain:
    """Failed commands of one item.

    Attributes
    ----------
    first
        The first one, which failed by itself.
    count
        How many there are.
    """

    first: Command
    count: int = 1

    def add(self, command: Command) -> None:
        """Count another one."""
        self.count += 1
        self.first = min(self.first, command, key=lambda one: one.version)


@dataclass(slots=True)
class FailedCommands:
    """The commands that were found.

    Attributes
    ----------
    chains
        In the order in which they failed.
    damaged
        The findings about those that cannot be read.
    """

    chains: list[FailedChain] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def failed_commands(services: Services, wanted: Filter) -> FailedCommands:
    """Look for failed commands, through the index of unfinished ones."""
    found, chains = FailedCommands(), dict[ItemKey, FailedChain]()
    for entry in _failed_entries(services, wanted):
        try:
            command = services.repair.find(CommandKey.parse(entry["pk"], entry["sk"]))
            if command is None or command.status is not CommandStatus.FAILED:
                continue
            failed_at(command)
        except ValidationError as error:
            found.damaged.append(str(error))
            continue
        if command.key.item in chains:
            chains[command.key.item].add(command)
        else:
            chains[command.key.item] = FailedChain(command)
    by_time = sorted(chains.values(), key=lambda chain: failed_at(chain.first))
    found.chains = [
        chain for chain in by_time if wanted.since is None or failed_at(chain.first) >= wanted.since
    ]
    return found


def chain_fault(services: Services, chain: Sequence[Command]) -> Fault:
    """The fault of failed commands of one item: its chain, or what no retry can apply.

    Parameters
    ----------
    services
        The environment's.
    chain
        At least one of them, in any order.
    """
    first, table = min(chain, key=lambda one: one.version), services.settings.commands_table
    entry = first.key.to_mapping()
    obstacle: PermanentError | None
    try:
        obstacle = services.repair.obstacle(first.key)
    except ValidationError as error:
        obstacle = error
    if obstacle is not None:
        return beyond_repair(first.key, table, entry, obstacle)
    return Fault(
        "failed chain" if len(chain) > 1 else "failed command",
        str(first.key),
        f"{len(chain)} failed, first with {first.error}: {first.cause}",
        Remedy.RETRY_COMMAND,
        table,
        entry,
        first.key,
    )


def failed_at(command: Command) -> datetime:
    """When a command failed.

    Raises
    ------
    ValidationError
        If it does not tell.
    """
    return moment(command.finished_at or command.created_at, f"The command {command.key}")


@dataclass(slots=True)
class FailedPage:
    """A page of failed commands.

    Attributes
    ----------
    commands
        Those that were found, without what they say.
    damaged
        The findings about those that cannot be read.
    cursor
        Place to go on from; None on the last page. It names no command, as that may be of somebody
        else.
    """

    commands: list[Command] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    cursor: str | None = None


def failed_page(
    services: Services,
    wanted: Filter,
    limit: int,
    cursor: str | None,
    goes_on: Callable[[], bool],
) -> FailedPage:
    """Look for failed commands from a place on, as far as there is time.

    Parameters
    ----------
    services
        The environment's.
    wanted
        Which ones.
    limit, cursor
        How many at most, and the cursor of the page before.
    goes_on
        Whether there is time to look at another entry.

    Raises
    ------
    ValidationError
        If the cursor is none.
    """
    page, start = FailedPage(), _place(cursor)
    for place, entry in _entries_from(services, start):
        if len(page.commands) >= limit or not goes_on():
            page.cursor = cursor_of(place)
            return page
        if entry.get("status") == CommandStatus.PUBLISHED or not wanted.takes(entry["pk"]):
            continue
        try:
            command = services.repair.find(CommandKey.parse(entry["pk"], entry["sk"]))
        except ValidationError as error:
            page.damaged.append(str(error))
            continue
        if command is not None and command.status is CommandStatus.FAILED:
            page.commands.append(command)
    return page


def _entries_from(
    services: Services, start: tuple[int, str | None, int]
) -> Iterator[tuple[tuple[int, str | None, int], Item]]:
    """Entries with their places: partition, time, and how many of that time come before."""
    table, (first, since, skipped) = services.settings.commands_table, start
    entries = UnfinishedEntries(services.clients, table, UNFINISHED_COMMANDS)
    for shard in range(first, SHARDS):
        time, passed = None, 0
        for entry in entries.of_shard(shard, since if shard == first else None):
            made = entry[entries.sort_key]
            passed = passed + 1 if made == time else 0
            time = made
            if shard == first and made == since and passed < skipped:
                continue
            yield (shard, made, passed), entry


def _place(cursor: str | None) -> tuple[int, str | None, int]:
    if cursor is None:
        return 0, None, 0
    refuse_foreign_cursor(cursor, _is_place, "the failed commands")
    shard, since, skipped = place_of(cursor)
    return shard, since, skipped


def _is_place(cursor: str) -> bool:
    try:
        shard, since, skipped = place_of(cursor)
    except (ValueError, TypeError):
        return False
    is_whole = type(shard) is int and type(skipped) is int
    return is_whole and 0 <= shard < SHARDS and skipped >= 0 and may_be_key(since)


def _failed_entries(services: Services, wanted: Filter) -> Iterator[Item]:
    table = services.settings.commands_table
    entries = UnfinishedEntries(services.clients, table, UNFINISHED_COMMANDS)
    for entry in entries.all():
        # Most of them are under way, and need not be read.
        if entry.get("status") != CommandStatus.PUBLISHED and wanted.takes(entry["pk"]):
            yield entry
