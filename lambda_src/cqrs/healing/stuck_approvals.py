"""Approval requests that are not over and not waited for, and those that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.approvals.indexes import is_listed
from cqrs.approvals.models import ApprovalRequest, ApprovalStatus, StoredRequest
from cqrs.core.moments import is_recent
from cqrs.healing.faults import Fault, Remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cqrs.approvals.service import ApprovalService
    from cqrs.aws.item_store import ItemStore
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.core.attribute_values import Item
    from cqrs.healing.patience import Patience

NOT_CLOSED = "approval request that is not closed"


class StuckApprovals:
    """Looks for answers that were not delivered, and for requests that nobody can answer.

    Parameters
    ----------
    table, store
        The approvals table.
    approvals
        Delivers and closes.
    step_functions
        Tells whether a request's execution runs.
    patience
        How long an invocation may take.
    """

    def __init__(
        self,
        table: str,
        store: ItemStore,
        approvals: ApprovalService,
        step_functions: StepFunctionsService,
        patience: Patience,
    ) -> None:
        self._table = table
        self._store = store
        self._approvals = approvals
        self._step_functions = step_functions
        # Anybody who works on one has ended by then.
        self._since = patience.work

    def faults(self, entry: Item) -> Iterator[Fault]:
        """The faults of the request of an index's entry (at most one DescribeExecution).

        Raises
        ------
        ValidationError
            If it cannot be read.
        """
        item = self._store.get(self._table, entry["pk"], entry["sk"])
        if item is None or not is_listed(item):
            return
        request = StoredRequest.from_item(item).request
        if request.status is ApprovalStatus.PENDING:
            yield from self._pending(request, entry)
        elif request.status.is_answer:
            yield from self._answered(request, entry)
        else:
            yield from self._expired(request, entry)

    def _answered(self, request: ApprovalRequest, entry: Item) -> Iterator[Fault]:
        if self._is_before(request, request.answered_at):
            detail = f"{request.status.value} by {request.answered_by} at {request.answered_at}"

            def deliver() -> bool:
                self._approvals.deliver(request.key)
                return True

            yield self._fault("answer that was not delivered", request, entry, detail, deliver)

    def _pending(self, request: ApprovalRequest, entry: Item) -> Iterator[Fault]:
        found = self._step_functions.describe(request.execution)
        if found is None:
            yield self._abandoned(request, entry, "pending, and its execution is not known")
        elif not found.is_running and (found.stopped is None or found.stopped <= self._since):
            detail = f"pending, and its execution is {found.status}"
            yield self._abandoned(request, entry, detail)

    def _expired(self, request: ApprovalRequest, entry: Item) -> Iterator[Fault]:
        if self._is_before(request, request.closed_at):
            detail = f"EXPIRED at {request.closed_at}, and perhaps not told"

            def close() -> bool:
                self._approvals.close(request.key, f"Found {detail}.")
                return True

            yield self._fault(NOT_CLOSED, request, entry, detail, close)

    def _is_before(self, request: ApprovalRequest, at: str | None) -> bool:
        return not is_recent(at, f"Approval request {request.key}", self._since)

    def _abandoned(self, request: ApprovalRequest, entry: Item, detail: str) -> Fault:
        def close() -> bool:
            # Its execution may have been redriven since, and have asked again.
            closed = self._approvals.close_ended(request.key, f"Found {detail}.")
            return closed.status is not ApprovalStatus.PENDING

        return self._fault(NOT_CLOSED, request, entry, detail, close)

    def _fault(
        self,
        problem: str,
        request: ApprovalRequest,
        entry: Item,
        detail: str,
        mend: Callable[[], bool],
    ) -> Fault:
        key = request.key
        return Fault(problem, str(key), detail, Remedy.MEND, self._table, entry, key, mend)
