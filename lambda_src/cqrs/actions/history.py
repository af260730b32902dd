"""The earlier states by direct invocation: the calls of HistoryService that read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.actions.data import state
from cqrs.keys import CommandKey, ItemKey
from cqrs.paging import LONGEST_PAGE

if TYPE_CHECKING:
    from cqrs.history import HistoryService


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
        """Read a page of the earlier states, newest first; its before is None on the last page."""
        key = ItemKey.checked(pk, sk)
        page = self._history.list(key.pk, key.sk, before=before, limit=limit)
        return {"items": [state(item) for item in page.items], "before": page.before}
