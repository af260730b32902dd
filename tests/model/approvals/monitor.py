"""The promises that hold at every moment, watched while a run goes on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from cqrs.approvals.models import SINCE, STARTED_AT, STATE, ApprovalStatus
from cqrs.testing.text import Text, view
from tests.model.violation import Violation

THIS_QUESTION = "1 only who approved this question lets it go on"
FIRST_ANSWER = "2 the first answer counts, once"
DELIVERED = "3 an answer arrives, or its giver is told"
CLOSED = "4 a request is open as long as it is waited for"
FOUND = "5 nothing waits unless somebody can find its request"
TOLD = "6 how a request ends is told"
SOUND = "7 no event fails, and no answer is refused without a reason"

ANSWERS = {ApprovalStatus.APPROVED, ApprovalStatus.REJECTED}


class Question(NamedTuple):
    """A question, and which state of which execution asks it."""

    execution: str
    started_at: str
    state: str
    title: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Question:
        """The question that a request shows to people."""
        return cls(item["execution"], item[STARTED_AT], item[STATE], item["title"])


class Opinion(NamedTuple):
    """How somebody answered a question that they had looked at."""

    by: str
    approves: bool
    question: Question


class Receipt(NamedTuple):
    """An answer that a wait received; a visit is one time that an execution was in a state."""

    by: str
    approves: bool
    at: str
    question: Question
    visit: tuple[int, int]


class Monitor:
    """Remembers what a promise needs to know of the past.

    Attributes
    ----------
    opinions
        Who has answered which question how.
    receipts
        Answers that executions have received.
    untold
        Status of each request of which no notification has told yet.
    """

    __slots__ = ("opinions", "receipts", "untold")

    def __init__(self) -> None:
        self.opinions: frozenset[Opinion] = frozenset()
        self.receipts: frozenset[Receipt] = frozenset()
        self.untold: dict[str, str] = {}

    def copy(self) -> Monitor:
        """Another monitor that knows the same."""
        other: Monitor = object.__new__(Monitor)
        other.opinions, other.receipts = self.opinions, self.receipts
        other.untold = self.untold.copy()
        return other

    def key(self) -> Hashable:
        """The past that the promises' verdict on the future depends on."""
        return self.opinions, self.receipts, frozenset(self.untold.items())

    def answers(self, opinion: Opinion) -> None:
        """Know that somebody answers a question."""
        self.opinions |= {opinion}

    def told(self, request_id: str, status: str) -> None:
        """Know that a notification was sent."""
        if self.untold.get(request_id) == status:
            del self.untold[request_id]

    def written(self, request_id: str, before: Text | None, after: Text) -> None:
        """Check a write of a request."""
        old, new = (None if before is None else view(before)), view(after)
        if old is None or old["status"] != new["status"]:
            self.untold[request_id] = new["status"]
        if old is None or old["status"] not in ANSWERS:
            return
        if new["status"] == ApprovalStatus.EXPIRED:
            self._refuse_to_expire_what_arrived(request_id, old)
        elif (new["status"], new.get("answeredBy")) != (old["status"], old["answeredBy"]):
            raise Violation(FIRST_ANSWER, f"another answer replaces {old['answeredBy']}'s")

    def received(self, receipt: Receipt) -> None:
        """Check an answer that reaches a wait."""
        opinion = Opinion(receipt.by, receipt.approves, receipt.question)
        if opinion not in self.opinions:
            verb = "approved" if receipt.approves else "rejected"
            raise Violation(THIS_QUESTION, f"{receipt.by} has not {verb} {receipt.question}")
        for earlier in self.receipts:
            if earlier.question == receipt.question and earlier.visit[0] == receipt.visit[0]:
                same = (earlier.by, earlier.at) == (receipt.by, receipt.at)
                if same and earlier.visit != receipt.visit:
                    raise Violation(FIRST_ANSWER, f"{receipt.by}'s answer counts for two visits")
        self.receipts |= {receipt}

    def arrived(self, by: str, approves: bool, question: Question) -> bool:
        """Whether an execution has received somebody's answer to a question."""
        return any(
            (receipt.by, receipt.approves, receipt.question) == (by, approves, question)
            for receipt in self.receipts
        )

    def _refuse_to_expire_what_arrived(self, request_id: str, old: Any) -> None:
        question = Question.of(old)
        for receipt in self.receipts:
            if (receipt.by, receipt.at, receipt.question) == (
                old["answeredBy"],
                old["answeredAt"],
                question,
            ):
                details = f"{request_id} expires at {old[SINCE]}, and {receipt.by} was heard"
                raise Violation(DELIVERED, details)
