"""Approval requests that are not over and not waited for, and those that cannot be read.

They are found through the index of those that are not over, by execution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from cli.deployed.connection import Connection
from cli.doctor.finding import Finding, examined, is_recent
from cli.doctor.unfinished_items import unfinished_entries
from cli.suggestions import command_line
from cqrs.approvals.indexes import BY_EXECUTION, is_listed
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalRequest, ApprovalStatus, StoredRequest
from cqrs.core.attribute_values import Item


def stuck_approvals(connection: Connection) -> Iterator[Finding]:
    """Look for answers that were not delivered, and for requests that nobody can answer."""
    # Anybody who works on one has ended by then.
    since = datetime.now(UTC) - timedelta(seconds=connection.environment.function.timeout_seconds)
    table = connection.settings.approvals_table
    for entry in unfinished_entries(connection, table, BY_EXECUTION):
        yield from examined("approval request", table, entry, _examine(connection, entry, since))


def _examine(connection: Connection, entry: Item, since: datetime) -> Iterator[Finding]:
    store, table = connection.services.store, connection.settings.approvals_table
    item = store.get(table, entry["pk"], entry["sk"])
    if item is None or not is_listed(item):
        return
    request = StoredRequest.from_item(item).request
    if request.status is ApprovalStatus.PENDING:
        yield from _pending(connection, request, since)
    elif request.status.is_answer:
        yield from _answered(connection, request, since)
    else:
        yield from _expired(connection, request, since)


def _answered(
    connection: Connection, request: ApprovalRequest, since: datetime
) -> Iterator[Finding]:
    if _is_before(request, request.answered_at, since):
        detail = f"{request.status.value} by {request.answered_by} at {request.answered_at}"

        def deliver() -> bool:
            connection.services.approvals.deliver(request.key)
            return True

        yield _finding(connection, "answer that was not delivered", request.key, detail, deliver)


def _pending(
    connection: Connection, request: ApprovalRequest, since: datetime
) -> Iterator[Finding]:
    found = connection.services.step_functions.describe(request.execution)
    if found is None:
        yield _closable(connection, request.key, "pending, and its execution is not known")
    elif not found.is_running and (found.stopped is None or found.stopped <= since):
        yield _closable(connection, request.key, f"pending, and its execution is {found.status}")


def _expired(
    connection: Connection, request: ApprovalRequest, since: datetime
) -> Iterator[Finding]:
    if _is_before(request, request.closed_at, since):
        detail = f"EXPIRED at {request.closed_at}, and perhaps not told"
        yield _closable(connection, request.key, detail)


def _is_before(request: ApprovalRequest, at: str | None, since: datetime) -> bool:
    return not is_recent(at, f"Approval request {request.key}", since)


def _closable(connection: Connection, key: ApprovalKey, detail: str) -> Finding:
    def close() -> bool:
        connection.services.approvals.close(key, f"Found {detail}.")
        return True

    return _finding(connection, "approval request that is not closed", key, detail, close)


def _finding(
    connection: Connection, problem: str, key: ApprovalKey, detail: str, fix: Callable[[], bool]
) -> Finding:
    repair = command_line(connection, "doctor", "--fix")
    return Finding(problem, str(key), detail, repair, fix)
