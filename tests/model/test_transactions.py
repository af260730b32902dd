"""Transactions reach the model as the item store sends them."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace

import pytest

from cqrs.aws.item_store import Action, Check, Condition, Put, Update
from cqrs.errors import ConditionFailed
from cqrs.testing.text import Text
from tests.model.tape import Suspended, Tape, done, refused
from tests.model.transactions import (
    BUSY,
    IN_PROGRESS,
    NO_REASON,
    REFUSED,
    TransactingClients,
    TransactingStore,
    Transaction,
)

ABSENT = Condition("attribute_not_exists(#pk)")
AT_ONE = Condition("#version = :previous OR #status = :was", {"previous": 1, "was": "x"})

ACTIONS: list[Action] = [
    Put("commands", {"pk": "p", "sk": "a", "n": 1, "said": {"by": ["ann", None]}}, ABSENT),
    Put("history", {"pk": "p", "sk": "b"}),
    Update(
        "data", "p", "c", {"version": 2, "name": ""}, {"at": "now"}, ("gone",), AT_ONE, {"n": 3}
    ),
    Update("data", "p", "d", remove=("one", "two")),
    Check("commands", "p", "e", AT_ONE),
]


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cqrs.aws.item_store.back_off", lambda _attempt: None)


def send(*results: Text) -> None:
    """Let the store send the actions, over the results of its first tries."""
    tape = Tape()
    tape.rewind(results)
    TransactingStore(TransactingClients(tape)).write_together(ACTIONS)


def next_of(*results: Text) -> Transaction:
    """The try that has no result yet."""
    with pytest.raises(Suspended) as suspended:
        send(*results)
    call: Transaction = suspended.value.call
    return call


def test_the_model_gets_the_actions_that_were_sent() -> None:
    assert list(next_of().actions) == ACTIONS


def test_what_was_done_is_not_sent_again() -> None:
    send(done([]))


@pytest.mark.parametrize(
    "answer", [done([BUSY, *[NO_REASON] * 4]), refused(IN_PROGRESS)], ids=["busy", "in progress"]
)
def test_contention_is_met_by_the_same_transaction_once_more(
    answer: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = count()
    made = SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=f"token {next(tokens)}"))
    monkeypatch.setattr("cqrs.aws.item_store.uuid", made)

    first, again = next_of(), next_of(answer)

    assert again.text == first.text
    # One for each call, and none for its second try.
    assert (first.token, again.token) == ("token 0", "token 1")


def test_a_refused_condition_is_told_by_its_place() -> None:
    with pytest.raises(ConditionFailed) as told:
        send(done([NO_REASON, NO_REASON, REFUSED, NO_REASON, REFUSED]))

    assert told.value.failed == (2, 4)
