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

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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


def _failed_entries(services: Services, wanted: Filter) -> Iterator[Item]:
    table = services.settings.commands_table
    entries = UnfinishedEntries(services.clients, table, UNFINISHED_COMMANDS)
    for entry in entries.all():
        # Most of them are under way, and need not be read.
        if entry.get("status") != CommandStatus.PUBLISHED and wanted.takes(entry["pk"]):
            yield entry
