"""The healer's notes: who heals now, how far each index was looked at, and what was mended.

They are items of the import_tmp table, of a kind that its stream passes over.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cqrs.aws.item_store import Condition, Put, Update
from cqrs.core.clock import CLOCK_DIFFERENCE, iso
from cqrs.errors import ConditionFailed
from cqrs.healing.entries import Place
from cqrs.imports.models import ImportKind
from cqrs.storage.unfinished_work import SHARDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.healing.faults import Fault

PK = "HEALING"
RUN = "run"
OF_HEALING = {"kind": ImportKind.HEALING.value}

TAKEN_BY, TAKEN_UNTIL, PLACES = "takenBy", "takenUntil", "places"
MENDED, MENDED_AT = "mended", "mendedAt"

LONGEST_RUN_SECONDS = 900.0
"""The longest invocation (Lambda guide, "Lambda quotas"), if there is no end to a run."""

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)
KEPT = timedelta(days=3)
"""Time that a mending is remembered for."""


@dataclass(frozen=True, slots=True)
class Mending:
    """Earlier repairs of an item that stands still.

    Attributes
    ----------
    noted
        The number that its note holds; 0 if there is none.
    times
        How often it was mended without another look for days.
    next_at
        When it may be mended again, as the pause doubles each time; None for at once.
    """

    noted: int = 0
    times: int = 0
    next_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it may be mended now."""
        return self.next_at is None or self.next_at <= now


class Notes:
    """Reads and writes the notes.

    Parameters
    ----------
    store, table
        The import_tmp table.
    """

    def __init__(self, store: ItemStore, table: str) -> None:
        self._store = store
        self._table = table
        self._me = uuid4().hex

    def begin(self, seconds: float) -> dict[str, Place] | None:
        """Begin a run (one UpdateItem).

        Parameters
        ----------
        seconds
            How long it may take. Then another one may begin, even if this one died.

        Returns
        -------
        dict of str to Place or None
            The places at which the run before has stopped, by kind; None if another one goes on.
        """
        now = datetime.now(UTC)
        latest = now + timedelta(seconds=LONGEST_RUN_SECONDS) + CLOCK_DIFFERENCE
        # A time that no run can have noted holds up nobody, and neither does any other value.
        free = Condition(
            f"attribute_not_exists(#{TAKEN_BY}) OR #{TAKEN_BY} = :me"
            f" OR NOT (#{TAKEN_UNTIL} >= :now AND #{TAKEN_UNTIL} <= :latest)",
            {"me": self._me, "now": iso(now), "latest": iso(latest)},
        )
        until = iso(now + timedelta(seconds=seconds))
        taken = {TAKEN_BY: self._me, TAKEN_UNTIL: until, **OF_HEALING}
        try:
            run = self._store.update(Update(self._table, PK, RUN, taken, condition=free))
        except ConditionFailed:
            return None
        places = run.get(PLACES)
        if not isinstance(places, dict):
            return {}
        return {kind: _place(noted) for kind, noted in places.items()}

    def keep(self, places: Mapping[str, Place]) -> None:
        """Note how far each index was looked at (one UpdateItem)."""
        self._change({PLACES: {kind: _noted(place) for kind, place in places.items()}})

    def end(self) -> None:
        """Let another run begin (one UpdateItem)."""
        self._change({}, (TAKEN_BY, TAKEN_UNTIL))

    def _change(self, assign: Mapping[str, Any], remove: tuple[str, ...] = ()) -> None:
        mine = Condition(f"#{TAKEN_BY} = :me", {"me": self._me})
        try:
            self._store.update(Update(self._table, PK, RUN, assign, remove=remove, condition=mine))
        except ConditionFailed:
            return  # it took longer than it might, and another one has begun

    def of(self, fault: Fault) -> Mending:
        """Earlier repairs of the item of a fault (one GetItem)."""
        note = self._store.get(self._table, PK, _name(fault))
        if note is None:
            return Mending()
        noted, at = int(note[MENDED]), datetime.fromisoformat(note[MENDED_AT])
        if datetime.now(UTC) - at > 2 * LONGEST_PAUSE:
            return Mending(noted)  # it has moved meanwhile, or else it were mended more often
        return Mending(noted, noted, at + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(noted, 10)))

    def note(self, fault: Fault, before: Mending) -> bool:
        """Note that a fault is about to be mended (one PutItem); False if somebody else does it."""
        seen = Condition(
            f"attribute_not_exists(#pk) OR #{MENDED} = :noted", {"noted": before.noted}
        )
        return self._put(fault, before.times + 1, seen)

    def take_back(self, fault: Fault, before: Mending) -> None:
        """Note that a fault was not mended after all, for a reason that time mends."""
        self._put(fault, before.times, Condition(f"#{MENDED} = :mine", {"mine": before.times + 1}))

    def _put(self, fault: Fault, times: int, condition: Condition) -> bool:
        now = datetime.now(UTC)
        note = {
            "pk": PK,
            "sk": _name(fault),
            **OF_HEALING,
            "subject": fault.subject,
            MENDED: times,
            MENDED_AT: iso(now),
            "ttl": int((now + KEPT).timestamp()),
        }
        try:
            self._store.put(Put(self._table, note, condition))
        except ConditionFailed:
            return False
        return True


def _name(fault: Fault) -> str:
    """Name of the note about a fault's item, whatever the length of its keys."""
    text = "\n".join((fault.table, fault.entry["pk"], fault.entry["sk"]))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _noted(place: Place) -> Item:
    return {"shard": place.shard, **({} if place.after is None else {"after": place.after})}


def _place(noted: Any) -> Place:
    """A place that was noted; the beginning if it cannot be read."""
    try:
        shard, after = int(noted["shard"]), noted.get("after")
    except (AttributeError, KeyError, TypeError, ValueError):
        return Place()
    is_place = 0 <= shard < SHARDS and (after is None or isinstance(after, dict))
    return Place(shard, after) if is_place else Place()
