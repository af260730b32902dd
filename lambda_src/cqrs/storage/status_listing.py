"""Lists of a table's items by status and time, from indexes whose sort key holds both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from heapq import merge
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Index
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.timed_keys import BEHIND_ALL, ULID
from cqrs.storage.paging import refuse_bad_limit, refuse_foreign_cursor
from cqrs.storage.unfinished_work import UNFINISHED, shard_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from enum import StrEnum

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.core.work_keys import TimedWorkKey

TENANT = "tenant"
LISTED_AS = "listedAs"
"""Sort key of the indexes: ``<status>#<ULID>``."""

NO_ULID = "~"
"""Begins the cursor behind an item that has something else, which the services did not write."""

CURSOR = re.compile(f"{ULID.pattern}|{NO_ULID}.{{0,100}}")


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


def by_tenant(name: str) -> Index:
    """An index of each tenant's work by status and time."""
    return Index(name, TENANT, LISTED_AS)


def listing(key: TimedWorkKey, status: StrEnum) -> dict[str, str]:
    """Attributes that list new work by its tenant, and as not over."""
    return {
        TENANT: key.tenant,
        UNFINISHED: shard_of(key.pk, key.sk),
        **listed_as(key, status),
    }


def listed_as(key: TimedWorkKey, status: StrEnum) -> dict[str, str]:
    """The attribute that changes with the status of work."""
    return {LISTED_AS: f"{status.value}{KEY_SEPARATOR}{key.ulid}"}


def newest(
    store: ItemStore,
    place: StatusIndex,
    statuses: Sequence[str],
    *,
    limit: int,
    cursor: str | None,
) -> ListedPage:
    """Items of any of some statuses, the newest first.

    One Query for each status, and one BatchGetItem.

    Raises
    ------
    ValidationError
        If the limit is not 1 to 100, or the cursor is none.
    """
    refuse_bad_limit(limit)
    refuse_foreign_cursor(cursor, CURSOR.fullmatch)
    # Two more: the page before's last one, and one to tell whether there is more.
    most = limit + 2
    listed = [
        store.query_index(
            place.table, place.index, place.partition, _range(status, cursor), limit=most
        )
        for status in statuses
    ]
    newest_first = merge(*listed, key=_ulid_of, reverse=True)
    # Each once, since one that moves on between two queries is found by both.
    distinct = {(item["pk"], item["sk"]): item for item in newest_first}
    found = [item for item in distinct.values() if _cursor_behind(item) != cursor]
    page = _page(found, limit)
    # An item that was copied under another key has the ULID of the first.
    is_more = len(found) > len(page) or any(len(items) == most for items in listed)
    more = _cursor_behind(page[-1]) if page and is_more else None
    return ListedPage(_read_all(store, place.table, page, statuses), more)


def _page(found: Sequence[Item], limit: int) -> Sequence[Item]:
    """The first items, and those that no cursor could tell from the last of them."""
    end = limit
    while end < len(found) and _ulid_of(found[end]) == _ulid_of(found[end - 1]):
        end += 1
    return found[:end]


def _range(status: str, cursor: str | None) -> tuple[str, str]:
    """The range of keys of a status, up to the one that a cursor stands behind."""
    prefix = f"{status}{KEY_SEPARATOR}"
    return prefix, f"{prefix}{BEHIND_ALL if cursor is None else cursor.removeprefix(NO_ULID)}"


def _read_all(
    store: ItemStore, table: str, listed: Sequence[Item], statuses: Sequence[str]
) -> list[Item]:
    addresses = [(table, item["pk"], item["sk"]) for item in listed]
    found = store.get_many(addresses)
    items = [found[address] for address in addresses if address in found]
    # The index is behind its table: what has moved on since does not belong here.
    return [item for item in items if _status_of(item) in statuses]


def _status_of(item: Item) -> str:
    """The status that lists an item.

    A damaged one may say otherwise, and is listed all the same.
    """
    return str(item.get(LISTED_AS, "")).partition(KEY_SEPARATOR)[0]


def _ulid_of(item: Item) -> str:
    return str(item[LISTED_AS]).partition(KEY_SEPARATOR)[2]


def _cursor_behind(item: Item) -> str:
    ulid = _ulid_of(item)
    return ulid if ULID.fullmatch(ulid) else f"{NO_ULID}{ulid}"
