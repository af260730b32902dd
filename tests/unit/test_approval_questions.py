"""An answer is the answer to one question, and to no other that has its name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalStatus, WaitingState
from cqrs.errors import ApprovalAnswered, ApprovalExpired, ValidationError
from tests.unit.test_approvals import (  # noqa: F401 - fixtures
    application,
    approvals,
    executions,
    pauses,
)

KEY = ApprovalKey.make("acme", "run")
TITLE, SUBJECT = "Spend 100 EUR", {"amount": 100}
ENTERED, LATER = "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"


class Asking:
    """States of executions that ask."""

    def __init__(self, service: Any, running: Any) -> None:
        self.service, self.running = service, running
        self._tokens = 0

    def wait(self, state: str = "team_lead", since: str = f"000000#{ENTERED}#000000") -> Any:
        self._tokens += 1
        token = f"token-{self._tokens}"
        arn = self.running.wait("run", token)
        return WaitingState(token, arn, since, 3600, state, "2026-01-01T00:00:00Z")

    def ask(self, waiting: WaitingState, title: str = TITLE, subject: Any = None) -> Any:
        return self.service.create_approval_request(
            KEY, title, SUBJECT if subject is None else subject, waiting
        )


@pytest.fixture
def asking(approvals, executions) -> Asking:  # noqa: F811
    return Asking(approvals, executions)


def test_the_answer_to_one_state_is_none_to_another(asking: Asking):
    asking.ask(asking.wait("team_lead"))
    asking.service.approve(KEY, "ann", "fine")

    second = asking.wait("board", f"000000#{LATER}#000000")
    with pytest.raises(ValidationError, match="asked by state 'team_lead', and state 'board'"):
        asking.ask(second, "Spend 1,000,000 EUR")

    assert second.token not in asking.running.results


def test_a_question_that_expired_is_not_shown_for_another(asking: Asking):
    asking.ask(asking.wait("team_lead"))
    asking.service.close(KEY, "nobody answered")

    with pytest.raises(ValidationError, match="the names of execution and state"):
        asking.ask(asking.wait("board", f"000000#{LATER}#000000"), "Spend 1,000,000 EUR")

    assert asking.service.get_request(KEY).status is ApprovalStatus.EXPIRED


@pytest.mark.parametrize(("title", "subject"), [("Spend more", None), (TITLE, {"amount": 101})])
def test_a_later_visit_that_asks_for_something_else_is_another_question(asking, title, subject):
    asking.ask(asking.wait())
    asking.service.close(KEY, "nobody answered")

    with pytest.raises(ValidationError, match="or with another subject, by the same id"):
        asking.ask(asking.wait(since=f"000000#{LATER}#000000"), title, subject)


def test_a_retry_that_words_it_otherwise_gets_the_answer_to_what_was_asked(asking: Asking):
    asking.ask(asking.wait())
    again = asking.wait(since=f"000000#{ENTERED}#000001")
    request = asking.ask(again, "Spend 100 EUR, asked at 01:00")
    asking.service.approve(KEY, "ann", "fine")

    assert request.title == TITLE
    assert asking.running.results[again.token]["approved"] is True


def test_a_later_visit_asks_the_same_again_until_it_is_answered(asking: Asking):
    asking.ask(asking.wait())
    asking.service.close(KEY, "nobody answered")
    again = asking.wait(since=f"000000#{LATER}#000000")

    assert asking.ask(again).status is ApprovalStatus.PENDING
    asking.service.reject(KEY, "ann", "no")
    assert asking.running.results[again.token]["approved"] is False

    with pytest.raises(ValidationError, match=r"was REJECTED by ann .* asks again"):
        asking.ask(asking.wait(since="000000#2026-01-01T02:00:00Z#000000"))


def test_an_answer_that_is_not_noted_yet_counts_for_no_later_visit(asking: Asking):
    first, again = asking.wait(), asking.wait(since=f"000000#{LATER}#000000")
    refusals: list[str] = []
    asking.ask(first)

    def come_back(**_call: Any) -> None:
        if asking.running.results.keys() == {first.token} and not refusals:
            refusals.append("")
            with pytest.raises(ValidationError, match="asks again") as refused:
                asking.ask(again)
            refusals.append(str(refused.value))

    asking.running.meta.events.register("after-call", come_back)
    asking.service.reject(KEY, "ann", "no")

    assert len(refusals) == 2
    assert asking.running.results.keys() == {first.token}


def test_a_later_visit_asks_anew_if_the_earlier_one_missed_its_answer(asking: Asking):
    first, again = asking.wait(), asking.wait(since=f"000000#{LATER}#000000")
    asking.ask(first)

    asked: list[ApprovalStatus] = []
    missing = iter([first.token])

    def miss(**_call: Any) -> None:
        if asking.running.operations[-1] == "SendTaskSuccess":
            for token in missing:
                asking.running.time_out(token)
                asked.append(asking.ask(again).status)

    asking.running.meta.events.register("before-call", miss)
    with pytest.raises(ApprovalExpired, match="answer again"):
        asking.service.approve(KEY, "ann", "fine")

    assert asked == [ApprovalStatus.PENDING]
    assert again.token not in asking.running.results


def test_who_was_too_late_does_not_get_anothers_answer_for_their_own(asking: Asking):
    first, again = asking.wait(), asking.wait(since=f"000000#{LATER}#000000")
    asking.ask(first)
    asking.running.time_out(first.token)
    turns = iter(["dan"])

    def answer_anew(**_call: Any) -> None:
        if asking.running.operations[-1] == "GetExecutionHistory":
            for name in turns:
                asking.service.close(KEY)
                asking.ask(again)
                asking.service.approve(KEY, name, "fine")

    asking.running.meta.events.register("before-call", answer_anew)
    with pytest.raises(ApprovalAnswered, match="was APPROVED by dan"):
        asking.service.reject(KEY, "ann", "no")

    assert asking.running.results[again.token]["by"] == "dan"


def test_a_redriven_execution_gets_the_answer_that_was_given(asking: Asking):
    asking.ask(asking.wait())
    asking.service.approve(KEY, "ann", "fine")
    redriven = asking.wait(since=f"000001#{LATER}#000000")

    assert asking.ask(redriven).status is ApprovalStatus.APPROVED
    assert asking.running.results[redriven.token]["by"] == "ann"


def test_an_execution_of_the_same_name_that_started_later_asks_anew(asking: Asking):
    asking.ask(asking.wait())
    asking.service.approve(KEY, "ann", "fine")
    later = replace(asking.wait(), started_at="2026-06-01T00:00:00Z")

    with pytest.raises(ValidationError, match="started at 2026-01-01T00:00:00Z"):
        asking.ask(later)
