"""Shapes of the callback pattern."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.approvals.indexes import is_listed
from cqrs.approvals.keys import ApprovalKey
from cqrs.errors import UnsupportedEventError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.core.attribute_values import Item
    from cqrs.core.damaged_items import DamagedItem
    from cqrs.events.types import StepFunctionsEvent

TOKEN = "taskToken"  # noqa: S105 - the attribute's name
SINCE = "waitingSince"
STATE = "state"
STARTED_AT = "executionStartedAt"
SUBJECT = "subject"

IS_ANSWER_VERIFIED = "answeredByIsVerified"
"""True if somebody has verified who answered; requests of earlier releases have none."""


VISIT_PARTS = 2
"""Redrives of the execution, and when it came into the state: a wait begins with these."""

OPTIONAL_TEXTS = ("answeredAt", "answeredBy", "cause", "closedAt", "deliveredAt", "expiresAt")
"""Attributes that a request has from some moment on, and then as text."""


class ApprovalStatus(StrEnum):
    """Status of a request."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"

    @property
    def is_answer(self) -> bool:
        """Whether somebody has answered."""
        return self in {ApprovalStatus.APPROVED, ApprovalStatus.REJECTED}


@dataclass(frozen=True, slots=True)
class WaitingState:
    """A state that waits for the answer to a request.

    Attributes
    ----------
    token
        Its task token, which is as good as the right to answer: it is shown nowhere.
    execution
        ARN of its execution.
    since
        Which of the execution's waits it is: the later of two has the greater one.
    timeout_seconds
        How long it waits; None if that is not known.
    state, started_at
        Its name, and when its execution started: an execution's name may come again.
    """

    token: str = field(repr=False)
    execution: str
    since: str
    timeout_seconds: int | None = None
    state: str = ""
    started_at: str = ""

    @classmethod
    def of(cls, event: StepFunctionsEvent) -> WaitingState:
        """The state that calls the function.

        Raises
        ------
        UnsupportedEventError
            If it does not wait for a callback.
        """
        context = event.context
        if not event.task_token:
            raise UnsupportedEventError(
                f"State {context.state.name} sends no task token, so nothing waits for an answer: "
                "define it by `Invocation.wait_for_approval` or `Invocation.callback`."
            )
        # Each retry has a token of its own, and a redrive counts its retries again.
        retries = f"{context.state.retry_count:06}"
        since = f"{context.execution.redrive_count:06}#{context.state.entered_time}#{retries}"
        return cls(
            event.task_token,
            context.execution.id,
            since,
            event.timeout_seconds,
            context.state.name,
            context.execution.start_time,
        )

    def is_retry_of(self, since: str) -> bool:
        """Tell whether it is another try of the same visit of the state as an earlier wait."""
        return _visit(self.since) == _visit(since)

    def is_later_visit(self, since: str) -> bool:
        """Tell whether the execution has come back into the state after an earlier wait.

        A redrive goes on with the visit in which the execution ended.
        """
        redrives, entered = _visit(self.since)
        earlier_redrives, earlier = _visit(since)
        return redrives == earlier_redrives and entered > earlier


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A request as it is now.

    Attributes
    ----------
    title, subject
        The question: in a line, and as a JSON object.
    execution
        ARN of the execution that waits.
    created_at, expires_at
        When it was made, and until when the execution waits at most; UTC, ISO 8601. None if that is
        not known.
    answered_at, answered_by, reason
        The answer; None if there is none.
    is_answer_verified
        Whether somebody has verified who answered, and it is not only what the caller said.
    delivered_at
        When the execution was known to have the answer; None if that is not so.
    closed_at, cause
        When and why nobody waited for an answer any more.
    """

    key: ApprovalKey
    title: str
    subject: dict[str, Any]
    status: ApprovalStatus
    execution: str
    created_at: str
    expires_at: str | None = None
    answered_at: str | None = None
    answered_by: str | None = None
    reason: str | None = None
    delivered_at: str | None = None
    closed_at: str | None = None
    cause: str | None = None
    is_answer_verified: bool = False

    def answer(self) -> dict[str, Any]:
        """The answer that the waiting state gets; the same whenever it is asked for."""
        return {
            "approved": self.status is ApprovalStatus.APPROVED,
            "request_id": self.key.request_id,
            "by": self.answered_by,
            "reason": self.reason,
            "at": self.answered_at,
        }


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request as its item has it: only here is an item of the approvals table read.

    Attributes
    ----------
    request
        The part that anybody may know.
    waiting
        The wait that it is for; its token is empty once nobody needs it.
    is_listed
        Whether it is not over.
    """

    request: ApprovalRequest
    waiting: WaitingState
    is_listed: bool

    @classmethod
    def from_item(cls, item: Item) -> StoredRequest:
        """Read a request from its item.

        Raises
        ------
        ValidationError
            If the item is damaged: ApprovalService did not write it so.
        """
        key = ApprovalKey(item["pk"], item["sk"])
        try:
            _refuse_damaged(item)
        except ValueError as error:
            raise ValidationError(
                f"Approval request {key} is damaged: {error}. Something other than ApprovalService "
                "wrote it. Mend its item in the approvals table, or delete it and stop its "
                "execution."
            ) from None
        request = ApprovalRequest(
            key=key,
            title=item["title"],
            subject=item[SUBJECT],
            status=ApprovalStatus(item["status"]),
            execution=item["execution"],
            created_at=item["createdAt"],
            expires_at=item.get("expiresAt"),
            answered_at=item.get("answeredAt"),
            answered_by=item.get("answeredBy"),
            reason=item.get("reason"),
            delivered_at=item.get("deliveredAt"),
            closed_at=item.get("closedAt"),
            cause=item.get("cause"),
            is_answer_verified=item.get(IS_ANSWER_VERIFIED) is True,
        )
        waiting = WaitingState(
            token=item.get(TOKEN, ""),
            execution=request.execution,
            since=item[SINCE],
            state=item.get(STATE, ""),
            started_at=item.get(STARTED_AT, ""),
        )
        return cls(request, waiting, is_listed(item))

    @property
    def key(self) -> ApprovalKey:
        """Key of the request."""
        return self.request.key

    @property
    def status(self) -> ApprovalStatus:
        """Status of the request."""
        return self.request.status


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    """Some requests that are not over.

    Attributes
    ----------
    requests
        The newest first. Beside those that are pending, a crash may have left some whose answer was
        not delivered. The same answer again, or closing them, sees to that.
    damaged
        Those among them that cannot be read.
    cursor
        Give it to the next call to go on; None on the last page.
    """

    requests: Sequence[ApprovalRequest]
    damaged: Sequence[DamagedItem]
    cursor: str | None


