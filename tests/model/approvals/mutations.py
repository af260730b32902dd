"""Approvals with one mistake in them, which the model must find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cqrs.approvals.closer import ApprovalCloser
from cqrs.approvals.delivery import AnswerDelivery
from cqrs.approvals.ended_executions import EndedApprovalExecutions
from cqrs.approvals.models import SINCE, ApprovalRequest, ApprovalStatus
from cqrs.approvals.notifier import ApprovalNotifier
from cqrs.approvals.records import ApprovalRecords
from cqrs.approvals.service import ApprovalService, Collaborators
from cqrs.aws.item_store import Put, Update
from cqrs.errors import ApprovalExpired, ValidationError
from cqrs.events.types import ExecutionStatusEvent
from cqrs.resources import Table
from cqrs.services import Services
from tests.model.approvals.program import ApprovalProgram
from tests.model.forgetful import Chosen, without
from tests.model.mistake import Mistake, Wiring, believe_all_ends


@dataclass(frozen=True, slots=True)
class Mutation(Mistake):
    """A mistake in the services."""

    def program(self) -> ApprovalProgram:
        """The code with the mistake in it."""
        return ApprovalProgram(self.wire)


def _approvals(
    service: type[ApprovalService] = ApprovalService,
    *,
    records: type[ApprovalRecords] = ApprovalRecords,
    closer: type[ApprovalCloser] = ApprovalCloser,
    delivery: type[AnswerDelivery] = AnswerDelivery,
    notifier: type[ApprovalNotifier] = ApprovalNotifier,
) -> Wiring:
    """Wire approvals as Services does, with other parts."""

    def wire(services: Services) -> None:
        kept = records(services.store, services.settings, services.time_to_live)
        told = notifier(services.notifications)
        closing = closer(kept, services.step_functions, told)
        services.approvals = service(
            Collaborators(
                store=services.store,
                settings=services.settings,
                records=kept,
                step_functions=services.step_functions,
                delivery=delivery(kept, services.step_functions, closing, told),
                closer=closing,
                notifier=told,
            )
        )

    return wire


# Which question it is


class _KnowsTheExecutionOnly(ApprovalService):
    """As it once was: a request is known by tenant, id and the execution's name."""

    def _again(self, key: Any, title: Any, subject: Any, waiting: Any) -> Any:
        del title, subject
        stored = self._records.read(key)
        if stored is None:
            return None
        if stored.waiting.execution != waiting.execution:
            raise ValidationError("another execution")
        is_newest = stored.waiting.since >= waiting.since
        return stored if is_newest else self._records.renew(stored, waiting)


def _taken_as(change: Callable[[Any, Any], Any]) -> Wiring:
    """Let a state that asks pass for the one that has asked, in one respect."""

    class _Trusting(ApprovalService):
        def _again(self, key: Any, title: Any, subject: Any, waiting: Any) -> Any:
            stored = self._records.read(key)
            trusted = waiting if stored is None else change(waiting, stored)
            return super()._again(key, title, subject, trusted)

    return _approvals(_Trusting)


class _TakesAnyTitle(ApprovalService):
    def _again(self, key: Any, title: Any, subject: Any, waiting: Any) -> Any:
        del title, subject
        stored = self._records.read(key)
        if stored is None:
            return None
        same = replace(waiting, state=stored.waiting.state)
        return super()._again(key, stored.request.title, stored.request.subject, same)


class _GivesEarlierAnswersToLaterVisits(ApprovalService):
    def _again(self, key: Any, title: Any, subject: Any, waiting: Any) -> Any:
        del title, subject
        stored = self._records.read(key)
        if stored is None or stored.waiting.since >= waiting.since:
            return stored
        return self._records.renew(stored, waiting)


class _RenewsByWhoeverComesLast(ApprovalService):
    """Compares no ``waitingSince``."""

    def _again(self, key: Any, title: Any, subject: Any, waiting: Any) -> Any:
        stored = self._records.read(key)
        if stored is not None and stored.waiting.since > waiting.since:
            return self._records.renew(stored, waiting)
        return super()._again(key, title, subject, waiting)


class _NeverRenews(ApprovalService):
    def _again(self, key: Any, title: Any, subject: Any, waiting: Any) -> Any:
        return self._records.read(key) or super()._again(key, title, subject, waiting)


# The writes


