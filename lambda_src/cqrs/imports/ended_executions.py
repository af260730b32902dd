"""Executions of imports that timed out, were stopped or failed: their jobs are closed.

A state machine cannot catch its own end, so EventBridge reports it (Step Functions guide,
"Automating Step Functions event delivery with EventBridge").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.step_functions import execution_arn
from cqrs.errors import UnsupportedEventError, ValidationError
from cqrs.execution_events import ERRORS
from cqrs.imports.executions import import_execution_name
from cqrs.imports.keys import ImportKey

if TYPE_CHECKING:
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.events.types import ExecutionStatusEvent
    from cqrs.imports.closer import ImportCloser
    from cqrs.imports.execution_failures import ExecutionFailures
    from cqrs.imports.queue import ImportQueue


class EndedImportExecutions:
    """Closes the jobs of executions that ended early.

    Parameters
    ----------
    closer
        Closes jobs.
    queue
        Takes rests whose batches died before they had sent them.
    failures
        Finds out why an execution ended.
    step_functions
        Tells what an execution was started with.
    """

    def __init__(
        self,
        closer: ImportCloser,
        queue: ImportQueue,
        failures: ExecutionFailures,
        step_functions: StepFunctionsService,
    ) -> None:
        self._closer = closer
        self._queue = queue
        self._failures = failures
        self._step_functions = step_functions

    def handle(self, event: ExecutionStatusEvent) -> None:
        """Close the job of an ended execution; what was imported stays.

        Raises
        ------
        UnsupportedEventError
            If the execution was not started for a job.
        """
        if event.status not in ERRORS:
            return
        execution = execution_arn(event.state_machine_arn, event.name)
        # EventBridge leaves a large input out.
        started_with = event.input or self._step_functions.input_of(execution)
        try:
            key = ImportKey.from_mapping(started_with)
        except ValidationError:
            raise UnsupportedEventError(
                f"Execution {event.name} was not started for an import: its input has no pk and sk."
            ) from None
        if event.name != import_execution_name(key):
            return  # somebody started it by hand; the job has its own
        failure = self._failures.of_execution(execution, event.status)
        failure = failure or self._failures.of_file(started_with)
        self._closer.end_of_batches(key, failure)
        if failure is not None:
            self._queue.send_rests_again(key)
