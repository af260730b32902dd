"""Which fillings of a read model there are, and which of them is read.

One item for each model says so, and a condition guards each of its changes. A writer reads it,
strongly consistent, with every item that it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import Condition, Update
from cqrs.core.clock import now_iso
from cqrs.core.timed_keys import new_ulid
from cqrs.errors import ConditionFailed, ValidationError
from cqrs.read_models.places import Generation
from cqrs.storage.new_items import put_new

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.read_models.declarations import ReadModel

PARTITION = "READ_MODELS"
"""Partition key of the items in the table of read models."""

LIVING, BUILDING, PREVIOUS, NEXT = "living", "building", "previous", "next"

PARTS = {BUILDING: "is not being filled", PREVIOUS: "is not the one that was read before"}
"""Refusals of a generation that was taken for one of these."""

LEFT = "left_"
"""Begins the attributes of generations that are written no more, each followed by its number."""


@dataclass(frozen=True, slots=True)
class LeftGeneration:
    """A generation that is written no more, and not removed yet.

    Attributes
    ----------
    run
        Identity of the run that removes it.
    """

    generation: Generation
    run: str


@dataclass(frozen=True, slots=True)
class Generations:
    """The generations of a read model.

    Attributes
    ----------
    living
        The one that is read.
    building
        The one that a rebuild fills; None if there is no rebuild.
    previous
        The one that was read before, until it is dropped or another one takes its place.
    left
        Those that are to be removed, the oldest first.
    """

    living: Generation
    building: Generation | None = None
    previous: Generation | None = None
    left: tuple[LeftGeneration, ...] = ()

    @property
    def written(self) -> tuple[Generation, ...]:
        """Those that get every version of an item."""
        return tuple(one for one in (self.living, self.building, self.previous) if one is not None)

    @property
    def told(self) -> str:
        """How they stand, as a sentence for those who thought otherwise."""
        parts = [f"generation {self.living.number} is read"]
        if self.previous is not None:
            parts.append(f"{self.previous.number} was read before")
        if self.building is not None:
            parts.append(f"{self.building.number} is filled")
        return f"Now {', '.join(parts)}."

    def part(self, part: str, meant: int | None) -> Generation | None:
        """One of the generations; None if there is none.

        Parameters
        ----------
        part
            ``building`` or ``previous``.
        meant
            The number that it has to have; None for any.

        Raises
        ------
        ValidationError
            If it has another number, or there is none.
        """
        found = self.building if part == BUILDING else self.previous
        if meant is not None and (found is None or found.number != meant):
            raise ValidationError(self.otherwise(part, meant))
        return found

    def otherwise(self, part: str, meant: int) -> str:
        """The refusal of who takes a generation for what it is not, or is no more."""
        return f"Generation {meant} of {self.living.model} {PARTS[part]}. {self.told}"


class GenerationRecords:
    """Reads and writes which generations there are.

    Parameters
    ----------
    store, table
        Access to the table of read models.
    """

    def __init__(self, store: ItemStore, table: str) -> None:
        self._store = store
        self._table = table

    def of(self, model: ReadModel) -> Generations:
        """The generations of a model (one GetItem, the first time one PutItem more)."""
        item = self._store.get(self._table, PARTITION, model.name)
        if item is None:
            first = {"number": 1, "version": model.oldest.version}
            new = {"pk": PARTITION, "sk": model.name, LIVING: first, NEXT: 2}
            if put_new(self._store, self._table, new):
                return Generations(_generation(model.name, first))
            item = self._store.get(self._table, PARTITION, model.name)
        return _generations(model.name, item or {})

    def existing(self, name: str) -> Generations | None:
        """The generations of a model; None if nobody has written one (one GetItem)."""
        item = self._store.get(self._table, PARTITION, name)
        return None if item is None else _generations(name, item)

    def begin(self, model: ReadModel) -> Generations:
        """Begin a generation of the newest version (one GetItem, one UpdateItem).

        Raises
        ------
        ValidationError
            If one is being filled already.
        """
        self.of(model)
        item = self._store.get(self._table, PARTITION, model.name) or {}
        number = item[NEXT]
        begun = {"number": number, "version": model.newest.version}
        return self._change(
            model.name,
            Update(
                self._table,
                PARTITION,
                model.name,
                assign={BUILDING: begun, NEXT: number + 1, "begunAt": now_iso()},
                condition=Condition(
                    "attribute_not_exists(#building) AND #next = :seen", {"seen": number}
                ),
            ),
            lambda now: (
                f"Another rebuild of {model.name} is under way: wait for its end, or end it with "
                f"`cqrs read-model cancel {model.name}`. {now.told}"
            ),
        )

    def cut_over(self, name: str, building: Generation) -> Generations:
        """Let a filled generation be read (one GetItem, one conditional UpdateItem).

        The one that was read until now takes the place of the one before, which is left.

        Raises
        ------
        ValidationError
            If it is not being filled any more.
        """
        now = self._existing(name)
        before = now.previous
        return self._change(
            name,
            Update(
                self._table,
                PARTITION,
                name,
                assign={
                    LIVING: _stored(building),
                    PREVIOUS: _stored(now.living),
                    "cutOverAt": now_iso(),
                    **({} if before is None else _left(before)),
                },
                remove=(BUILDING,),
                condition=_is(BUILDING, building)
                & _is(LIVING, now.living)
                & (_lacks(PREVIOUS) if before is None else _is(PREVIOUS, before)),
            ),
            _not(BUILDING, building),
        )

    def roll_back(self, name: str, meant: int | None = None) -> Generations:
        """Let the generation before be read again (one GetItem, one conditional UpdateItem).

        The two change places, so that another call leads forward again.

        Parameters
        ----------
        meant
            Number of the generation before; by default it is whichever there is.

        Raises
        ------
        ValidationError
            If there is none, or it has another number.
        """
        now = self._existing(name)
        previous = now.part(PREVIOUS, meant)
        if previous is None:
            raise ValidationError(
                f"{name} has no generation to go back to: it was dropped, or there was none."
            )
        return self._change(
            name,
            Update(
                self._table,
                PARTITION,
                name,
                assign={
                    LIVING: _stored(previous),
                    PREVIOUS: _stored(now.living),
                    "cutOverAt": now_iso(),
                },
                condition=_is(LIVING, now.living) & _is(PREVIOUS, previous),
            ),
            lambda now: f"Somebody else has just changed what is read of {name}. {now.told}",
        )

    def leave(self, name: str, part: str, generation: Generation) -> Generations:
        """Write a generation no more (one conditional UpdateItem).

        Parameters
        ----------
        part
            Its part until now: ``building`` or ``previous``.

        Raises
        ------
        ValidationError
            If it is that no more.
        """
        return self._change(
            name,
            Update(
                self._table,
                PARTITION,
                name,
                assign=_left(generation),
                remove=(part,),
                condition=_is(part, generation),
            ),
            _not(part, generation),
        )

    def removed(self, generation: Generation) -> None:
        """Note that nothing is left of a generation (one UpdateItem)."""
        attribute = f"{LEFT}{generation.number}"
        self._store.update(Update(self._table, PARTITION, generation.model, remove=(attribute,)))

    def _existing(self, name: str) -> Generations:
        return _generations(name, self._store.get(self._table, PARTITION, name) or {})

    def _change(
        self, name: str, change: Update, refusal: Callable[[Generations], str]
    ) -> Generations:
        try:
            return _generations(name, self._store.update(change))
        except ConditionFailed:
            raise ValidationError(refusal(self._existing(name))) from None


def _is(part: str, generation: Generation) -> Condition:
    """Condition that a part is one generation."""
    return Condition(f"#{part} = :was_{part}", {f"was_{part}": _stored(generation)})


def _not(part: str, generation: Generation) -> Callable[[Generations], str]:
    """The refusal, as it stands now, of who took a generation for one of a part."""
    return lambda now: now.otherwise(part, generation.number)


def _lacks(part: str) -> Condition:
    return Condition(f"attribute_not_exists(#{part})")


def _left(generation: Generation) -> dict[str, Any]:
    """The attribute of a generation that is written no more."""
    return {f"{LEFT}{generation.number}": {**_stored(generation), "run": new_ulid()}}


def _stored(generation: Generation) -> dict[str, int]:
    return {"number": generation.number, "version": generation.version}


def _generations(name: str, item: Item) -> Generations:
    living = item.get(LIVING)
    if living is None:
        raise ValidationError(
            f"The item {PARTITION} {name} in the table of read models is gone or damaged. Mend it: "
            "it names the generation that is read."
        )
    building, previous = item.get(BUILDING), item.get(PREVIOUS)
    return Generations(
        _generation(name, living),
        None if building is None else _generation(name, building),
        None if previous is None else _generation(name, previous),
        tuple(
            sorted(
                (
                    LeftGeneration(_generation(name, stored), stored["run"])
                    for attribute, stored in item.items()
                    if attribute.startswith(LEFT)
                ),
                key=lambda one: one.generation.number,
            )
        ),
    )


def _generation(name: str, stored: Any) -> Generation:
    return Generation(name, stored["number"], stored["version"])