def _update_of(name: str, value: Any = ...) -> Chosen:
    return lambda action: (
        isinstance(action, Update)
        and action.table == Table.APPROVALS
        and name in action.assign
        and value in (..., action.assign[name])
    )


def _put(action: Any) -> bool:
    return isinstance(action, Put) and action.table == Table.APPROVALS


_EXPIRING = _update_of("status", ApprovalStatus.EXPIRED)
_ANSWERING = _update_of("answeredBy")
_NOTING = _update_of("deliveredAt")
_RENEWING = _update_of(SINCE)


class _KeepsThemListed(ApprovalRecords):
    """Delivers without a mark: what is delivered is noted nowhere."""

    def note_delivered(self, seen: Any) -> Any:
        return seen


class _KeepsTheEndOfWaits(ApprovalRecords):
    """A request that had expired stays so when it is asked again."""

    def renew(self, seen: Any, waiting: Any) -> Any:
        if seen.status is ApprovalStatus.EXPIRED:
            return seen
        return super().renew(seen, waiting)


# Delivering and closing


class _TrustsTheRefusal(AnswerDelivery):
    """Looks into no history: a token that is gone means that nobody has the answer."""

    def _is_received(self, stored: Any) -> bool:
        return self._step_functions.send_task_success(stored.waiting.token, stored.request.answer())


class _TrustsThatItArrived(AnswerDelivery):
    """A token that is gone means that the answer has arrived."""

    def _is_received(self, stored: Any) -> bool:
        self._step_functions.send_task_success(stored.waiting.token, stored.request.answer())
        return True


class _NotesBeforeItSends(AnswerDelivery):
    def _is_received(self, stored: Any) -> bool:
        self._records.note_delivered(stored)
        return super()._is_received(stored)


class _ClosesSilently(ApprovalCloser):
    """Tells nobody that a request expired."""

    def expire(self, seen: Any, cause: str) -> Any:
        tell, self._notifier = self._notifier, _Silent()
        try:
            return super().expire(seen, cause)
        finally:
            self._notifier = tell


class _Silent(ApprovalNotifier):
    def __init__(self) -> None:
        pass

    def tell(self, request: ApprovalRequest) -> None:
        del request


class _UnlistsBeforeItTells(ApprovalCloser):
    def expire(self, seen: Any, cause: str) -> Any:
        expired = self._records.expire(seen, cause)
        if expired is None:
            return None
        self._records.unlist(expired)
        self._step_functions.send_task_failure(expired.waiting.token, "ApprovalExpired", cause)
        self._notifier.tell(expired.request)
        return expired.request


class _LeavesTheStateWaiting(ApprovalCloser):
    def expire(self, seen: Any, cause: str) -> Any:
        expired = self._records.expire(seen, cause)
        if expired is None:
            return None
        self._notifier.tell(expired.request)
        self._records.unlist(expired)
        return expired.request


class _DeliversToNobody(ApprovalService):
    """Notes an answer and leaves its delivery to the asking state."""

    def _answer(self, key: Any, status: Any, by: str, reason: str) -> Any:
        noted = self._records.answer(key, status, by, reason)
        if noted is None:
            return super()._answer(key, status, by, reason)
        return noted.request


class _TakesAnothersAnswerForTheirOwn(ApprovalService):
    """As it once was: whoever was too late gets the answer that was delivered at last."""

    def _answer(self, key: Any, status: Any, by: str, reason: str) -> Any:
        noted = self._records.answer(key, status, by, reason)
        if noted is None:
            return super()._answer(key, status, by, reason)
        return self._delivery.deliver(noted)


class _ExpiresAnswers(ApprovalService):
    """Closes a request that was answered as if nobody had answered."""

    def _close_seen(self, seen: Any, cause: str) -> Any:
        return self._closer.expire(seen, cause)


class _AsksTheExecutionTooEarly(ApprovalService):
    """As it once was: the event alone asks the execution, before the requests are read."""

    def close_ended(self, key: Any, cause: str) -> Any:
        return self.close(key, cause)


class _LetsAnswersToEndedOnesWait(ApprovalService):
    def _is_running(self, arn: str) -> bool:
        del arn
        return True


# Ends


def _believing(services: Services) -> None:
    """Take the event of an end without asking the execution, as it once was."""
    believe_all_ends(services)
    _approvals(_AsksTheExecutionTooEarly)(services)


class _Deaf(EndedApprovalExecutions):
    def handle(self, event: ExecutionStatusEvent) -> None:
        del event


