"""Synchronous publishers: each applies a command by itself, and no execution is started for it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cqrs.commands.models import SyncMode
from cqrs.core.moments import is_recent
from cqrs.errors import PermanentError
from cqrs.imports.keys import ImportKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cqrs.aws.item_store import ItemStore
    from cqrs.commands.models import Command
    from cqrs.core.keys import CommandKey
    from cqrs.healing.entries import UnfinishedEntries
    from cqrs.healing.patience import Patience
    from cqrs.imports.records import ImportRecords


class Publishers:
    """Knows which commands their publishers still go on with.

    Parameters
    ----------
    store, records
        Read chunks of imports.
    imports
        The imports that are not over.
    patience
        How long a publisher may take.
    has_time
        Whether there is time to look at another chunk.
    """

    def __init__(
        self,
        store: ItemStore,
        records: ImportRecords,
        imports: UnfinishedEntries,
        patience: Patience,
        has_time: Callable[[], bool],
    ) -> None:
        self._store = store
        self._records = records
        self._imports = imports
        self._patience = patience
        self._has_time = has_time

    def go_on_with(self, command: Command) -> bool:
        """Whether a publisher may be at work on a command, or comes back to it.

        An invocation of the function may still run. An import comes back with its next message, or
        with the next try of its batch. One that does not is a fault of its own. Without the time to
        look at all imports, any of them may.
        """
        if command.sync_mode is not SyncMode.SYNC or command.attempt > 0:
            return False
        made = is_recent(command.created_at, f"The command {command.key}", self._patience.work)
        return made or self._of_imports is None or command.key in self._of_imports

    @cached_property
    def _of_imports(self) -> frozenset[CommandKey] | None:
        """Commands of imports that are not over, and whose sync handlers have still to run."""
        found: set[CommandKey] = set()
        for entry in self._imports.all():
            for key in self._of_import(entry["pk"], entry["sk"]):
                found.add(key)
                if not self._has_time():
                    return None
        return frozenset(found)

    def _of_import(self, pk: str, sk: str) -> Iterator[CommandKey]:
        try:
            job = ImportKey.from_mapping({"pk": pk, "sk": sk})
            for first_row in self._records.open_chunks(job):
                mark = self._store.get(*self._records.chunk_address(job, first_row))
                if mark is not None:
                    yield from (one.key for one in self._records.read_open_chunk(mark).commands)
        except PermanentError:
            return  # the import is a fault of its own, or its commands are
