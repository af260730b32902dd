"""Showing items in read models, reading these, and letting them forget items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.log_keys import ITEM, error_keys
from cqrs.core.observability import logger
from cqrs.errors import NotFoundError, TransientError, ValidationError
from cqrs.read_models.places import Change
from cqrs.read_models.sql_tables import SqlTable
from cqrs.storage.paging import LONGEST_PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cqrs.commands.models import Command
    from cqrs.core.keys import ItemKey
    from cqrs.items.read_models import Entry
    from cqrs.items.read_models import ReadModels as DataTableEntries
    from cqrs.read_models.declarations import Projection, ReadModel, ReadModelRegistry
    from cqrs.read_models.generations import GenerationRecords, Generations
    from cqrs.read_models.item_state import ItemState
    from cqrs.read_models.places import Generation, Place
    from cqrs.read_models.places_of import Places
    from cqrs.read_models.sql_place import SqlPlace
    from cqrs.read_models.table_place import EntryPage


class ReadModels:
    """The read models of an application.

    Parameters
    ----------
    registry
        The application's declarations.
    records
        Which generations there are.
    places
        The places that they lie in.
    data_table_entries
        Keeps entries in the data table, as sync handlers do by themselves.
    """

    def __init__(
        self,
        registry: ReadModelRegistry,
        records: GenerationRecords,
        places: Places,
        data_table_entries: DataTableEntries,
    ) -> None:
        self._registry = registry
        self._records = records
        self._places = places
        self._data_table_entries = data_table_entries

    # Written by sync handlers

    def shows(self, model: ReadModel, pk: str) -> bool:
        """Whether items of a partition are shown, as far as this environment has the places."""
        return any(
            projection.wants(pk) and self._places.has(projection)
            for projection in model.projections.values()
        )

    def apply(self, name: str, command: Command) -> None:
        """Show the item that a command has made, in each generation that is written.

        The one that is read decides. Another one's projection may refuse what that takes, and the
        comparison of a rebuild finds the item.

        Raises
        ------
        PermanentError
            If the projection of the living generation refuses the item.
        TransientError
            If a place is away.
        """
        from cqrs.read_models.item_state import ItemState  # noqa: PLC0415 - with it a read model

        model, state = self._registry.get(name), ItemState.of_command(command)
        generations = self._records.of(model)
        self.write(model, generations.living, [state])
        for generation in generations.written[1:]:
            try:
                self.write(model, generation, [state])
            except TransientError:
                raise
            except Exception as error:  # noqa: BLE001 - nobody reads it yet
                logger.warning(
                    "A generation that is not read refused an item",
                    extra={ITEM: str(state.key), "read_model": name, **error_keys(error)},
                )

    def write(
        self,
        model: ReadModel,
        generation: Generation,
        states: Sequence[ItemState],
        *,
        again: bool = False,
    ) -> int:
        """Show items in a generation; how many of them it had not seen.

        If the code has no projection of that version any more, nothing is written.
        """
        projection = model.projections.get(generation.version)
        if projection is None or not self._places.has(projection):
            return 0
        wanted = [one for one in states if projection.wants(one.pk)]
        place = self._places.of(projection)
        changes = [change_of(projection, place, state) for state in wanted]
        return place.write(generation, changes, again=again)

    def show(self, model: str, key: ItemKey, version: int, entries: Sequence[Entry]) -> bool:
        """Show an item by entries of the data table (:mod:`cqrs.items.read_models`)."""
        return self._data_table_entries.show(model, key, version, entries)

    # Read

    def generations(self, name: str) -> Generations:
        """The generations of a read model (one GetItem).

        Raises
        ------
        NotFoundError
            If there is no such read model, or none that a process has written that knows it.
        """
        if name in self._registry.names:
            return self._records.of(self._registry.get(name))
        return self._records.existing(name) or self._records.of(self._registry.get(name))

    def list(
        self,
        name: str,
        pk: str,
        *,
        sk_prefix: str = "",
        limit: int = LONGEST_PAGE,
        cursor: str | None = None,
    ) -> EntryPage:
        """A page of the entries that have one partition key (one GetItem, one Query).

        Parameters
        ----------
        name
            Name of a read model in the stack's table.
        pk
            Partition key, as the projection gives it.
        sk_prefix
            Only entries whose sort key begins so.
        limit
            Entries of a page, 1 to 100; a page ends earlier at 1 MB.
        cursor
            ``cursor`` of the page before.

        Raises
        ------
        NotFoundError
            If there is no such read model.
        ValidationError
            If the limit is out of range, or the cursor is not one of this list.
        """
        living = self.generations(name).living
        return self._places.table.list(living, pk, sk_prefix=sk_prefix, limit=limit, cursor=cursor)

    def list_all(self, name: str, pk: str, *, sk_prefix: str = "") -> Iterator[Entry]:
        """All entries that have one partition key, page by page as they are consumed."""
        cursor = None
        while True:
            page = self.list(name, pk, sk_prefix=sk_prefix, cursor=cursor)
            yield from page.entries
            cursor = page.cursor
            if cursor is None:
                return

    def query(self, name: str, statement: str, /, **parameters: Any) -> Sequence[Sequence[Any]]:
        """Rows of a statement on a read model in SQL (one GetItem, one statement).

        Parameters
        ----------
        name
            Name of the read model.
        statement
            A query in SQL. It chooses the rows that are read by ``generation = :generation AND NOT
            is_deleted``.
        parameters
            Values of its other parameters, each of which it names after a colon.

        Raises
        ------
        NotFoundError
            If there is no such read model, or the environment has no database.
        ValidationError
            If it lies elsewhere, or the database refuses the statement.
        TransientError
            If the database is away.
        """
        model = self._registry.get(name)
        living = self._records.of(model).living
        projection = model.projections.get(living.version, model.newest)
        if not isinstance(projection.place, SqlTable):
            raise ValidationError(f"Read model {name} is not in SQL; list its entries.")
        if not self._places.has(projection):
            raise NotFoundError(lacks_database(name))
        return self._places.sql(projection.place).query(living, statement, parameters)

    # Forgotten

    def forget(self, key: ItemKey, version: int | None = None) -> Sequence[str]:
        """Remove an item from every read model; a tombstone with its version alone is left.

        No version up to that one is shown again, however late a writer is. A later version is. Any
        call may be repeated. In the living generation of each model, and in those beside it, it
        costs what a deletion costs.

        Parameters
        ----------
        key
            The item, deleted or not.
        version
            The last version that it had; by default the one that is shown.

        Returns
        -------
        Sequence
            Names of the read models that show items of its type.
        """
        models = self._registry.showing(key.pk)
        for model in models:
            if not self.shows(model, key.pk):
                continue  # the environment has not its place
            for generation in self._records.of(model).written:
                projection = model.projections.get(generation.version)
                place = self._places.of(projection)
                shown = place.read(generation, [key]).get(key)
                last = max(version or 1, 1 if shown is None else shown.version)
                place.write(generation, [Change(key, last, None, is_forgotten=True)])
        return [model.name for model in models]

    def forget_beside_table(self, key: ItemKey, *, dry_run: bool = False) -> int:
        """Remove an item from read models that lie elsewhere than in the stack's table.

        Entries and notes in the table are found as those of other tables are. No tombstone is left
        in SQL, as the versions of an item that is published again begin at 1. So nothing may be
        under way that would write the item. A place of the application's own keeps the version.

        Parameters
        ----------
        dry_run
            Whether the rows are counted alone.

        Returns
        -------
        int
            How many rows and documents showed it.
        """
        found = 0
        for place in self._sql_places():
            found += place.count_item(key) if dry_run else place.clear_item(key)
        for model in self._registry.showing(key.pk):
            for generation in self._records.of(model).written:
                projection = model.projections.get(generation.version)
                if projection is None or _is_own(projection):
                    continue
                place_of_own = self._places.of(projection)
                shown = place_of_own.read(generation, [key]).get(key)
                if shown is None or not shown.digest:
                    continue
                change = Change(key, shown.version, None, is_forgotten=True)
                found += 1 if dry_run else place_of_own.write(generation, [change])
        return found

    def forget_tenant(self, tenant: str, *, dry_run: bool = False) -> int:
        """Remove all rows of a tenant from read models in SQL; how many there were.

        Entries in the stack's table are found by their partition keys, as the items of other
        tables. A place of the application's own is left to the application.

        Parameters
        ----------
        dry_run
            Whether the rows are counted alone.
        """
        return sum(
            place.count_tenant(tenant) if dry_run else place.clear_tenant(tenant)
            for place in self._sql_places()
        )

    def _sql_places(self) -> Iterator[SqlPlace]:
        """The tables of SQL that the code knows and the environment has, each once."""
        tables: dict[str, SqlTable] = {}
        for name in self._registry.names:
            for projection in self._registry.get(name).projections.values():
                if isinstance(projection.place, SqlTable) and self._places.has(projection):
                    tables[projection.place.name] = projection.place
        yield from map(self._places.sql, tables.values())


def _is_own(projection: Projection) -> bool:
    """Whether a projection's place is the project's own: the stack's table, or SQL."""
    return projection.place is None or isinstance(projection.place, SqlTable)


def lacks_database(name: str) -> str:
    """Tell that the environment lacks the place of a read model, and what to do."""
    return (
        f"Read model {name} is in SQL, and this environment has no database. Name one under "
        "[read_models.sql], or in DATABASE_URL on an emulator, and deploy it."
    )


def change_of(projection: Projection, place: Place, state: ItemState) -> Change:
    """Let a projection say how an item is shown.

    Raises
    ------
    PermanentError
        If the projection refuses the item, or the place refuses the result.
    """
    shown = None if state.is_deleted else place.checked(projection.project(state))
    return Change(state.key, state.version, shown)
