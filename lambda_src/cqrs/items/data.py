"""The data table: the latest state of every item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cqrs.core.damaged_items import DamagedItem
from cqrs.core.item_content import FIRST_SCHEMA_VERSION, is_deleted, name_of, schema_version_of
from cqrs.core.keys import ItemKey
from cqrs.core.versions import version_of
from cqrs.errors import PermanentError, ValidationError
from cqrs.storage.paging import cursor_of, may_be_key, place_of, refuse_bad_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.item_types.known_types import TypedItems
    from cqrs.storage.large_attributes import LargeAttributes

DEFAULT_ITEMS = 100
MOST_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class DataItem:
    """State of an item at one version.

    Attributes
    ----------
    key
        The item's key.
    version
        How many commands have been applied to it.
    request_id
        Identity of the publish call that made this version.
    created_at, updated_at
        When its first and this version were published; UTC, ISO 8601.
    schema_version
        The version of its type's schema that the attributes follow: the newest, unless the item is
        deleted or a newer release wrote it.
    """

    key: ItemKey
    version: int
    name: str
    attributes: dict[str, Any]
    is_deleted: bool
    request_id: str
    created_at: str
    updated_at: str
    ttl: int | None = None
    schema_version: int = FIRST_SCHEMA_VERSION

    @classmethod
    def from_item(cls, key: ItemKey, item: Item, attributes: dict[str, Any]) -> DataItem:
        """Read a state from its item and its attributes, wherever those were stored.

        Raises
        ------
        ValidationError
            If the item is damaged.
        """
        return cls(
            key=key,
            version=version_of(item),
            name=name_of(item),
            attributes=attributes,
            is_deleted=is_deleted(item),
            request_id=item.get("requestId", ""),
            created_at=item.get("createdAt", ""),
            updated_at=item.get("updatedAt", ""),
            ttl=item.get("ttl"),
            schema_version=schema_version_of(item),
        )

    def as_read(self, typed_items: TypedItems) -> DataItem:
        """The state in the newest version of its schema; one that is deleted stays as it is.

        Raises
        ------
        UpcasterFailed
            If it cannot be brought there.
        """
        if self.is_deleted:
            return self
        attributes, version = typed_items.as_read(self.key, self.attributes, self.schema_version)
        return replace(self, attributes=attributes, schema_version=version)


Takes = Callable[[DataItem], bool]
"""Tells whether a page takes one more state."""


def every_state(_state: DataItem) -> bool:
    """Take whatever comes."""
    return True


@dataclass(frozen=True, slots=True)
class DataPage:
    """A page of items.

    Attributes
    ----------
    items
        In the order of their sort keys.
    cursor
        Give it to the next call to go on; None on the last page.
    damaged
        Items that cannot be read.
    """

    items: list[DataItem]
    cursor: str | None
    damaged: Sequence[DamagedItem] = ()


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """A page of a part of the whole table.

    Attributes
    ----------
    items, damaged
        Those that were wanted, and those among them that cannot be read.
    scanned
        How many were looked at.
    last_key
        Give it to the next call to go on; None on the last page.
    """

    items: Sequence[DataItem]
    damaged: Sequence[DamagedItem]
    scanned: int
    last_key: Item | None


class DataService:
    """Reads the data table.

    Parameters
    ----------
    store, attributes
        Access to tables, and to attributes that lie in the bucket.
    table
        Name of the data table.
    typed_items
        Brings states to the newest version of their schemas.
    """

    def __init__(
        self, store: ItemStore, attributes: LargeAttributes, table: str, typed_items: TypedItems
    ) -> None:
        self._store = store
        self._attributes = attributes
        self._table = table
        self._typed_items = typed_items

    def get(self, pk: str, sk: str) -> DataItem | None:
        """Read an item's latest state, strongly consistent; None if there is none."""
        item = self._store.get(self._table, pk, sk)
        return None if item is None else self._to_data_item(item)

    def list(
        self,
        pk: str,
        *,
        sk_prefix: str = "",
        limit: int = DEFAULT_ITEMS,
        cursor: str | None = None,
        takes: Takes = every_state,
    ) -> DataPage:
        """Read a page of a partition.

        Parameters
        ----------
        pk
            Partition key.
        sk_prefix
            Only items whose sort key begins so.
        limit
            Items of a page, 1 to 1,000; a page ends earlier at 1 MB.
        cursor
            ``cursor`` of the page before.
        takes
            Is shown each item in turn; the page ends before the first for which it is false. It
            should take the first of a page, or nothing comes after it.

        Raises
        ------
        ValidationError
            If the limit is out of range, or the cursor is not one of this list.
        """
        refuse_bad_limit(limit, longest=MOST_ITEMS)
        start_after = None if cursor is None else _read_cursor(cursor, pk, sk_prefix)
        page = self._store.query(
            self._table, pk, sk_prefix=sk_prefix, limit=limit, start_after=start_after
        )
        items: list[DataItem] = []
        damaged: list[DamagedItem] = []
        for item in page.items:
            try:
                state = self._to_data_item(item)
            except PermanentError as error:
                damaged.append(DamagedItem(f"{item['pk']} {item['sk']}", str(error)))
                continue
            if not takes(state):
                return DataPage(items, cursor_behind(items[-1].key) if items else cursor, damaged)
            items.append(state)
        last = page.last_key
        more = None if last is None else cursor_of({"pk": last["pk"], "sk": last["sk"]})
        return DataPage(items, more, damaged)

    def scan(
        self,
        segment: tuple[int, int],
        *,
        limit: int,
        start_after: Item | None,
        wants: Callable[[str], bool],
    ) -> ScannedPage:
        """Read a page of a part of the whole table, in no order (one Scan).

        Parameters
        ----------
        segment
            Number of the part, from 0, and how many parts there are.
        limit
            Items that are looked at.
        start_after
            ``last_key`` of the page before.
        wants
            Whether the items of a partition key are read.
        """
        page = self._store.scan(self._table, segment, limit=limit, start_after=start_after)
        items: list[DataItem] = []
        damaged: list[DamagedItem] = []
        for item in page.items:
            if not wants(item["pk"]):
                continue
            try:
                items.append(self._to_data_item(item))
            except PermanentError as error:
                damaged.append(DamagedItem(f"{item['pk']} {item['sk']}", str(error)))
        last = page.last_key
        at = None if last is None else {"pk": last["pk"], "sk": last["sk"]}
        return ScannedPage(items, damaged, len(page.items), at)

    def list_all(self, pk: str, *, sk_prefix: str = "") -> Iterator[DataItem]:
        """Read a whole partition, page by page as it is consumed.

        Raises
        ------
        ValidationError
            If an item of the page that was just read cannot be; the others have been given by then.
        """
        cursor = None
        while True:
            page = self.list(pk, sk_prefix=sk_prefix, limit=MOST_ITEMS, cursor=cursor)
            yield from page.items
            if page.damaged:
                raise ValidationError(page.damaged[0].problem)
            cursor = page.cursor
            if cursor is None:
                return

    def _to_data_item(self, item: Item) -> DataItem:
        key = ItemKey(item["pk"], item["sk"])
        state = DataItem.from_item(key, item, self._attributes.load(item))
        return state.as_read(self._typed_items)


def cursor_behind(key: ItemKey) -> str:
    """The cursor of a page that begins behind an item."""
    return cursor_of({"pk": key.pk, "sk": key.sk})


def _read_cursor(cursor: str, pk: str, sk_prefix: str) -> Item:
    try:
        key = place_of(cursor)
        if key["pk"] == pk and may_be_key(key["sk"]) and key["sk"].startswith(sk_prefix):
            return {"pk": pk, "sk": key["sk"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise ValidationError(
        f"The cursor {str(cursor)[:40]!r} does not belong to this list: give back the cursor "
        "of the page before, unchanged."
    )
