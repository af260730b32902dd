"""Closes requests that shall not, or cannot, be answered any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.approvals.models import ApprovalRequest, ApprovalStatus, StoredRequest
from cqrs.core.observability import count
from cqrs.errors import ApprovalExpired
from cqrs.metrics import Metric

if TYPE_CHECKING:
    from cqrs.approvals.notifier import ApprovalNotifier
    from cqrs.approvals.records import ApprovalRecords
    from cqrs.aws.step_functions import StepFunctionsService


class ApprovalCloser:
    """Closes requests.

    Parameters
    ----------
    records
        Writes requests.
    step_functions
        Ends the wait of a state that still waits.
    notifier
        Notifies of it.
    """

    def __init__(
        self,
        records: ApprovalRecords,
        step_functions: StepFunctionsService,
        notifier: ApprovalNotifier,
    ) -> None:
        self._records = records
        self._step_functions = step_functions
        self._notifier = notifier

    def expire(self, seen: StoredRequest, cause: str) -> ApprovalRequest | None:
        """Mark a request EXPIRED, end its state's wait and notify of it.

        A state that still waits fails with ``ApprovalExpired``. If a crash has left some of this
        undone, another call does it.

        Parameters
        ----------
        seen
            The request as its caller knows it.
        cause
            Why nobody waits for an answer any more.

        Returns
        -------
        ApprovalRequest or None
            None if the request has moved on since, by an answer or a new wait.
        """
        is_marked = seen.status is ApprovalStatus.EXPIRED
        expired = seen if is_marked else self._records.expire(seen, cause)
        if expired is None:
            return None
        count(Metric.APPROVALS_EXPIRED, int(not is_marked))
        if expired.is_listed:
            self._step_functions.send_task_failure(
                expired.waiting.token, ApprovalExpired.__name__, expired.request.cause or cause
            )
            self._notifier.tell(expired.request)
            self._records.unlist(expired)
        return expired.request