def _deaf(services: Services) -> None:
    services.ended_approval_executions = _Deaf(
        services.store, services.settings, services.approvals
    )


class _Forgiving(AnswerDelivery):
    """Tells nobody that an answer came too late."""

    def deliver(self, seen: Any) -> Any:
        try:
            return super().deliver(seen)
        except ApprovalExpired:
            return seen.request


MUTATIONS = [
    Mutation(
        "a request is known by tenant, id and execution only",
        "two questions, one id",
        _approvals(_KnowsTheExecutionOnly),
    ),
    Mutation(
        "a name that comes again is the same execution",
        "the same name again after a stop",
        _taken_as(lambda waiting, stored: replace(waiting, started_at=stored.waiting.started_at)),
    ),
    Mutation(
        "another state and title ask the same",
        "a question that is escalated",
        _approvals(_TakesAnyTitle),
    ),
    Mutation(
        "an answer counts for later visits",
        "asked until approved",
        _approvals(_GivesEarlierAnswersToLaterVisits),
    ),
    Mutation(
        "a renewal does not compare waitingSince",
        "one answer",
        _approvals(_RenewsByWhoeverComesLast),
    ),
    Mutation("a retried state is not waited for", "one answer", _approvals(_NeverRenews)),
    Mutation("a repeated request replaces the first", "one answer", without(_put)),
    Mutation("answering without the condition", "two answers at once", without(_ANSWERING)),
    Mutation("closing without the condition", "an answer and a time-out", without(_EXPIRING)),
    Mutation("closing without a look at the wait", "a redrive", without(_EXPIRING, f"#{SINCE}")),
    Mutation(
        "closing without a look at the status",
        "an answer and a closing",
        without(_EXPIRING, "#status"),
    ),
    Mutation("renewing without the condition", "one answer", without(_RENEWING)),
    Mutation("a delivery without a mark", "one answer", _approvals(records=_KeepsThemListed)),
    Mutation(
        "an expired request stays so when it is asked again",
        "a redrive",
        _approvals(records=_KeepsTheEndOfWaits),
    ),
    Mutation("a refused token says it all", "one answer", _approvals(delivery=_TrustsTheRefusal)),
    Mutation(
        "a refused token means that it arrived",
        "an answer and a time-out",
        _approvals(delivery=_TrustsThatItArrived),
    ),
    Mutation("a delivery is noted first", "one answer", _approvals(delivery=_NotesBeforeItSends)),
    Mutation(
        "a late answer passes for taken",
        "an answer and a time-out",
        _approvals(delivery=_Forgiving),
    ),
    Mutation("closing is told to nobody", "nobody answers", _approvals(closer=_ClosesSilently)),
    Mutation(
        "closing unlists before it tells",
        "nobody answers",
        _approvals(closer=_UnlistsBeforeItTells),
    ),
    Mutation(
        "closing leaves the state waiting",
        "an answer and a closing",
        _approvals(closer=_LeavesTheStateWaiting),
    ),
    Mutation(
        "whoever was too late gets another's answer",
        "answered anew",
        _approvals(_TakesAnothersAnswerForTheirOwn),
    ),
    Mutation("an answer is not delivered", "one answer", _approvals(_DeliversToNobody)),
    Mutation(
        "an answer expires undelivered", "an answer and a closing", _approvals(_ExpiresAnswers)
    ),
    Mutation(
        "an end is taken without asking the execution",
        "a redrive, and a late end",
        _believing,
    ),
    Mutation(
        "an end asks the execution before it reads the requests",
        "a redrive",
        _approvals(_AsksTheExecutionTooEarly),
    ),
    Mutation("an end closes nothing", "a stop that is told twice", _deaf),
    Mutation(
        "an answer does not ask whether the execution runs",
        "an answer and a stop",
        _approvals(_LetsAnswersToEndedOnesWait),
    ),
]

REDUNDANT = [
    Mutation(
        "closing what was delivered",
        "an answer and a time-out",
        without(_EXPIRING, "#deliveredAt"),
    ),
    Mutation(
        "noting a delivery without the condition",
        "an answer and a time-out",
        without(_NOTING),
    ),
]
"""The mutations that change nothing here.

The code that expires an answered request has seen that the execution's history does not have the
answer. The code that notes a delivery has seen that it does. Both conditions guard against a
history that shows an answer later than all looks at it take.
"""
