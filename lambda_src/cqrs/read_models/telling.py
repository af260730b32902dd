"""Showing items in generations of read models, and telling them to sync handlers again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.commands.models import Command, CommandStatus, Content, SyncMode
from cqrs.errors import TransientError, ValidationError
from cqrs.read_models.item_state import ItemState
from cqrs.read_models.service import change_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.items.data import DataItem
    from cqrs.read_models.declarations import ReadModel
    from cqrs.read_models.places import Change, Generation
    from cqrs.read_models.run_parts import RunParts
    from cqrs.read_models.tally import Tally


class Telling:
    """Shows items. One that is refused is counted, and stops no other.

    Parameters
    ----------
    parts
        Of these, the registry, the places, the generations and the sync handlers.
    """

    def __init__(self, parts: RunParts) -> None:
        self._with = parts

    def write(
        self,
        model: ReadModel,
        generation: Generation,
        states: Sequence[ItemState],
        tally: Tally,
        *,
        again: bool = False,
    ) -> int:
        """Write items into a generation; how many were news.

        Parameters
        ----------
        again
            Whether an item is written again if the generation shows its version.

        Raises
        ------
        TransientError
            If the place is away or busy.
        """
        projection = model.projections[generation.version]
        place = self._with.places.of(projection)
        changes: list[Change] = []
        for state in states:
            try:
                changes.append(change_of(projection, place, state))
            except TransientError:
                raise
            except Exception as error:  # noqa: BLE001 - the others go on
                tally.refuse(state.key, error)
        try:
            return place.write(generation, changes, again=again)
        except ValidationError as error:
            if len(changes) == 1:
                tally.refuse(changes[0].key, error)
                return 0
        written = 0
        for change in changes:  # the place refuses one of them
            try:
                written += place.write(generation, [change], again=again)
            except ValidationError as error:
                tally.refuse(change.key, error)
        return written

    def tell(self, name: str, items: Sequence[DataItem], tally: Tally) -> None:
        """Tell items to a read model or sync handler again, in their latest states.

        Raises
        ------
        TransientError
            If the place is away or busy, or the handler says so.
        """
        if name in self._with.registry.names:
            self._tell_model(self._with.registry.get(name), items, tally)
        else:
            self._tell_handler(name, items, tally)

    def _tell_model(self, model: ReadModel, items: Sequence[DataItem], tally: Tally) -> None:
        states = [ItemState.of_data(item) for item in items]
        for generation in self._with.generations.of(model).written:
            projection = model.projections.get(generation.version)
            if projection is not None:
                wanted = [state for state in states if projection.wants(state.pk)]
                tally.counts["written"] += self.write(model, generation, wanted, tally, again=True)

    def _tell_handler(self, name: str, items: Sequence[DataItem], tally: Tally) -> None:
        for item in items:
            try:
                self._with.sync_handlers.run(name, _command_of(item))
                tally.counts["written"] += 1
            except TransientError:
                raise
            except Exception as error:  # noqa: BLE001 - the others go on
                tally.refuse(item.key, error)


def _command_of(item: DataItem) -> Command:
    """The command that made an item's latest state, as far as the item tells it."""
    return Command(
        key=item.key.at(item.version),
        content=Content(item.name, item.attributes, item.is_deleted, item.schema_version),
        status=CommandStatus.FINISHED,
        sync_mode=SyncMode.ASYNC,
        request_id=item.request_id,
        created_at=item.updated_at,
    )
