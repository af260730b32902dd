"""Lists of a table's items by status and time, from indexes whose sort key holds both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Index
from cqrs.core.keys import KEY_SEPARATOR, tenant_code
from cqrs.storage.index_pages import Range
from cqrs.storage.index_pages import newest as newest_of_index
from cqrs.storage.paging import refuse_bad_limit
from cqrs.storage.unfinished_work import UNFINISHED, shard_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from enum import StrEnum

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.core.work_keys import TimedWorkKey
    from cqrs.storage.index_pages import Place

TENANT = "tenant"
LISTED_AS = "listedAs"
"""Sort key of the indexes: ``<status>#<ULID>``."""


@dataclass(frozen=True, slots=True)
class StatusIndex:
    """An index by status and time, and the partition of it to list, which ends in a tenant."""

    table: str
    index: Index
    partition: str


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Some items, and where to go on.

    Attributes
    ----------
    items
        The items, the newest first.
    cursor
        The cursor of the next page; None on the last one.
    cursors
        The cursor behind each item, by its key.
    """

    items: Sequence[Item]
    cursor: str | None
    cursors: Mapping[tuple[str, str], str]


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
    ranges = [
        Range(place.table, place.index, place.partition, f"{status}{KEY_SEPARATOR}")
        for status in statuses
    ]
    tenant = tenant_code(place.partition)
    page = newest_of_index(store, ranges, limit=limit, cursor=cursor, tenant=tenant)
    items = _read_all(store, place.table, page.places, statuses)
    cursors = {(listed.pk, listed.sk): listed.cursor for listed in page.places}
    return ListedPage(items, page.cursor, cursors)


def _read_all(
    store: ItemStore, table: str, listed: Sequence[Place], statuses: Sequence[str]
) -> list[Item]:
    addresses = [(table, place.pk, place.sk) for place in listed]
    found = store.get_many(addresses)
    items = [found[address] for address in addresses if address in found]
    # The index is behind its table: what has moved on since does not belong here.
    return [item for item in items if _status_of(item) in statuses]


def _status_of(item: Item) -> str:
    """The status that lists an item.

    A damaged one may say otherwise, and is listed all the same.
    """
    return str(item.get(LISTED_AS, "")).partition(KEY_SEPARATOR)[0]
