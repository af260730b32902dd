"""Synchronous publishers: each applies a command by itself, and no execution is started for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from cli.doctor.finding import is_recent
from cli.doctor.unfinished_items import unfinished_entries
from cqrs.commands.models import SyncMode
from cqrs.errors import PermanentError
from cqrs.imports.indexes import UNFINISHED_IMPORTS
from cqrs.imports.keys import ImportKey

if TYPE_CHECKING:
    from cli.deployed.connection import Connection
    from cqrs.commands.models import Command
    from cqrs.core.keys import CommandKey


class Publishers:
    """Knows which commands their publishers still go on with.

    Parameters
    ----------
    connection
        Where to look for imports that are not over.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        timeout = timedelta(seconds=connection.environment.function.timeout_seconds)
        self._since = datetime.now(UTC) - timeout

    def go_on_with(self, command: Command) -> bool:
        """Whether a publisher may be at work on a command, or comes back to it.

        An invocation of the function may still run. An import comes back with its next message, or
        with the next try of its batch. One that does not is a finding of its own.
        """
        if command.sync_mode is not SyncMode.SYNC or command.attempt > 0:
            return False
        made = is_recent(command.created_at, f"The command {command.key}", self._since)
        return made or command.key in self._of_imports

    @cached_property
    def _of_imports(self) -> frozenset[CommandKey]:
        """Commands of imports that are not over, and whose sync handlers have still to run."""
        connection = self._connection
        table = connection.settings.import_tmp_table
        return frozenset(
            key
            for entry in unfinished_entries(connection, table, UNFINISHED_IMPORTS)
            for key in self._of_import(entry["pk"], entry["sk"])
        )

    def _of_import(self, pk: str, sk: str) -> Iterator[CommandKey]:
        services = self._connection.services
        records = services.import_records
        try:
            job = ImportKey.from_mapping({"pk": pk, "sk": sk})
            for first_row in records.open_chunks(job):
                mark = services.store.get(*records.chunk_address(job, first_row))
                if mark is not None:
                    yield from (one.key for one in records.read_open_chunk(mark).commands)
        except PermanentError:
            return  # the import is a finding of its own, or its commands are
