"""Lists of a table's items by status and time, from indexes whose sort key holds both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import merge
from typing import TYPE_CHECKING

from cqrs.keys import KEY_SEPARATOR
from cqrs.paging import refuse_bad_limit, refuse_foreign_cursor

if TYPE_CHECKING:
    from cqrs.item_store import Index, ItemStore
    from cqrs.serialization import Item

LISTED_AS = "listedAs"
"""Sort key of the indexes: ``<status>#<ULID>``."""

LAST_ULID = "Z" * 26
"""No ULID sorts behind it."""

ULID = re.compile("[0-9A-HJKMNP-TV-Z]{26}")


@dataclass(frozen=True, slots=True)
class StatusIndex:
    """An index by status and time, and the partition of it to list."""

    table: str
    index: Index
    partition: str


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Some items, and the cursor of the next page; None on the last one."""

    items: Sequence[Item]
    cursor: str | None


def listed_as(status: str, ulid: str) -> dict[str, str]:
    """The attribute that changes with an item's status."""
    return {LISTED_AS: f"{status}{KEY_SEPARATOR}{ulid}"}


def newest(
    store: ItemStore,
    place: StatusIndex,
    statuses: Sequence[str],
    *,
    limit: int,
    cursor: str | None,
    known: Sequence[str] = (),
) -> ListedPage:
    """Items of any of some statuses, the newest first.

    One Query for each status, and one BatchGetItem. An item whose status is none of those that are
    known is damaged, and stays listed as what it was; by default there are none such.

    Raises
    ------
    ValidationError
        The limit is not 1 to 100, or the cursor is none.
    """
    refuse_bad_limit(limit)
    refuse_foreign_cursor(cursor, ULID.fullmatch)
    newest_first = merge(
        *(
            # Two more: the page before's last one, and one to tell whether there is more.
            store.query_index(
                place.table, place.index, place.partition, _range(status, cursor), limit=limit + 2
            )
            for status in statuses
        ),
        key=_ulid_of,
        reverse=True,
    )
    # By its ULID each once, since one that moves on between two queries is found by both.
    distinct = {_ulid_of(item): item for item in newest_first}
    distinct.pop(cursor or "", None)
    found = list(distinct.values())
    page = found[:limit]
    more = _ulid_of(page[-1]) if len(found) > limit else None
    items = _read_all(store, place.table, page)
    # The index is behind its table: what has moved on since does not belong here.
    return ListedPage([i for i in items if _belongs(i.get("status"), statuses, known)], more)


def _range(status: str, before: str | None) -> tuple[str, str]:
    """Where the items of a status lie, up to a ULID."""
    prefix = f"{status}{KEY_SEPARATOR}"
    return prefix, f"{prefix}{before or LAST_ULID}"


def _read_all(store: ItemStore, table: str, listed: Sequence[Item]) -> list[Item]:
    addresses = [(table, item["pk"], item["sk"]) for item in listed]
    found = store.get_many(addresses)
    return [found[address] for address in addresses if address in found]


def _belongs(status: object, statuses: Sequence[str], known: Sequence[str]) -> bool:
    return status in statuses or bool(known and status not in known)


def _ulid_of(item: Item) -> str:
    return str(item[LISTED_AS]).partition(KEY_SEPARATOR)[2]
