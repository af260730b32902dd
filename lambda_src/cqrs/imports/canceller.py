"""Ends jobs that somebody has cancelled.

That a job is cancelled is noted on it first. Its stream tells the function so, which ends the job
even if the caller's process has died.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.step_functions import execution_arn
from cqrs.core.cancellation import CANCELLED
from cqrs.core.failures import refusal
from cqrs.core.observability import logger
from cqrs.imports.executions import import_execution_name
from cqrs.imports.models import ProcessingMode
from cqrs.imports.records import CANCELLED_AT

if TYPE_CHECKING:
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.core.attribute_values import Item
    from cqrs.imports.closer import ImportCloser
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.records import ImportRecords
    from cqrs.settings import Settings


class ImportCanceller:
    """Ends cancelled jobs; each call goes on where another one has ended.

    Parameters
    ----------
    settings
        Names the state machine.
    records, closer
        Read and close jobs.
    step_functions
        Stops executions.
    """

    def __init__(
        self,
        settings: Settings,
        records: ImportRecords,
        closer: ImportCloser,
        step_functions: StepFunctionsService,
    ) -> None:
        self._settings = settings
        self._records = records
        self._closer = closer
        self._step_functions = step_functions

    def go_on(self, key: ImportKey) -> None:
        """Stop the execution of a job if it was cancelled, and close it if it shall end.

        Raises
        ------
        TransientError
            If AWS could not do it just now: repeat the call.
        """
        item = self._records.read(key)
        if item is None:
            return
        if CANCELLED_AT in item and item.get("mode") != ProcessingMode.DIRECT:
            self._stop(key, item)
        self._closer.close_if_done(key)

    def _stop(self, key: ImportKey, item: Item) -> None:
        machine = self._settings.import_csv_state_machine_arn
        execution = execution_arn(machine, import_execution_name(key))
        cause = str(item.get("cause", ""))
        refused = refusal(lambda: self._step_functions.stop(execution, CANCELLED, cause))
        if refused is not None:
            # A job that is closed publishes nothing more, whatever its execution does.
            logger.warning(
                "Execution of a cancelled import not stopped",
                extra={"job": str(key), "error": refused[0], "reason": refused[1]},
            )
