"""Items that are behind their own commands, as after a table was restored from a backup.

A backup of the data table is of a moment. The commands that were finished since are in the commands
table, if that was not restored too or is of a later moment. A retry applies them again, in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Condition
from cqrs.aws.item_sweep import ItemSweep
from cqrs.commands.models import CommandStatus
from cqrs.core.keys import CommandKey
from cqrs.core.versions import version_of
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cqrs.core.attribute_values import Item
    from cqrs.core.keys import ItemKey
    from cqrs.services import Services


@dataclass(frozen=True, slots=True)
class SetBack:
    """An item that was set back.

    Attributes
    ----------
    newest
        A finished command that the item does not hold; the newest that was met.
    version
        The version of the item in the data table; 0 if it is gone.
    """

    newest: CommandKey
    version: int


def items_set_back(services: Services) -> Iterator[SetBack]:
    """Find them (one Scan for each MB of the commands table, and a BatchGetItem a hundred items).

    An item comes once for each page of the table that shows it.
    """
    table = services.settings.commands_table
    finished = Condition("#status = :finished", {"finished": CommandStatus.FINISHED.value})
    for page in ItemSweep(services.clients).pages(table, finished):
        yield from _behind(services, _newest(page.items))


def _newest(commands: Sequence[Item]) -> dict[ItemKey, CommandKey]:
    newest: dict[ItemKey, CommandKey] = {}
    for command in commands:
        try:
            key = CommandKey.parse(command["pk"], command["sk"])
        except ValidationError:
            continue  # something else has put it, and the other examinations tell
        known = newest.get(key.item)
        if known is None or known.version < key.version:
            newest[key.item] = key
    return newest


def _behind(services: Services, newest: dict[ItemKey, CommandKey]) -> Iterator[SetBack]:
    table = services.settings.data_table
    found = services.store.get_many([(table, key.pk, key.sk) for key in newest])
    for key, command in newest.items():
        version = version_of(found.get((table, key.pk, key.sk)))
        if version < command.version:
            yield SetBack(command, version)
