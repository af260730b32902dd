"""Asking for approvals, and answering (guide, "Use case 4: asynchronous callback pattern")."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.approvals.indexes import find_of_tenant, is_listed
from cqrs.approvals.keys import APPROVAL, ApprovalKey, checked_new_request_id
from cqrs.approvals.models import ApprovalPage, ApprovalRequest, ApprovalStatus, StoredRequest
from cqrs.aws.step_functions import Heartbeat
from cqrs.core.damaged_items import read_each
from cqrs.core.json_values import canonical, json_value
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.rounds import Rounds
from cqrs.core.sizes import depth, dynamodb_size
from cqrs.core.tenants import checked_new_tenant, checked_tenant
from cqrs.core.texts import ANSWER_LENGTH, PERSON_LENGTH, checked_text
from cqrs.errors import (
    ApprovalAnswered,
    ApprovalExpired,
    NotFoundError,
    TransientError,
    ValidationError,
)
from cqrs.storage.large_values import INLINE_BYTES, INLINE_DEPTH
from cqrs.storage.origins import UNKNOWN
from cqrs.storage.paging import DEFAULT_PAGE, cursor_of, may_be_key, place_of, refuse_bad_limit

if TYPE_CHECKING:
    from cqrs.approvals.closer import ApprovalCloser
    from cqrs.approvals.delivery import AnswerDelivery
    from cqrs.approvals.models import WaitingState
    from cqrs.approvals.notifier import ApprovalNotifier
    from cqrs.approvals.records import ApprovalRecords
    from cqrs.aws.item_store import ItemStore
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.settings import Settings
    from cqrs.storage.origins import Origin

TITLE_LENGTH = 200

SUBJECT_BYTES = INLINE_BYTES
"""The room beside it is enough for the longest title and answer, and for why it ended."""

CLOSED = "It was closed before anybody answered."

OWN_ID = "Give each question a request id of its own, such as the names of execution and state."


@dataclass(frozen=True, slots=True)
class Collaborators:
    """The parts that an approval service works with."""

    store: ItemStore
    settings: Settings
    records: ApprovalRecords
    step_functions: StepFunctionsService
    delivery: AnswerDelivery
    closer: ApprovalCloser
    notifier: ApprovalNotifier


class ApprovalService:
    """Makes, answers and reads approval requests.

    Any call may be repeated after a crash and comes to the same. Each change is told as an
    ``approval-status`` notification, at least once (:mod:`cqrs.approvals.notifier`).

    Parameters
    ----------
    collaborators
        The parts that it works with.
    origin
        The origin of its calls.
    """

    def __init__(self, collaborators: Collaborators, origin: Origin = UNKNOWN) -> None:
        self._collaborators = collaborators
        self._origin = origin
        self._takes_verified_only = collaborators.settings.verified_answers_only
        self._store = collaborators.store
        self._table = collaborators.settings.approvals_table
        self._records = collaborators.records
        self._step_functions = collaborators.step_functions
        self._delivery = collaborators.delivery
        self._closer = collaborators.closer
        self._notifier = collaborators.notifier

    def of(self, origin: Origin) -> ApprovalService:
        """The same service for calls of an origin, whose author is the one who answers."""
        return ApprovalService(self._collaborators, origin)

    def create_approval_request(
        self, key: ApprovalKey, title: str, subject: Mapping[str, Any], waiting: WaitingState
    ) -> ApprovalRequest:
        """Ask for an approval, for a state that waits for the answer.

        It is idempotent by its key. If the state was retried, the answer goes to its newest
        attempt, at once if there is one already. A key stands for one question: for one title and
        subject, asked by one state of one execution.

        A PutItem and a SendMessage; a repeat costs a read and a write more.

        Parameters
        ----------
        key
            Tenant and request id.
        title
            The question, in a line of at most 200 characters.
        subject
            The same as a JSON object of at most 350 KB, for people and programs to judge by.
        waiting
            The state, as :meth:`~cqrs.approvals.models.WaitingState.of` reads it from its event.

        Raises
        ------
        ValidationError
            If an argument is refused, or this id stands for another question; nothing was written.
        ApprovalExpired
            If there is an answer, and this state has stopped waiting for it.
        """
        _refuse_other_than_key(key)
        checked_new_tenant(key.tenant)
        checked_new_request_id(key.request_id)
        title = _checked_words(title, "title", TITLE_LENGTH)
        content = _checked_subject(subject)
        while True:
            stored = self._records.create(key, title, content, waiting) or self._again(
                key, title, content, waiting
            )
            if stored is not None:
                break
        request = stored.request
        if request.status.is_answer:
            return self._delivery.deliver(stored)
        if request.status is ApprovalStatus.PENDING:
            self._notifier.tell(request)
        return request

    def key_of(self, text: str) -> ApprovalKey:
        """The key of the request with an id, as lists tell it.

        No request, unless tenant or request id has a slash: then a GetItem for each key that the id
        may stand for.

        Raises
        ------
        ValidationError
            If it is the id of no request.
        """
        likeliest, *others = ApprovalKey.readings(text)
        if not others:
            return likeliest
        return next(filter(self._is_there, (likeliest, *others)), likeliest)

    def _is_there(self, key: ApprovalKey) -> bool:
        return self._store.get(self._table, key.pk, key.sk) is not None

    def get_request(self, key: ApprovalKey) -> ApprovalRequest | None:
        """A request as it is now; None if there is none (one GetItem).

        Raises
        ------
        ValidationError
            If it is not asked for by its key, or it is damaged.
        """
        _refuse_other_than_key(key)
        stored = self._records.read(key)
        return None if stored is None else stored.request

    def list_pending(
        self, tenant: str, *, limit: int = DEFAULT_PAGE, cursor: str | None = None
    ) -> ApprovalPage:
        """A tenant's requests that are not over, the newest first.

        One Query and one BatchGetItem. A request is listed a moment after it was made.

        Parameters
        ----------
        tenant
            Tenant code.
        limit
            Requests of a page, 1 to 100.
        cursor
            ``cursor`` of the page before.

        Raises
        ------
        ValidationError
            If an argument is refused.
        """
        refuse_bad_limit(limit)
        page = find_of_tenant(self._store, self._table, checked_tenant(tenant), limit, cursor)
        addresses = [(self._table, place.pk, place.sk) for place in page.places]
        found = self._store.get_many(addresses)
        items = [found[address] for address in addresses if address in found]
        # The index is behind its table.
        requests, damaged = read_each(filter(is_listed, items), StoredRequest.from_item)
        return ApprovalPage([stored.request for stored in requests], damaged, page.cursor)

    def list_over(
        self, tenant: str, *, limit: int = DEFAULT_PAGE, cursor: str | None = None
    ) -> ApprovalPage:
        """A tenant's requests that are over, by their ids (one Query).

        Parameters
        ----------
        tenant
            Tenant code.
        limit
            Requests that are looked at, 1 to 100. Those that are not over are left out, so a page
            may be empty.
        cursor
            ``cursor`` of the page before.

        Raises
        ------
        ValidationError
            If an argument is refused.
        """
        refuse_bad_limit(limit)
        pk = f"{APPROVAL}{KEY_SEPARATOR}{checked_tenant(tenant)}"
        start_after = None if cursor is None else {"pk": pk, "sk": _behind(cursor)}
        page = self._store.query(self._table, pk, limit=limit, start_after=start_after)
        over = (item for item in page.items if not is_listed(item))
        requests, damaged = read_each(over, StoredRequest.from_item)
        more = None if page.last_key is None else cursor_of(page.last_key["sk"])
        return ApprovalPage([stored.request for stored in requests], damaged, more)

    def approve(self, key: ApprovalKey, by: str, reason: str = "") -> ApprovalRequest:
        """Let the execution go on: the waiting state's output is ``{"approved": true, ...}``.

        A GetItem, a DescribeExecution, two UpdateItems, a SendTaskSuccess and a SendMessage.

        Parameters
        ----------
        key
            The request.
        by
            Who approves.
        reason
            Why.

        Returns
        -------
        ApprovalRequest
            With the answer, delivered. The same answer by the same person again returns what was
            recorded first, its reason included. It delivers that if nobody has done so.

        Raises
        ------
        ApprovalAnswered
            If it was answered before, by somebody else or otherwise.
        ApprovalExpired
            If nobody waits for the answer any more.
        NotFoundError
            If there is no such request.
        ValidationError
            If an argument is refused.
        """
        return self._answer(key, ApprovalStatus.APPROVED, by, _checked_reason(reason))

    def reject(self, key: ApprovalKey, by: str, reason: str) -> ApprovalRequest:
        """Refuse: the waiting state's output is ``{"approved": false, ...}``, for a Choice to see.

        Parameters, errors and costs are those of :meth:`approve`; the reason must not be empty.
        """
        if not reason:
            raise ValidationError("reason is empty; say why it is rejected.")
        return self._answer(key, ApprovalStatus.REJECTED, by, _checked_reason(reason))

    def deliver(self, key: ApprovalKey) -> ApprovalRequest:
        """Give the execution the answer that was recorded, if a crash has kept it back.

        A GetItem if that was done before; an UpdateItem, a SendTaskSuccess and a SendMessage more
        otherwise.

        Raises
        ------
        ApprovalExpired
            If nobody waits for the answer any more.
        NotFoundError
            If there is no such request.
        ValidationError
            If nobody has answered it, or it is damaged.
        """
        stored = self._existing(key)
        if stored.status is ApprovalStatus.PENDING:
            raise ValidationError(
                f"Nobody has answered {key}, so there is nothing to deliver: approve or reject it."
            )
        return self._delivery.deliver(stored)

    def heartbeat(self, key: ApprovalKey) -> ApprovalRequest:
        """Keep the state waiting: its heartbeat timeout begins again.

        Its whole timeout does not (Step Functions API reference, SendTaskHeartbeat). A GetItem and
        a SendTaskHeartbeat. If Step Functions does not know the state's token, its execution is
        looked at: while that runs, the request stays as it is.

        Raises
        ------
        ApprovalAnswered
            If it was answered.
        ApprovalExpired
            If nobody waits for the answer any more; the request is then EXPIRED.
        NotFoundError
            If there is no such request.
        TransientError
            If its execution runs, and Step Functions does not know the token just now.
        """
        stored = self._existing(key)
        rounds = Rounds(f"Approval request {key}")
        while True:
            rounds.meet(stored)
            request = self._pending(stored)
            told = self._step_functions.send_task_heartbeat(stored.waiting.token)
            if told is Heartbeat.TAKEN:
                return request
            is_unknown = told is Heartbeat.UNKNOWN
            seen, stored = stored, self._existing(key)
            if (stored.status, stored.waiting.since) == (seen.status, seen.waiting.since):
                if is_unknown and self._is_running(stored.waiting.execution):
                    raise TransientError(
                        f"Step Functions takes no heartbeat for {key} just now, and its execution "
                        "runs: try again in a moment."
                    )
                cause = "The execution had stopped waiting when a heartbeat came."
                expired = self._closer.expire(stored, cause)
                stored = self._existing(key) if expired is None else stored
                if expired is not None:
                    raise self._delivery.nobody_waits(expired)

    def close(self, key: ApprovalKey, cause: str = CLOSED) -> ApprovalRequest:
        """End a request that nobody shall answer any more, as a workflow does after a timeout.

        A state that still waits fails with ``ApprovalExpired``. An answer that was given, and not
        delivered, is delivered instead if its state still waits. Four requests; one that is over
        costs a GetItem.

        Parameters
        ----------
        key
            The request.
        cause
            Why.

        Returns
        -------
        ApprovalRequest
            As it then is: EXPIRED, or answered.

        Raises
        ------
        NotFoundError
            If there is no such request.
        ValidationError
            If the cause is refused.
        """
        cause = _checked_words(cause, "cause", ANSWER_LENGTH)
        rounds = Rounds(f"Approval request {key}")
        while True:
            stored = self._existing(key)
            rounds.meet(stored)
            if not stored.is_listed:
                return stored.request
            closed = self._close_seen(stored, cause)
            if closed is not None:
                return closed

    def close_ended(self, key: ApprovalKey, cause: str) -> ApprovalRequest:
        """Close a request likewise, unless its execution runs.

        The execution is asked for after the request was read, so what a redriven one has asked
        since stays open (a DescribeExecution more than :meth:`close`).
        """
        rounds = Rounds(f"Approval request {key}")
        while True:
            stored = self._existing(key)
            rounds.meet(stored)
            if not stored.is_listed or self._is_running(stored.waiting.execution):
                return stored.request
            closed = self._close_seen(stored, cause)
            if closed is not None:
                return closed

    def _close_seen(self, seen: StoredRequest, cause: str) -> ApprovalRequest | None:
        """Close a request as it was seen; None if it has moved on, or its answer came too late."""
        if seen.status.is_answer:
            try:
                return self._delivery.deliver(seen)
            except ApprovalExpired:
                return None
        return self._closer.expire(seen, cause)

    def _is_running(self, arn: str) -> bool:
        execution = self._step_functions.describe(arn)
        return execution is not None and execution.is_running

    def _answer(
        self, key: ApprovalKey, status: ApprovalStatus, by: str, reason: str
    ) -> ApprovalRequest:
        by = self._answerer(by)
        while True:
            stored: StoredRequest | None = self._existing(key)
            if stored is not None and stored.status is ApprovalStatus.PENDING:
                self._refuse_ended(stored)
                is_verified = bool(self._origin.author)
                stored = self._records.answer(key, status, by, reason, is_verified=is_verified)
            if stored is not None:
                break
        request = stored.request
        if request.status is ApprovalStatus.EXPIRED:
            self._closer.expire(stored, CLOSED)
            raise self._delivery.nobody_waits(request)
        if (request.status, request.answered_by) == (status, by):
            # Meanwhile it may have been closed, asked again, and answered by somebody else.
            request = self._delivery.deliver(stored)
        if (request.status, request.answered_by) != (status, by):
            raise _answered(request)
        return request

    def _answerer(self, said: str) -> str:
        """The name of who answers.

        Raises
        ------
        ValidationError
            If it is none, or nobody has verified it and that is needed.
        """
        if self._origin.author:
            return self._origin.author
        if self._takes_verified_only:
            raise ValidationError(
                "This environment takes answers of those alone whom somebody has verified: answer "
                "over the HTTP API."
            )
        return _checked_words(said, "by", PERSON_LENGTH)

    def _refuse_ended(self, pending: StoredRequest) -> None:
        """Close a request whose execution has ended without a word (one DescribeExecution)."""
        if self._is_running(pending.waiting.execution):
            return
        expired = self._closer.expire(pending, "The execution had ended before anybody answered.")
        if expired is not None:
            raise self._delivery.nobody_waits(expired)

    def _again(
        self, key: ApprovalKey, title: str, subject: dict[str, Any], waiting: WaitingState
    ) -> StoredRequest | None:
        """The request that is there, with the wait that is newest; None if it has just changed."""
        stored = self._records.read(key)
        if stored is None:
            return None
        _refuse_other_request(stored, title, subject, waiting)
        if stored.waiting.since >= waiting.since:
            return stored
        if stored.status.is_answer and waiting.is_later_visit(stored.waiting.since):
            self._settle(stored)
            return None
        return self._records.renew(stored, waiting)

    def _settle(self, answered: StoredRequest) -> None:
        """Find out whether an earlier visit of the state has the answer that was given to it."""
        with suppress(ApprovalExpired):  # it has not, so the request is open for another answer
            self._delivery.deliver(answered)

    def _pending(self, stored: StoredRequest) -> ApprovalRequest:
        request = stored.request
        if request.status.is_answer:
            raise _answered(request)
        if request.status is ApprovalStatus.EXPIRED:
            raise self._delivery.nobody_waits(request)
        return request

    def _existing(self, key: ApprovalKey) -> StoredRequest:
        """A request that is there, and sound.

        Raises
        ------
        NotFoundError, ValidationError
            If there is none, it is damaged, or it is not asked for by its key.
        """
        _refuse_other_than_key(key)
        stored = self._records.read(key)
        if stored is None:
            raise NotFoundError(
                f"There is no approval request {key}; was it ever made, or has it expired from "
                "its table?"
            )
        return stored


def _behind(cursor: Any) -> str:
    """The sort key of the last item of a page, of which a cursor was made."""
    try:
        sk = place_of(cursor)
    except (TypeError, ValueError, AttributeError):
        sk = None
    if not may_be_key(sk):
        raise ValidationError(
            f"The cursor {str(cursor)[:40]!r} does not belong to this list: give back the cursor "
            "of the page before, unchanged."
        )
    return str(sk)


def _refuse_other_request(
    stored: StoredRequest, title: str, subject: dict[str, Any], waiting: WaitingState
) -> None:
    """See that a request is what a state asks, so that nobody's answer is taken for another one.

    Raises
    ------
    ValidationError
        If it is another question, or was answered before this state came to ask it.
    """
    request, before = stored.request, stored.waiting
    if (before.execution, before.started_at) != (waiting.execution, waiting.started_at):
        raise ValidationError(
            f"{request.key} is a request of execution {before.execution}, started at "
            f"{before.started_at or 'an unknown time'}, and {waiting.execution} asked for it "
            f"again. {OWN_ID}"
        )
    if before.state != waiting.state:
        raise ValidationError(
            f"{request.key} was asked by state {before.state!r}, and state {waiting.state!r} "
            f"asks by the same id. {OWN_ID}"
        )
    if waiting.is_retry_of(before.since):
        return  # it asks what it has asked, even if it words that by the hour
    if request.title != title or canonical(request.subject) != canonical(subject):
        raise ValidationError(
            f"{request.key} asks for {request.title!r}, and state {waiting.state!r} asks for "
            f"{title!r}, or with another subject, by the same id. {OWN_ID}"
        )
    if request.delivered_at and waiting.is_later_visit(before.since):
        raise ValidationError(
            f"{request.key} was {request.status.value} by {request.answered_by} at "
            f"{request.answered_at}, and state {waiting.state!r} asks again. Put what tells its "
            "visits apart into the request id."
        )


def _answered(request: ApprovalRequest) -> ApprovalAnswered:
    refusal = ApprovalAnswered(
        str(request.key),
        status=request.status.value,
        by=str(request.answered_by),
        at=str(request.answered_at),
    )
    if not request.delivered_at:
        refusal.args = (
            f"{refusal} That answer is not known to have reached the execution: if it stays so, "
            f"`cqrs doctor --fix` delivers it, or {refusal.by} by giving it again.",
        )
    return refusal


def _refuse_other_than_key(key: Any) -> None:
    if not isinstance(key, ApprovalKey):
        raise ValidationError(
            f"A request is named by its ApprovalKey, and not by {key!r:.80}. Make one by "
            "ApprovalKey.parse of the request's id, or ApprovalKey.make of tenant and request id."
        )


def _checked_subject(subject: Any) -> dict[str, Any]:
    if not isinstance(subject, Mapping):
        raise ValidationError(f"subject is a {type(subject).__name__}; it must be an object.")
    content: dict[str, Any] = json_value(subject, "subject")
    size = dynamodb_size(content)
    if size > SUBJECT_BYTES:
        raise ValidationError(
            f"subject takes {size:,} bytes; at most {SUBJECT_BYTES:,} are allowed, which leave "
            "room for the answer in its item. Keep it in the bucket, and let the subject hold its "
            "key."
        )
    levels = depth(content)
    if levels > INLINE_DEPTH:
        raise ValidationError(
            f"subject is {levels} lists and objects deep; at most {INLINE_DEPTH} fit into an item. "
            "Make it flatter."
        )
    return content


def _checked_reason(reason: Any) -> str:
    return _checked_words(reason, "reason", ANSWER_LENGTH) if reason != "" else ""


def _checked_words(value: Any, name: str, longest: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValidationError(f"{name} is {value!r}; it must be text.")
    if len(value) > longest:
        raise ValidationError(f"{name} has {len(value)} characters; at most {longest} are allowed.")
    return checked_text(value, name)
