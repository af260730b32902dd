"""The moment that an export is of.

An export has what was published up to a moment, and waits until all of that is applied or has
failed. An item is cut at a version: that of its newest state that was published by then. History
has the versions before. So whatever is published meanwhile is in none of the files.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cqrs.commands.indexes import UNFINISHED_COMMANDS
from cqrs.commands.models import CommandStatus
from cqrs.core.keys import ItemKey, tenant_code
from cqrs.core.versions import version_of
from cqrs.errors import NotFoundError
from cqrs.healing.entries import UnfinishedEntries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cqrs.core.attribute_values import Item
    from cqrs.services import Services

PUBLISHED_AT = "updatedAt"


class Cut:
    """A tenant's items as they were at a moment.

    Parameters
    ----------
    services
        The environment's.
    tenant, moment
        Whose items, and when; UTC, ISO 8601 with milliseconds.
    """

    def __init__(self, services: Services, tenant: str, moment: str) -> None:
        self._store = services.store
        self._clients = services.clients
        self._settings = services.settings
        self._tenant = tenant
        self._moment = moment

    def under_way(self) -> Iterator[str]:
        """Commands of before the moment that are still being applied."""
        table = self._settings.commands_table
        entries = UnfinishedEntries(self._clients, table, UNFINISHED_COMMANDS)
        for entry in entries.all():
            if tenant_code(entry["pk"]) != self._tenant or entry["createdAt"] > self._moment:
                continue
            command = self._store.get(table, entry["pk"], entry["sk"])
            if command is not None and command.get("status") == CommandStatus.PUBLISHED:
                yield f"{entry['pk']} {entry['sk']}"

    def has(self, item: Item) -> bool:
        """Whether a state or a command was published by then."""
        return str(item.get(PUBLISHED_AT, item.get("createdAt", ""))) <= self._moment

    def state(self, item: Item) -> Item | None:
        """The state of a data item at the moment (a GetItem for each later version).

        None if it did not exist then.

        Raises
        ------
        NotFoundError
            If history does not have it any more.
        """
        if self.has(item):
            return item
        key = ItemKey(item["pk"], item["sk"])
        for version in range(version_of(item) - 1, 0, -1):
            kept = self._store.get(self._settings.history_table, *key.at(version).address)
            if kept is None:
                raise NotFoundError(
                    f"The state of {key} at {self._moment} is needed, as the item has moved on "
                    f"since, and history has no version {version} of it. Export it again."
                )
            if self.has(kept):
                return {**kept, "sk": key.sk}
        return None

    def earlier(self, states: Sequence[Item]) -> list[Item]:
        """Those of some states in history that were history at the moment already.

        One BatchGetItem for each hundred items, and what :meth:`state` costs.
        """
        table = self._settings.data_table
        known = [state for state in states if self.has(state)]
        keys = {_item_of(state) for state in known}
        found = self._store.get_many([(table, key.pk, key.sk) for key in sorted(keys)])
        bounds: dict[ItemKey, int] = {}
        for (_, pk, sk), item in found.items():
            with suppress(NotFoundError):  # the data item is reported
                bounds[ItemKey(pk, sk)] = version_of(self.state(item))
        return [
            state
            for state in known
            if version_of(state) < bounds.get(_item_of(state), version_of(state) + 1)
        ]


def _item_of(state: Item) -> ItemKey:
    suffix = f"@{version_of(state)}"
    return ItemKey(state["pk"], str(state["sk"]).removesuffix(suffix))
