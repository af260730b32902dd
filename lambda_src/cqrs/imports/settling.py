"""Chunks whose rows are published, and whose sync handlers have still to be told.

The chunk's mark names the commands. Their sync handlers run in the order of the rows, each command
is finished or failed, and then the chunk is counted. A repeat after a crash does what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.commands.models import Command, CommandStatus
from cqrs.errors import (
    CommandFailed,
    CqrsError,
    PermanentError,
    SyncHandlerFailed,
    TransientError,
)
from cqrs.imports.models import RejectedRow, RowCounts
from cqrs.imports.records import THROUGH, is_open
from cqrs.item_store import back_off
from cqrs.observability import logger

if TYPE_CHECKING:
    from cqrs.attribute_values import Item
    from cqrs.commands.ordering import Ordering
    from cqrs.commands.service import CommandService
    from cqrs.commands.sync_handlers import SyncHandlers
    from cqrs.deadline import Deadline
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.records import ImportRecords
    from cqrs.item_store import ItemStore
    from cqrs.keys import CommandKey

SECONDS_KEPT = 12.0
"""Time below which no further chunk is settled for others."""

TRIES = 3
"""How often a sync handler is tried that fails for no lasting reason."""


class ChunkSettler:
    """Runs the sync handlers of a chunk's commands.

    Parameters
    ----------
    store, records
        Read and settle marks.
    commands, ordering
        Read, finish and fail commands.
    sync_handlers
        The application's sync handlers.
    deadline
        Time that is left.
    """

    def __init__(
        self,
        store: ItemStore,
        records: ImportRecords,
        commands: CommandService,
        ordering: Ordering,
        sync_handlers: SyncHandlers,
        deadline: Deadline,
    ) -> None:
        self._store = store
        self._records = records
        self._commands = commands
        self._ordering = ordering
        self._sync_handlers = sync_handlers
        self._deadline = deadline

    def settle_all(self, key: ImportKey) -> None:
        """Settle the open chunks of a job that is to end; whoever opened one may do so meanwhile.

        Raises
        ------
        TransientError
            The time is nearly over; a repeat goes on behind what was settled.
        """
        for first_row in self._records.open_chunks(key):
            if self._deadline.seconds_left() < SECONDS_KEPT:
                raise TransientError(
                    f"Import {key} has chunks of which sync handlers have still to run: try again."
                )
            try:
                self.settle(key, first_row)
            except PermanentError as error:
                # A counter that takes nothing any more must not keep its job from its end.
                logger.warning(
                    "Chunk not settled",
                    extra={"job": str(key), "row": first_row, "reason": str(error)},
                )

    def settle(self, key: ImportKey, first_row: int) -> None:
        """Tell the sync handlers of a chunk's commands, then count the chunk.

        Parameters
        ----------
        key, first_row
            The chunk.
        """
        table, pk, sk = self._records.chunk_address(key, first_row)
        mark = self._store.get(table, pk, sk)
        if mark is None or not is_open(mark):
            return
        try:
            chunk = self._records.read_open_chunk(mark)
        except PermanentError as error:
            self._settle_unread(key, first_row, mark, error)
            return
        failed = [
            RejectedRow(published.row, reason, published.raw)
            for published in chunk.commands
            if (reason := self._tell(published.key))
        ]
        counts = RowCounts(
            total=len(chunk.commands) + chunk.skipped + len(chunk.rejected),
            succeeded=len(chunk.commands) - len(failed),
            skipped=chunk.skipped,
            failed=len(chunk.rejected) + len(failed),
        )
        rejected = [*chunk.rejected, *failed]
        self._records.settle_chunk(key, first_row, counts, rejected, passed_over=chunk.passed_over)

    def _settle_unread(
        self, key: ImportKey, first_row: int, mark: Item, error: PermanentError
    ) -> None:
        """Count the rows of a chunk as failed that does not tell any more what became of them."""
        last = mark.get(THROUGH)
        rows = last - first_row + 1 if type(last) is int and first_row <= last else 1
        reason = (
            f"What became of rows {first_row} to {first_row + rows - 1} is not known: {error} "
            "Those that were published and not finished are shown by `cqrs doctor`."
        )
        counts = RowCounts(total=rows, failed=rows)
        self._records.settle_chunk(key, first_row, counts, [RejectedRow(first_row, reason, "")])

    def _tell(self, key: CommandKey) -> str | None:
        """Run a command's sync handlers; why it failed, if it did."""
        try:
            command = self._commands.get(key)
        except PermanentError as error:
            # The doctor names the command; its import goes on.
            return f"{type(error).__name__}: {error}"
        if command is None or command.status is CommandStatus.FINISHED:
            return None
        if command.status is CommandStatus.FAILED:
            return _reason(command)
        try:
            self._run_handlers(command)
        except CqrsError as error:
            self._ordering.fail(key, command.attempt, type(error).__name__, str(error))
            return self._failure_of(key)
        try:
            self._ordering.finish(key)
        except CommandFailed as error:
            return str(error)
        return None

    def _failure_of(self, key: CommandKey) -> str | None:
        """Why a command failed; None where another settler had finished it before."""
        command = self._commands.get(key)
        failed = command is not None and command.status is CommandStatus.FAILED
        return _reason(command) if command is not None and failed else None

    def _run_handlers(self, command: Command) -> None:
        for name in self._sync_handlers.names_for(command.pk):
            self._run(name, command)

    def _run(self, name: str, command: Command) -> None:
        for attempt in range(TRIES - 1):
            try:
                self._sync_handlers.run(name, command)
            except SyncHandlerFailed:
                back_off(attempt)
            else:
                return
        self._sync_handlers.run(name, command)


def _reason(command: Command) -> str:
    return f"{command.error}: {command.cause}"
