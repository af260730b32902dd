"""The places of an environment, which projections name."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cqrs.errors import ConfigurationError
from cqrs.read_models.sql_tables import SqlTable
from cqrs.read_models.table_place import TablePlace

if TYPE_CHECKING:
    from cqrs.aws.clients import Clients
    from cqrs.aws.item_store import ItemStore
    from cqrs.read_models.database import Database
    from cqrs.read_models.declarations import Projection
    from cqrs.read_models.places import Place
    from cqrs.read_models.sql_place import SqlPlace
    from cqrs.settings import Settings


class Places:
    """Finds the place of a projection.

    Parameters
    ----------
    clients, store, settings
        Access to AWS and the stack's table, and the names of what the environment has.
    """

    def __init__(self, clients: Clients, store: ItemStore, settings: Settings) -> None:
        self._clients = clients
        self._store = store
        self._settings = settings

    @cached_property
    def table(self) -> TablePlace:
        """The stack's own table."""
        return TablePlace(self._store, self._settings.read_models_table)

    def has(self, projection: Projection) -> bool:
        """Whether the environment has a projection's place."""
        return not isinstance(projection.place, SqlTable) or bool(self._settings.sql_database)

    def of(self, projection: Projection | None) -> Place:
        """The place of a projection; of one that the code has no more, the stack's table.

        Raises
        ------
        ConfigurationError
            If the environment has no database.
        """
        if projection is None or projection.place is None:
            return self.table
        if isinstance(projection.place, SqlTable):
            return self.sql(projection.place)
        return projection.place

    def sql(self, table: SqlTable) -> SqlPlace:
        """A table of the environment's database.

        Raises
        ------
        ConfigurationError
            If there is none.
        """
        from cqrs.read_models.sql_place import SqlPlace  # noqa: PLC0415 - not all have SQL

        return SqlPlace(self.database, table)

    @cached_property
    def database(self) -> Database:
        """The environment's database.

        Raises
        ------
        ConfigurationError
            If there is none.
        """
        document = self._settings.sql_database
        if not document:
            raise ConfigurationError(
                "This environment has no database of read models: name one under "
                "[read_models.sql] of its file, or in DATABASE_URL on an emulator, and deploy it."
            )
        from cqrs.read_models.database import Database  # noqa: PLC0415 - and its driver
        from cqrs.read_models.sql_target import SqlTarget  # noqa: PLC0415
        from cqrs.read_models.sql_tokens import iam_token  # noqa: PLC0415

        target = SqlTarget.parse(document)
        return Database(target, lambda wanted: iam_token(self._clients, wanted))
