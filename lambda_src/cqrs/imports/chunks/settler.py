"""Chunks whose rows are published, and whose sync handlers have still to be told.

The chunk's mark names the commands. Their sync handlers run in the order of the rows, each command
is finished or failed, and then the chunk is counted. A repeat after a crash does what is left. If
one process after the other ends at the same command, the commands that are left are failed instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.core.observability import logger
from cqrs.errors import PermanentError, TransientError
from cqrs.imports.chunks.finisher import Turn
from cqrs.imports.chunks.rows import rejected_row
from cqrs.imports.models import RejectedRow, RowCounts
from cqrs.imports.records import THROUGH, is_open

if TYPE_CHECKING:
    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.core.deadline import Deadline
    from cqrs.imports.chunks.finisher import CommandFinisher
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.records import ImportRecords

SECONDS_KEPT = 12.0
"""Time below which no further chunk is settled for others."""


class ChunkSettler:
    """Runs the sync handlers of a chunk's commands.

    Parameters
    ----------
    store, records
        Read and settle marks.
    finisher
        Tells the sync handlers of commands.
    deadline
        Time that is left.
    """

    def __init__(
        self,
        store: ItemStore,
        records: ImportRecords,
        finisher: CommandFinisher,
        deadline: Deadline,
    ) -> None:
        self._store = store
        self._records = records
        self._finisher = finisher
        self._deadline = deadline

    def settle_all(self, key: ImportKey) -> None:
        """Settle the open chunks of a job that is to end; whoever opened one may do so meanwhile.

        Raises
        ------
        TransientError
            If the time is nearly over; a repeat goes on behind what was settled.
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

    def settle(self, key: ImportKey, first_row: int, turn: Turn | None = None) -> bool:
        """Tell the sync handlers of a chunk's commands, then count the chunk.

        Parameters
        ----------
        key, first_row
            The chunk.
        turn
            Of the process that published it; by default it is taken over from another one.

        Returns
        -------
        bool
            Whether too many processes have ended at it, so that commands were failed unseen.

        Raises
        ------
        TransientError
            If AWS failed a sync handler just now.
        """
        turn = turn or Turn()
        table, pk, sk = self._records.chunk_address(key, first_row)
        mark = self._store.get(table, pk, sk)
        if mark is None or not is_open(mark):
            return False
        try:
            chunk = self._records.read_open_chunk(mark)
        except PermanentError as error:
            self._settle_unread(key, first_row, mark, error)
            return False
        failed = [
            rejected_row(published.row, reason, published.raw)
            for published in chunk.commands
            if (reason := self._finisher.finish(published.key, turn))
        ]
        counts = RowCounts(
            total=len(chunk.commands) + chunk.skipped + len(chunk.rejected),
            succeeded=len(chunk.commands) - len(failed),
            skipped=chunk.skipped,
            failed=len(chunk.rejected) + len(failed),
        )
        rejected = [*chunk.rejected, *failed]
        self._records.settle_chunk(key, first_row, counts, rejected, passed_over=chunk.passed_over)
        return turn.is_last

    def _settle_unread(
        self, key: ImportKey, first_row: int, mark: Item, error: PermanentError
    ) -> None:
        """Count the rows of a chunk as failed that does not tell any more what became of them."""
        last = mark.get(THROUGH)
        rows = last - first_row + 1 if type(last) is int and first_row <= last else 1
        reason = (
            f"It is not known what became of rows {first_row} to {first_row + rows - 1}: {error} "
            "Those that were published and not finished are shown by `cqrs doctor`."
        )
        counts = RowCounts(total=rows, failed=rows)
        self._records.settle_chunk(key, first_row, counts, [RejectedRow(first_row, reason, "")])
