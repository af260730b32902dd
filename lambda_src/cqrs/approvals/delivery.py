"""Brings an answer to the execution that waits for it, and finds out whether it arrived."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from cqrs.approvals.models import ApprovalRequest, ApprovalStatus, StoredRequest
from cqrs.aws.step_functions import callback_output
from cqrs.core.clock import CLOCK_DIFFERENCE
from cqrs.core.observability import count
from cqrs.core.rounds import Rounds
from cqrs.errors import ApprovalExpired, NotFoundError
from cqrs.metrics import Metric

if TYPE_CHECKING:
    from cqrs.approvals.closer import ApprovalCloser
    from cqrs.approvals.notifier import ApprovalNotifier
    from cqrs.approvals.records import ApprovalRecords
    from cqrs.aws.step_functions import StepFunctionsService

LOOKS_AFTER_SECONDS = (0.0, 0.2, 0.5, 1.0)
"""An answer that another call has just brought may not be in the history at once."""


class AnswerDelivery:
    """Delivers answers.

    Parameters
    ----------
    records
        Writes requests.
    step_functions
        Takes the answers, and tells what became of the executions.
    closer
        Closes requests whose answer came too late.
    notifier
        Notifies of answers.
    """

    def __init__(
        self,
        records: ApprovalRecords,
        step_functions: StepFunctionsService,
        closer: ApprovalCloser,
        notifier: ApprovalNotifier,
    ) -> None:
        self._records = records
        self._step_functions = step_functions
        self._closer = closer
        self._notifier = notifier

    def deliver(self, seen: StoredRequest) -> ApprovalRequest:
        """Give the waiting state its answer, notify of it, and note that.

        It may be repeated: a state takes one answer, and where its token is gone the execution's
        history tells whether that was this one.

        Parameters
        ----------
        seen
            The answered request.

        Raises
        ------
        ApprovalExpired
            If the state had stopped waiting; the request is EXPIRED, or pending for another try.
        """
        stored = seen
        rounds = Rounds(f"Approval request {seen.key}")
        while True:
            rounds.meet(stored)
            request = stored.request
            if request.status is ApprovalStatus.EXPIRED:
                raise self.nobody_waits(request)
            if request.status is ApprovalStatus.PENDING:
                raise ApprovalExpired(
                    f"The state that {request.key} was answered for has stopped waiting, and "
                    "another try of it asks again: answer again."
                )
            if request.delivered_at:
                if stored.is_listed:
                    self._records.unlist(stored)
                return request
            if self._is_received(stored):
                self._notifier.tell(request)
                noted = self._records.note_delivered(stored)
                if noted is not None:
                    count(Metric.APPROVALS_ANSWERED)
                    return noted.request
            else:
                expired = self._closer.expire(stored, self._too_late(request))
                if expired is not None:
                    raise self.nobody_waits(expired)
            stored = self._read(request)

    def nobody_waits(self, request: ApprovalRequest) -> ApprovalExpired:
        """The error that tells what the execution does instead of waiting (one call)."""
        execution = self._step_functions.describe(request.execution)
        state = "is no longer known" if execution is None else f"is {execution.status}"
        if execution is not None and execution.error:
            state += f" ({execution.error}: {execution.cause or 'no cause'})"
        return ApprovalExpired(
            f"Nobody waits for the answer to {request.key} any more: its execution "
            f"{request.execution} {state}. {request.cause} Start the workflow again if it is still "
            "to be decided."
        )

    def _is_received(self, stored: StoredRequest) -> bool:
        request = stored.request
        answer = request.answer()
        if self._step_functions.send_task_success(stored.waiting.token, answer):
            return True
        given = callback_output(answer)
        since = _earliest(str(request.answered_at))
        for pause in LOOKS_AFTER_SECONDS:
            time.sleep(pause)
            if given in self._step_functions.task_outputs(request.execution, since):
                return True
        return False

    def _too_late(self, request: ApprovalRequest) -> str:
        return (
            f"{request.answered_by} answered {request.status.value} at {request.answered_at}, when "
            "the execution had stopped waiting."
        )

    def _read(self, request: ApprovalRequest) -> StoredRequest:
        stored = self._records.read(request.key)
        if stored is None:
            raise NotFoundError(f"Approval request {request.key} has expired from its table.")
        return stored


def _earliest(answered_at: str) -> datetime:
    """When an answer can have been delivered, by a clock that may be behind the recording one."""
    answered = datetime.fromisoformat(answered_at)
    try:
        return answered - CLOCK_DIFFERENCE
    except OverflowError:
        return answered
