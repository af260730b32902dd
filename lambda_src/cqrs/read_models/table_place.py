"""Read models in the stack's own table: entries, which lists of DynamoDB show.

A generation has one note for each item, which holds its version and the places of its entries. A
transaction changes the note with the entries, so that all of them are of one version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import IS_NEW, TRANSACTION_ITEMS, Action, Condition, Delete, Put
from cqrs.core.backoff import back_off
from cqrs.core.json_values import canonical
from cqrs.core.keys import KEY_SEPARATOR, ItemKey
from cqrs.errors import ConditionFailed, TransientError, ValidationError
from cqrs.items.read_models import Entry
from cqrs.read_models.places import Shown
from cqrs.storage.paging import cursor_of, place_of, refuse_bad_limit

if TYPE_CHECKING:
    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.read_models.places import Change, Generation

MOST_ENTRIES = TRANSACTION_ITEMS - 1
"""Entries of an item, those that it leaves included: one transaction writes them with the note
(DynamoDB API reference, TransactWriteItems)."""

NOTE = "@"
"""Begins the partition keys of notes."""

ATTEMPTS = 8
"""Tries of a write that others come before."""

PAGE_ITEMS = 200
"""Items of a page that is cleared."""

FORGOTTEN = "isForgotten"
WRITES = "writes"


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries of a read model.

    Attributes
    ----------
    entries
        In the order of their sort keys.
    cursor
        Give it to the next call to go on; None on the last page.
    """

    entries: list[Entry]
    cursor: str | None


class TablePlace:
    """Keeps entries, at most once and in order for each item.

    Parameters
    ----------
    store
        Access to tables.
    table
        Name of the table.
    """

    def __init__(self, store: ItemStore, table: str) -> None:
        self._store = store
        self._table = table

    def checked(self, shown: Any) -> list[Entry]:
        """See that a projection gave entries, or nothing.

        Raises
        ------
        ValidationError
            If it gave something else, more than one transaction writes, or two for one place.
        """
        entries = [] if shown is None else [shown] if isinstance(shown, Entry) else shown
        if not isinstance(entries, Sequence) or not all(isinstance(one, Entry) for one in entries):
            raise ValidationError(
                f"A projection gave {shown!r:.80}; a read model in the table shows an item by a "
                "list of Entry, one Entry, or None."
            )
        places = {(entry.pk, entry.sk) for entry in entries}
        if len(entries) > MOST_ENTRIES or len(places) < len(entries):
            raise ValidationError(
                f"A projection gave {len(entries)} entries for {len(places)} places; an item takes "
                f"{MOST_ENTRIES} at most, each in a place of its own."
            )
        return list(entries)

    def write(
        self, generation: Generation, changes: Sequence[Change], *, again: bool = False
    ) -> int:
        """Show items (for each one GetItem and one TransactWriteItems).

        Raises
        ------
        ValidationError
            If an item would leave and take more entries than one transaction writes.
        TransientError
            If other writers of the item came first every time.
        """
        return sum(self._write(generation, change, again=again) for change in changes)

    def read(self, generation: Generation, keys: Sequence[ItemKey]) -> dict[ItemKey, Shown]:
        """Read how items are shown (two BatchGetItem for each hundred).

        An item that is written between the two is read again.
        """
        shown: dict[ItemKey, Shown] = {}
        wanted = keys
        for attempt in range(ATTEMPTS):
            found, wanted = self._read(generation, wanted)
            shown |= found
            if not wanted:
                break
            back_off(attempt)
        return shown

    def _read(
        self, generation: Generation, keys: Sequence[ItemKey]
    ) -> tuple[dict[ItemKey, Shown], list[ItemKey]]:
        """Notes with their entries, and the items whose entries are not all of that version."""
        addresses = [(self._table, *_note_key(generation, key)) for key in keys]
        found = self._store.get_many(addresses)
        notes = {key: found[at] for key, at in zip(keys, addresses, strict=True) if at in found}
        places = [(self._table, pk, sk) for note in notes.values() for pk, sk in _places(note)]
        entries = self._store.get_many(places)
        shown: dict[ItemKey, Shown] = {}
        torn: list[ItemKey] = []
        for key, note in notes.items():
            its = [entries.get((self._table, pk, sk)) for pk, sk in _places(note)]
            there = [entry for entry in its if entry is not None]
            shown[key] = Shown(note["version"], _digest(generation, there))
            if [entry["version"] for entry in there] != [note["version"]] * len(its):
                torn.append(key)
        return shown, torn

    def clear(
        self, generation: Generation, segment: tuple[int, int], cursor: Any
    ) -> tuple[int, Any]:
        """Remove a page of a generation (one Scan, one DeleteItem for each item)."""
        page = self._store.scan(self._table, segment, limit=PAGE_ITEMS, start_after=cursor)
        begins = (_partition(generation, ""), NOTE + _partition(generation, ""))
        doomed = [item for item in page.items if item["pk"].startswith(begins)]
        for item in doomed:
            self._store.delete(self._table, item["pk"], item["sk"])
        last = page.last_key
        return len(doomed), None if last is None else {"pk": last["pk"], "sk": last["sk"]}

    def list(
        self, generation: Generation, pk: str, *, sk_prefix: str, limit: int, cursor: str | None
    ) -> EntryPage:
        """A page of the entries of a partition (one Query).

        Raises
        ------
        ValidationError
            If the limit is not 1 to 100, or the cursor is none of this list.
        """
        refuse_bad_limit(limit)
        partition = _partition(generation, pk)
        start = None if cursor is None else {"pk": partition, "sk": _sort_key(cursor, pk)}
        page = self._store.query(
            self._table, partition, sk_prefix=sk_prefix, limit=limit, start_after=start
        )
        entries = [Entry(pk, item["sk"], item["attributes"], item["name"]) for item in page.items]
        last = page.last_key
        return EntryPage(entries, None if last is None else cursor_of([pk, last["sk"]]))

    def _write(self, generation: Generation, change: Change, *, again: bool) -> bool:
        for attempt in range(ATTEMPTS):
            pk, sk = _note_key(generation, change.key)
            note = self._store.get(self._table, pk, sk)
            if not _is_news(note, change, again=again):
                return False
            try:
                self._store.write_together(self._actions(generation, note, change))
            except ConditionFailed:
                back_off(attempt)
                continue
            return True
        raise TransientError(
            f"Others wrote {change.key} of read model {generation.model} {ATTEMPTS} times in a "
            "row. Try again later."
        )

    def _actions(
        self, generation: Generation, note: Item | None, change: Change
    ) -> Sequence[Action]:
        entries = self.checked(change.shown)
        places = [(_partition(generation, entry.pk), entry.sk) for entry in entries]
        left = [place for place in _places(note) if place not in places]
        if len(places) + len(left) > MOST_ENTRIES:
            raise ValidationError(
                f"Read model {generation.model} would write {len(places) + len(left)} entries of "
                f"{change.key}; one transaction takes {MOST_ENTRIES}. Show the item by fewer."
            )
        pk, sk = _note_key(generation, change.key)
        writes = 0 if note is None else note[WRITES]
        noted: Item = {
            "pk": pk,
            "sk": sk,
            "version": change.version,
            "entries": [list(place) for place in places],
            WRITES: writes + 1,
            **({FORGOTTEN: True} if change.is_forgotten else {}),
        }
        # The entries to remove are those of this very note.
        unchanged = IS_NEW if note is None else Condition("#writes = :seen", {"seen": writes})
        puts = [
            Put(self._table, _item(place, entry, change.version))
            for place, entry in zip(places, entries, strict=True)
        ]
        deletions = [Delete(self._table, *place) for place in left]
        return [Put(self._table, noted, unchanged), *puts, *deletions]


