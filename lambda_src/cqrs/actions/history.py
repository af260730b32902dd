"""The earlier states by direct invocation: the calls of HistoryService that read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.actions.data import READ_OTHERWISE, state
from cqrs.actions.room import Room
from cqrs.core.keys import CommandKey, ItemKey
from cqrs.storage.paging import LONGEST_PAGE

if TYPE_CHECKING:
    from cqrs.items.data import DataItem
    from cqrs.items.history import HistoryService


class HistoryActions:
    """Actions on the history table.

    Parameters
    ----------
    history
        The service.
    """

    def __init__(self, history: HistoryService) -> None:
        self._history = history

    def get_history(self, pk: str, sk: str, version: int) -> dict[str, Any] | None:
        """Read the state that an item had at an earlier version."""
        key = CommandKey.checked(*ItemKey.checked(pk, sk).at(version).address)
        item = self._history.get(key.pk, key.base, key.version)
        return None if item is None else state(item)

    def list_history(
        self, pk: str, sk: str, before: int | None = None, limit: int = LONGEST_PAGE
    ) -> dict[str, Any]:
        """Read a page of the earlier states, newest first; its before is None on the last page.

        The page ends before the limit if an answer takes no more. States that cannot be read are
        under ``damaged``.

        Raises
        ------
        ValidationError
            If an argument is refused, or no answer holds the state that comes next.
        """
        key = ItemKey.checked(pk, sk)
        room = Room()

        def takes(item: DataItem) -> bool:
            otherwise = f"{READ_OTHERWISE} Go on behind it with before={item.version}."
            return room.takes(state(item), str(item.key.at(item.version)), otherwise)

        page = self._history.list(key.pk, key.sk, before=before, limit=limit, takes=takes)
        damaged = [item.to_mapping() for item in page.damaged]
        return {"items": room.entries, "before": page.before, "damaged": damaged}
