"""Reading what Step Functions knows of executions, for people who look at them.

Source: Step Functions API reference, ListExecutions, GetExecutionHistory, DescribeStateMachine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.aws.cursors import bad_cursor
from cqrs.aws.step_functions import HISTORY_PAGE, MISSING_MACHINES, UNKNOWN_EXECUTION
from cqrs.core.json_text import from_json
from cqrs.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from cqrs.aws.clients import Clients

BAD_CURSORS = frozenset({"InvalidToken", "ValidationException"})
"""Errors of a list that goes on from a place that it never told."""

CURSOR_LENGTH = 3096
"""Characters of a place (Step Functions API reference, PageToken)."""


@dataclass(frozen=True, slots=True)
class ListedExecution:
    """An execution of a list.

    Attributes
    ----------
    arn, name, status
        The execution.
    started, stopped
        When; None while it runs.
    """

    arn: str
    name: str
    status: str
    started: datetime
    stopped: datetime | None


@dataclass(frozen=True, slots=True)
class ExecutionPage:
    """A page of executions, and the cursor of the next one; None on the last page."""

    executions: list[ListedExecution]
    cursor: str | None


class ExecutionReader:
    """Reads executions and machines.

    Parameters
    ----------
    clients
        Source of the Step Functions client.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def list(
        self, machine: str, status: str | None, limit: int, cursor: str | None
    ) -> ExecutionPage:
        """A page of a machine's executions, newest first (one ListExecutions).

        Parameters
        ----------
        machine
            ARN of a Standard machine.
        status
            Only those of this status.
        limit, cursor
            The page's length, and the cursor of the page before.

        Raises
        ------
        ValidationError
            If the cursor is none.
        NotFoundError
            If there is no such machine.
        """
        if cursor is not None and not 1 <= len(cursor) <= CURSOR_LENGTH:
            raise bad_cursor(cursor)
        request: dict[str, Any] = {"stateMachineArn": machine, "maxResults": limit}
        request |= {"statusFilter": status} if status else {}
        request |= {"nextToken": cursor} if cursor else {}
        answer = self._asked("list_executions", request, cursor)
        found = [
            ListedExecution(
                one["executionArn"],
                one["name"],
                one["status"],
                one["startDate"],
                one.get("stopDate"),
            )
            for one in answer["executions"]
        ]
        return ExecutionPage(found, answer.get("nextToken"))

    def events(self, execution: str) -> Iterator[Mapping[str, Any]]:
        """The events of an execution, the first one first (one request for each thousand).

        Parameters
        ----------
        execution
            Its ARN.
        """
        request = {"executionArn": execution, "maxResults": HISTORY_PAGE}
        while True:
            answer = self._asked("get_execution_history", request)
            yield from answer["events"]
            if not answer.get("nextToken"):
                return
            request["nextToken"] = answer["nextToken"]

    def definition(self, machine: str) -> Any:
        """The definition that a machine has now, as JSON (one DescribeStateMachine).

        Parameters
        ----------
        machine
            Its ARN.

        Raises
        ------
        NotFoundError
            If there is no such machine.
        """
        answer = self._asked("describe_state_machine", {"stateMachineArn": machine})
        return from_json(answer["definition"])

    def _asked(self, operation: str, request: dict[str, Any], cursor: str | None = None) -> Any:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - only those who look need it

        try:
            return send(self._clients.step_functions, operation, **request)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in BAD_CURSORS and cursor is not None:
                raise bad_cursor(cursor) from None
            if code in {*MISSING_MACHINES, UNKNOWN_EXECUTION}:
                raise NotFoundError(f"Step Functions has no such thing: {error}") from None
            raise
