"""Why a job's execution failed, for whoever made the job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from cqrs.aws.map_runs import EXCEEDED_TOLERANCE
from cqrs.aws.step_functions import caught_error
from cqrs.core.failures import KEPT_CAUSE_LENGTH, refusal
from cqrs.core.observability import logger
from cqrs.errors import CqrsError
from cqrs.execution_events import ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cqrs.aws.map_results import UnsuccessfulChild
    from cqrs.aws.map_runs import MapRun, MapRuns
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.imports.csv.source import FilesAsRead

ADVICE = "Mend the cause and import the file again; rows that were imported are skipped then."

Failure = tuple[str, str]
"""Error and cause."""

Found = TypeVar("Found")


class ExecutionFailures:
    """Finds out why executions of jobs failed.

    A job must be closed in any case, so what cannot be found out is left out.

    Parameters
    ----------
    step_functions, map_runs
        Report executions, and the Map Runs that they started.
    files
        Tells whether a map has read its job's file.
    """

    def __init__(
        self, step_functions: StepFunctionsService, map_runs: MapRuns, files: FilesAsRead
    ) -> None:
        self._step_functions = step_functions
        self._map_runs = map_runs
        self._files = files

    def of_file(self, given: Mapping[str, Any]) -> Failure | None:
        """Why a map that succeeded may have read another file; None if it has not.

        Parameters
        ----------
        given
            Input of the execution that it belongs to.
        """
        return refusal(lambda: self._files.refuse_other(given))

    def of_items(self, execution: str) -> Failure | None:
        """Why items of a map that succeeded are missing; None if none is known to be.

        Parameters
        ----------
        execution
            ARN of the execution that it belongs to.
        """
        run = self._run_of(execution)
        if run is None or not run.failed_items:
            return None
        cause = self._batch_failure(run) or f"{run.failed_items} rows are of batches that failed."
        return EXCEEDED_TOLERANCE, _with_advice(cause)

    def of_map(self, execution: str, caught: Any) -> Failure:
        """Why a map failed, given what a Catch has of it.

        Parameters
        ----------
        execution
            ARN of the execution that it belongs to.
        caught
            ``{"Error", "Cause"}``.
        """
        error, cause = caught_error(caught)
        if error == EXCEEDED_TOLERANCE:
            cause = self._batch_failure(self._run_of(execution)) or cause
        return error, _with_advice(cause)

    def of_execution(self, execution: str, status: str) -> Failure | None:
        """Why an execution ended early; None if all of its rows had been handed out before.

        Parameters
        ----------
        execution
            Its ARN.
        status
            How it ended.
        """
        run = self._run_of(execution)
        if run is not None and run.has_done_all:
            return None
        found = _found(lambda: self._step_functions.describe(execution))
        error, cause = caught_error(
            {
                "Error": (found and found.error) or ERRORS[status],
                "Cause": (found and found.cause) or "",
            }
        )
        name = execution.rpartition(":")[2]
        reasons = [f"Execution {name} ended as {status} before all rows were imported"]
        reasons += filter(None, [cause, self._batch_failure(run)])
        return error, _with_advice(": ".join(reason.rstrip(". ") for reason in reasons))

    def _run_of(self, execution: str) -> MapRun | None:
        return _found(lambda: self._map_runs.newest_of(execution))

    def _batch_failure(self, run: MapRun | None) -> str:
        """The error of the first batch that is known to have failed; empty if none is."""
        if run is None:
            return ""
        child = _found(lambda: self._map_runs.failed_child(run))
        if child is None:
            return ""
        error, cause = caught_error({"Error": child.error or "Unknown", "Cause": child.cause or ""})
        return _told(child.input, error, cause)


def _found(ask: Callable[[], Found | None]) -> Found | None:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        return ask()
    except (CqrsError, ClientError) as error:
        logger.warning("Why an import's execution failed is not known", exc_info=error)
        return None


def of_batch(child: UnsuccessfulChild) -> Failure:
    """Why a batch failed that nothing begins again."""
    return EXCEEDED_TOLERANCE, _with_advice(_told(child.input, child.error, child.cause))


def _told(given: Any, error: str, cause: str) -> str:
    return f"The batch {_rows_of(given)}failed with {error}: {cause}"


def _rows_of(given: Any) -> str:
    """The rows that a batch has, as its input says."""
    try:
        numbers = [item["index"] + 1 for item in given["Items"]]
        return f"of rows {min(numbers)} to {max(numbers)} "
    except (KeyError, TypeError, ValueError):
        return ""


def _with_advice(cause: str) -> str:
    room = KEPT_CAUSE_LENGTH - len(ADVICE) - 2
    said = cause[:room].rstrip(". ")
    return f"{said}. {ADVICE}" if said else ADVICE
