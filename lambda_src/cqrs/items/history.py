"""The history table: each state that an item had before its latest one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Put
from cqrs.core.damaged_items import DamagedItem
from cqrs.core.keys import CommandKey, ItemKey, tenant_code
from cqrs.core.versions import version_of
from cqrs.errors import ItemTooLarge, PermanentError, ValidationError, VersionGap
from cqrs.items.data import DataItem, every_state
from cqrs.resources import Table
from cqrs.storage.paging import LONGEST_PAGE, refuse_bad_limit, refuse_other_than_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.item_types.known_types import TypedItems
    from cqrs.items.data import Takes
    from cqrs.settings import Settings
    from cqrs.storage.large_attributes import LargeAttributes
    from cqrs.storage.time_to_live import TimeToLive


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Earlier states of an item.

    Attributes
    ----------
    items
        Newest first.
    damaged
        States that cannot be read.
    before
        Give it to the next call to go on with older states; None on the last page.
    has_item
        False if the page is empty because there is no such item.
    """

    items: list[DataItem]
    before: int | None
    damaged: Sequence[DamagedItem] = ()
    has_item: bool = True


class HistoryService:
    """Writes and reads the history table.

    Parameters
    ----------
    store, attributes
        Access to tables, and to attributes that lie in the bucket.
    settings, time_to_live
        Names of the tables, and when states expire.
    typed_items
        Brings states to the newest version of their schemas.
    """

    def __init__(
        self,
        store: ItemStore,
        attributes: LargeAttributes,
        settings: Settings,
        time_to_live: TimeToLive,
        typed_items: TypedItems,
    ) -> None:
        self._store = store
        self._attributes = attributes
        self._settings = settings
        self._time_to_live = time_to_live
        self._typed_items = typed_items

    def copy_before(self, key: CommandKey) -> None:
        """Keep the state that a command is about to replace.

        A repeat changes nothing. Version 1 replaces nothing and costs no request, a later one a
        GetItem and a PutItem.

        Raises
        ------
        VersionGap
            If the data item is further behind than the command's predecessor.
        """
        if key.predecessor is None:
            return
        state = self._store.get(self._settings.data_table, key.pk, key.base)
        version = version_of(state)
        if version >= key.version:
            return
        if state is None or version < key.predecessor.version:
            raise VersionGap(
                f"{key} cannot be applied: its item is at version {version}, not "
                f"{key.predecessor.version}. Find out who changed the data table, then retry."
            )
        try:
            self._store.put(self.entry(state))
        except ItemTooLarge:
            self._store.put(self.entry(self._attributes.moved(state)))

    def entry(self, state: Item) -> Put:
        """The write that keeps a state of the data table.

        It needs no condition: a version's state never changes, so a repeat writes the same.
        """
        key = ItemKey(state["pk"], state["sk"]).at(version_of(state))
        item = {name: value for name, value in state.items() if name != "ttl"}
        expires_at = self._time_to_live.expires_at(Table.HISTORY, tenant_code(key.pk))
        if expires_at is not None:
            item["ttl"] = expires_at
        return Put(self._settings.history_table, {**item, "sk": key.sk})

    def get(self, pk: str, sk: str, version: int) -> DataItem | None:
        """Read the state that an item had at an earlier version; None if it is not kept."""
        key = ItemKey(pk, sk).at(version)
        item = self._store.get(self._settings.history_table, key.pk, key.sk)
        return None if item is None else self._to_state(key, item)

    def list(
        self,
        pk: str,
        sk: str,
        *,
        before: int | None = None,
        limit: int = LONGEST_PAGE,
        takes: Takes = every_state,
    ) -> HistoryPage:
        """Read the earlier states of an item, newest first.

        The keys of the states are known from their versions, so a page costs one BatchGetItem,
        however many versions there are.

        Parameters
        ----------
        pk, sk
            Key of the item.
        before
            Only versions below this one; by default all before the latest.
        limit
            Versions that a page covers, 1 to 100; expired ones among them are left out.
        takes
            Is shown each state in turn; the page ends before the first for which it is false. It
            should take the first of a page, or nothing comes after it.

        Raises
        ------
        ValidationError
            If the limit or ``before`` is out of range.
        """
        refuse_bad_limit(limit)
        if before is not None:
            refuse_other_than_whole("before", before)
        if before is not None and before < 1:
            raise ValidationError(f"before is {before}; it must be a version of 1 or more.")
        latest = self._latest_version(pk, sk) if before is None else None
        newest = (before or latest or 0) - 1
        oldest = max(1, newest - limit + 1)
        keys = [ItemKey(pk, sk).at(version) for version in range(newest, oldest - 1, -1)]
        table = self._settings.history_table
        found = self._store.get_many([(table, key.pk, key.sk) for key in keys])
        states: list[DataItem] = []
        damaged: list[DamagedItem] = []
        for key in keys:
            item = found.get((table, key.pk, key.sk))
            if item is None:
                continue
            try:
                state = self._to_state(key, item)
            except PermanentError as error:
                damaged.append(DamagedItem(str(key), str(error)))
                continue
            if not takes(state):
                return HistoryPage(states, key.version + 1, damaged)
            states.append(state)
        if before is not None and not found:
            # Nothing lies between the latest version and one that is far beyond it.
            latest = self._latest_version(pk, sk)
            oldest = min(oldest, latest or oldest)
        more = oldest if oldest > 1 and keys else None
        return HistoryPage(states, more, damaged, has_item=latest != 0)

    def _latest_version(self, pk: str, sk: str) -> int:
        return version_of(self._store.get(self._settings.data_table, pk, sk))

    def _to_state(self, key: CommandKey, item: Item) -> DataItem:
        state = DataItem.from_item(key.item, item, self._attributes.load(item))
        return state.as_read(self._typed_items)