def _visit(since: str) -> list[str]:
    """Redrives of the execution, and when it came into the state; without the retries."""
    return since.split("#")[:2]


def _refuse_damaged(item: Item) -> None:
    """See that all is there that the next step in the request's life needs.

    Raises
    ------
    ValueError
        If something is not; its message says what.
    """
    status = ApprovalStatus(_text(item, "status"))
    for name in ("title", "createdAt"):
        _text(item, name)
    if len(_visit(_text(item, SINCE))) < VISIT_PARTS:
        raise ValueError(f"its attribute {SINCE} names no visit of a state")
    if status is ApprovalStatus.PENDING or is_listed(item):
        _refuse_empty(item, TOKEN)
    _refuse_empty(item, "execution")
    if status is ApprovalStatus.PENDING:
        _refuse_answer_of_pending(item)
    if status.is_answer:
        _refuse_damaged_answer(item)
    if not isinstance(item.get(SUBJECT), dict):
        raise ValueError("its attribute subject is missing or no object")  # noqa: TRY004
    for name in OPTIONAL_TEXTS:
        if name in item:
            _refuse_empty(item, name)


def _refuse_answer_of_pending(item: Item) -> None:
    for name in ("answeredBy", "answeredAt", "deliveredAt"):
        if name in item:
            raise ValueError(f"it is PENDING and has {name}, as only an answered one has")


def _refuse_damaged_answer(item: Item) -> None:
    for name in ("answeredBy", "reason"):
        _text(item, name)
    if datetime.fromisoformat(_text(item, "answeredAt")).tzinfo is None:
        raise ValueError("its attribute answeredAt has no time zone")


def _refuse_empty(item: Item, name: str) -> None:
    if not _text(item, name):
        raise ValueError(f"its attribute {name} is empty")


def _text(item: Item, name: str) -> str:
    if name not in item:
        raise ValueError(f"its attribute {name} is missing")
    if not isinstance(item[name], str):
        raise ValueError(f"its attribute {name} is not text")  # noqa: TRY004 - as for other damage
    return str(item[name])
