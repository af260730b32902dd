"""How many rows a job's file has, if that can be told without the state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.errors import PermanentError
from cqrs.imports.csv.reader import read_header, rows_from
from cqrs.imports.csv.source import Source
from cqrs.imports.limits import DIRECT_BYTES

if TYPE_CHECKING:
    from cqrs.aws.clients import Clients
    from cqrs.core.attribute_values import Item
    from cqrs.core.deadline import Deadline
    from cqrs.imports.models import Row
    from cqrs.settings import Settings

SECONDS_KEPT = 20.0
"""Time in which the job's end is written."""

ESCAPE = "\\"
"""Step Functions reads it otherwise than the function does."""


class RowTotals:
    """Counts the rows of files.

    Parameters
    ----------
    clients, settings
        Access to files.
    deadline
        Time that is left.
    """

    def __init__(self, clients: Clients, settings: Settings, deadline: Deadline) -> None:
        self._clients = clients
        self._settings = settings
        self._deadline = deadline

    def of(self, job: Item) -> int | None:
        """Rows of a job's file, which is read again.

        Parameters
        ----------
        job
            The job's item.

        Returns
        -------
        int or None
            None if the file is gone or larger than what one invocation reads, or if there is no
            time for it. The same if Step Functions may have cut it into other rows.
        """
        source = Source.of(self._clients, self._settings, job)
        try:
            if source.objects.size(source.key) > DIRECT_BYTES:
                return None
            header = read_header(source, ())
            total = 0
            for row in rows_from(source, header.columns, header.size, 1):
                if _may_be_cut_otherwise(row) or self._deadline.seconds_left() < SECONDS_KEPT:
                    return None
                total += not row.is_blank
        except PermanentError:
            return None
        return total


def _may_be_cut_otherwise(row: Row) -> bool:
    return bool(row.problem) or ESCAPE in row.raw