def _is_news(note: Item | None, change: Change, *, again: bool) -> bool:
    if note is None or change.version > note["version"]:
        return True
    is_same = change.version == note["version"]
    if change.is_forgotten:
        return is_same and FORGOTTEN not in note
    return again and is_same and FORGOTTEN not in note


def _partition(generation: Generation, pk: str) -> str:
    return f"{generation.model}{KEY_SEPARATOR}{generation.number}{KEY_SEPARATOR}{pk}"


def _note_key(generation: Generation, key: ItemKey) -> tuple[str, str]:
    return NOTE + _partition(generation, key.pk), key.sk


def _places(note: Item | None) -> list[tuple[str, str]]:
    """The places of an item's entries."""
    return [] if note is None else [(pk, sk) for pk, sk in note["entries"]]


def _item(place: tuple[str, str], entry: Entry, version: int) -> Item:
    pk, sk = place
    return {
        "pk": pk,
        "sk": sk,
        "version": version,
        "name": entry.name,
        "attributes": dict(entry.attributes),
    }


def _digest(generation: Generation, entries: Sequence[Item]) -> str:
    if not entries:
        return ""
    begins = _partition(generation, "")
    shown = [
        [item["pk"].removeprefix(begins), item["sk"], item["name"], item["attributes"]]
        for item in sorted(entries, key=lambda item: (item["pk"], item["sk"]))
    ]
    return hashlib.sha256(canonical(shown).encode(errors="surrogatepass")).hexdigest()


def _sort_key(cursor: str, pk: str) -> str:
    try:
        of, sk = place_of(cursor)
        if of == pk and isinstance(sk, str) and sk:
            return sk
    except (ValueError, TypeError):
        pass
    raise ValidationError(
        f"The cursor {str(cursor)[:40]!r} does not belong to this list of {pk}: give back the "
        "cursor of the page before, unchanged."
    )
