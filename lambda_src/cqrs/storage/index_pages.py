"""Pages of an index, the newest first.

Any number of items may share a sort key, as copies do. So a place in a list has the item's own key
too, and no page begins in the middle of what it cannot tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cqrs.core.keys import tenant_code
from cqrs.core.timed_keys import BEFORE_ALL, BEHIND_ALL
from cqrs.storage.paging import LONGEST_SORT_KEY, cursor_of, place_of, refuse_foreign_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.aws.item_store import Index, ItemStore
    from cqrs.core.attribute_values import Item

MORE = 2
"""Items that are read beyond a page: the last of the page before, and one more."""


@dataclass(frozen=True, slots=True)
class Range:
    """The items of an index's partition whose sort keys begin with a prefix."""

    table: str
    index: Index
    partition: str
    prefix: str = ""


class Place(NamedTuple):
    """The place of an item in a list; the newest is the greatest.

    Attributes
    ----------
    moment
        The index's sort key, behind the prefix of its range.
    pk, sk
        The item's key.
    """

    moment: str
    pk: str
    sk: str

    @property
    def cursor(self) -> str:
        """The cursor of what comes behind it."""
        return cursor_of(self)


@dataclass(frozen=True, slots=True)
class IndexPage:
    """The places of some items, and the cursor of the next page; None on the last one."""

    places: Sequence[Place]
    cursor: str | None


def newest(
    store: ItemStore,
    ranges: Sequence[Range],
    *,
    limit: int,
    cursor: str | None,
    tenant: str | None = None,
) -> IndexPage:
    """Find the newest items of some ranges of an index.

    One Query for each range. Items that share a sort key with more others than a page holds take
    further ones.

    Parameters
    ----------
    tenant
        Whose items they are, and so the place of the cursor; None for those of all.

    Raises
    ------
    ValidationError
        If the cursor is none of this list.
    """

    def belongs(text: str) -> bool:
        place = _place_of(text)
        return place is not None and tenant in {None, tenant_code(place.pk)}

    refuse_foreign_cursor(cursor, belongs)
    behind = None if cursor is None else _place_of(cursor)
    found: dict[tuple[str, str], Place] = {}
    is_more = False
    for each in ranges:
        places, has_more = _places(store, each, limit, behind)
        is_more |= has_more
        # Each once, since one that moves on between two queries is found by both.
        found.update({(place.pk, place.sk): place for place in places})
    newest_first = sorted(found.values(), reverse=True)
    page = newest_first[:limit]
    is_more |= len(newest_first) > limit
    return IndexPage(page, page[-1].cursor if is_more else None)


def _places(
    store: ItemStore, within: Range, limit: int, behind: Place | None
) -> tuple[list[Place], bool]:
    """The newest places of a range, at least a page of them, and whether there are more."""
    found: list[Place] = []
    start_after: Item | None = None
    while True:
        page = store.query_index(
            within.table,
            within.index,
            within.partition,
            _between(within.prefix, behind),
            limit=limit + MORE,
            start_after=start_after,
        )
        read = [_place(item, within) for item in page.items]
        found += [place for place in read if behind is None or place < behind]
        if page.last_key is None:
            return found, False
        # The last sort key may have more items, in an order that is DynamoDB's own.
        whole = [place for place in found if place.moment > read[-1].moment]
        if len(whole) >= limit:
            return whole, True
        start_after = page.last_key


def _place(item: Item, within: Range) -> Place:
    moment = str(item[within.index.sort_key]).removeprefix(within.prefix)
    return Place(moment, str(item["pk"]), str(item["sk"]))


def _between(prefix: str, behind: Place | None) -> tuple[str, str]:
    greatest = f"{prefix}{BEHIND_ALL if behind is None else behind.moment}"
    if len(greatest.encode()) > LONGEST_SORT_KEY:
        # With another range's prefix. It takes in more, which are above this place in the list.
        room = LONGEST_SORT_KEY - len(BEHIND_ALL.encode())
        greatest = greatest.encode()[:room].decode(errors="ignore") + BEHIND_ALL
    return prefix or BEFORE_ALL, greatest


def _place_of(cursor: str) -> Place | None:
    """The place that a cursor stands behind; None if it is not a cursor."""
    try:
        match place_of(cursor):
            case [str(moment), str(pk), str(sk)]:
                moment.encode()  # DynamoDB keeps no half of a surrogate pair
                place = Place(moment, pk, sk)
                return place if place.cursor == cursor else None
    except ValueError:
        pass
    return None
