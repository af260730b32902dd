"""Map Runs: what a Distributed Map's execution has started, and how that ended.

Source: Step Functions API reference, ListMapRuns, DescribeMapRun and ListExecutions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.aws.clients import send
from cqrs.aws.step_functions import ExecutionDescription

if TYPE_CHECKING:
    from cqrs.aws.clients import Clients

SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"

EXCEEDED_TOLERANCE = "States.ExceedToleratedFailureThreshold"
"""The error of a map whose children failed; it does not say with what."""


@dataclass(frozen=True, slots=True)
class MapRun:
    """A Map Run as it is now; ``failed_items`` are those of children that failed."""

    arn: str
    status: str
    failed_items: int

    @property
    def has_done_all(self) -> bool:
        """Whether every item was worked on.

        Emulator difference: LocalStack lets a Map Run succeed whose children failed.
        """
        return self.status == SUCCEEDED and not self.failed_items


class MapRuns:
    """Reads the Map Runs of executions.

    Parameters
    ----------
    clients
        Source of the Step Functions client.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def newest_of(self, execution: str) -> MapRun | None:
        """The Map Run that an execution started last; None if it started none.

        Parameters
        ----------
        execution
            Its ARN.
        """
        client = self._clients.step_functions
        runs = send(client, "list_map_runs", executionArn=execution)["mapRuns"]
        if not runs:
            return None
        arn = max(runs, key=lambda run: run["startDate"])["mapRunArn"]
        answer = send(client, "describe_map_run", mapRunArn=arn)
        return MapRun(arn, answer["status"], answer.get("itemCounts", {}).get("failed", 0))

    def failed_child(self, run: MapRun) -> ExecutionDescription | None:
        """A child of a Map Run that failed; None if none did."""
        client = self._clients.step_functions
        listed = send(
            client, "list_executions", mapRunArn=run.arn, statusFilter=FAILED, maxResults=1
        )["executions"]
        if not listed:
            return None
        answer = send(client, "describe_execution", executionArn=listed[0]["executionArn"])
        return ExecutionDescription.from_answer(answer)
