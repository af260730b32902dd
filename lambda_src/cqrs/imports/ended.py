"""Executions of imports that timed out, were stopped or failed: their jobs are closed.

A state machine cannot catch its own end, so EventBridge tells of it (Step Functions guide,
"Automating Step Functions event delivery with EventBridge").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.execution_ends import ERRORS
from cqrs.imports.keys import ImportKey

if TYPE_CHECKING:
    from cqrs.events import ExecutionStatusEvent
    from cqrs.imports.closing import JobCloser


class EndedImportExecutions:
    """Closes the jobs of executions that ended early.

    Parameters
    ----------
    closer
        Closes jobs.
    """

    def __init__(self, closer: JobCloser) -> None:
        self._closer = closer

    def handle(self, event: ExecutionStatusEvent) -> None:
        """Close the job of an ended execution; what was imported stays.

        Raises
        ------
        UnsupportedEventError
            The execution was not started for a job.
        """
        if event.status not in ERRORS:
            return
        try:
            key = ImportKey.from_mapping(event.input)
        except ValidationError:
            raise UnsupportedEventError(
                f"Execution {event.name} was not started for an import: its input has no pk and sk."
            ) from None
        cause = (
            f"Execution {event.name} ended as {event.status} before all rows were imported. Mend "
            "the cause and import the file again: rows that are there already are skipped."
        )
        self._closer.end_of_batches(key, (ERRORS[event.status], cause))
