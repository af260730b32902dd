from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cqrs.aws.clients import SENDS
from cqrs.aws.item_store import CONFLICT_ATTEMPTS, Check, Condition, ItemStore, Put, Update
from cqrs.errors import ConditionFailed, ConfigurationError, TransientError, ValidationError

pytestmark = pytest.mark.moto_tables

PK = "AIRPORT#acme"
ABSENT = Condition("attribute_not_exists(#pk)")


@pytest.fixture
def table(settings):
    return settings.data_table


@pytest.fixture
def store(services):
    return services.store


@pytest.fixture
def pauses(monkeypatch):
    """The times that the store would sleep, without sleeping."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


class AnsweringDynamoDB:
    """Stands in for DynamoDB's answers that moto cannot give: throttling, contention."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def __getattr__(self, _operation: str) -> Callable[..., Any]:
        return self._answer

    def _answer(self, **request: Any) -> Any:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class AnsweringClients:
    def __init__(self, *answers: Any) -> None:
        self.dynamodb = AnsweringDynamoDB(*answers)


def refusal(code: str, message: str = "", *, status: int = 400, **details: Any) -> ClientError:
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **details,
    }
    return ClientError(response, "Operation")


def cancelled(*codes: str) -> ClientError:
    reasons = [{"Code": code, "Message": f"because of {code}"} for code in codes]
    return refusal(
        "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons",
        CancellationReasons=reasons,
    )


def item(sk: str, **values: Any) -> dict[str, Any]:
    return {"pk": PK, "sk": sk, **values}


def test_an_item_that_was_put_is_read_and_others_are_none(store, table):
    store.put(Put(table, item("a", n=1, tags=["x", None])))

    assert store.get(table, PK, "a") == item("a", n=1, tags=["x", None])
    assert store.get(table, PK, "b") is None


def test_a_put_under_a_condition_does_not_replace(store, table):
    store.put(Put(table, item("a", n=1), ABSENT))

    with pytest.raises(ConditionFailed) as refused:
        store.put(Put(table, item("a", n=2), ABSENT))

    assert refused.value.failed == (0,)
    assert store.get(table, PK, "a")["n"] == 1


def test_an_update_assigns_keeps_and_removes(store, table):
    store.put(Put(table, item("a", n=1, old=True, createdAt="then")))

    after = store.update(
        Update(
            table,
            PK,
            "a",
            assign={"n": 2, "name": "JFK"},
            assign_once={"createdAt": "now", "updatedAt": "now"},
            remove=["old", "never"],
            condition=Condition("#n = :before", {"before": 1}),
        )
    )

    assert after == item("a", n=2, name="JFK", createdAt="then", updatedAt="now")
    assert store.get(table, PK, "a") == after


def test_an_update_whose_condition_fails_changes_nothing(store, table):
    store.put(Put(table, item("a", n=1)))
    condition = Condition("#n = :before", {"before": 7})

    with pytest.raises(ConditionFailed):
        store.update(Update(table, PK, "a", assign={"n": 2}, condition=condition))

    assert store.get(table, PK, "a")["n"] == 1


def test_a_transaction_tells_which_conditions_failed_and_does_nothing(store, table):
    store.put(Put(table, item("a")))

    with pytest.raises(ConditionFailed) as refused:
        store.write_together(
            [
                Put(table, item("b"), ABSENT),
                Put(table, item("a", n=2), ABSENT),
                Update(table, PK, "c", assign={"n": 3}),
                Check(table, PK, "d", Condition("attribute_exists(#pk)")),
            ]
        )

    assert refused.value.failed == (1, 3)
    assert store.get_many([(table, PK, sk) for sk in "abcd"]) == {(table, PK, "a"): item("a")}


def test_a_transaction_does_all_its_actions(store, table):
    store.put(Put(table, item("a")))

    store.write_together(
        [
            Put(table, item("b"), ABSENT),
            Update(table, PK, "c", assign={"n": 3}),
            Check(table, PK, "a", Condition("attribute_exists(#pk)")),
        ]
    )

    assert [entry["sk"] for entry in store.query(table, PK, limit=10).items] == ["a", "b", "c"]


def test_a_hundred_items_take_one_request_and_one_more_takes_two(store, table, requests):
    for number in range(101):
        store.put(Put(table, item(f"{number:03}")))
    requests.operations.clear()
    addresses = [(table, PK, f"{number:03}") for number in range(101)]

    assert len(store.get_many(addresses[:100])) == 100
    assert requests.operations == ["BatchGetItem"]
    assert set(store.get_many(addresses)) == set(addresses)
    assert requests.operations == ["BatchGetItem"] * 3


def test_nothing_is_asked_for_no_items(store, requests):
    assert store.get_many([]) == {}
    assert requests.operations == []


def test_items_of_several_tables_are_told_apart(store, settings):
    store.put(Put(settings.data_table, item("a", n=1)))
    store.put(Put(settings.history_table, item("a", n=2)))
    data, history = (settings.data_table, PK, "a"), (settings.history_table, PK, "a")

    assert store.get_many([data, history]) == {data: item("a", n=1), history: item("a", n=2)}
    assert store.get_together([history, (settings.data_table, PK, "b"), data]) == [
        item("a", n=2),
        None,
        item("a", n=1),
    ]


def test_a_query_goes_on_where_the_page_before_ended(store, table):
    for sk in ("a1", "a2", "a3", "b1"):
        store.put(Put(table, item(sk)))

    first = store.query(table, PK, sk_prefix="a", limit=2)
    second = store.query(table, PK, sk_prefix="a", limit=2, start_after=first.last_key)

    assert [entry["sk"] for entry in first.items] == ["a1", "a2"]
    assert [entry["sk"] for entry in second.items] == ["a3"]
    assert second.last_key is None


def test_a_table_that_does_not_exist_is_a_question_of_deployment(store):
    with pytest.raises(ConfigurationError, match="is this environment deployed"):
        store.get("nowhere", PK, "a")


def test_a_key_of_another_type_is_refused(store, table, requests):
    with pytest.raises(ValidationError, match=r"get_item cannot be asked so(.|\n)*Key\.sk"):
        store.get(table, PK, 5)
    assert requests.operations == []


def test_an_item_beyond_400_kb_is_refused_with_its_reason(store, table):
    with pytest.raises(ValidationError, match="Item size"):
        store.put(Put(table, item("a", text="x" * 410_000)))


def test_contention_is_retried_until_it_is_over(pauses):
    conflict = refusal("TransactionConflictException", "busy")
    clients = AnsweringClients(
        conflict, cancelled("None", "TransactionConflict"), {"Attributes": {"n": {"N": "1"}}}
    )

    after = ItemStore(clients).update(Update("t", PK, "a", assign={"n": 1}))

    assert after == {"n": 1}
    assert len(clients.dynamodb.asked) == 3
    assert len(pauses) == 2


def test_lasting_contention_ends_in_a_transient_error(pauses):
    clients = AnsweringClients(cancelled("TransactionConflict", "None"))

    with pytest.raises(TransientError, match="busy 8 times in a row"):
        ItemStore(clients).write_together([Put("t", item("a")), Put("t", item("b"))])

    assert len(clients.dynamodb.asked) == CONFLICT_ATTEMPTS
    assert all(pause <= 1 for pause in pauses)


def test_a_failed_condition_decides_though_another_action_met_contention(pauses):
    clients = AnsweringClients(cancelled("TransactionConflict", "ConditionalCheckFailed"))

    with pytest.raises(ConditionFailed) as refused:
        ItemStore(clients).write_together([Put("t", item("a")), Put("t", item("b"), ABSENT)])

    assert refused.value.failed == (1,)
    assert pauses == []


def test_a_transaction_that_is_refused_for_its_form_says_why():
    clients = AnsweringClients(cancelled("None", "ValidationError"))

    with pytest.raises(ValidationError, match="because of ValidationError"):
        ItemStore(clients).write_together([Put("t", item("a")), Put("t", item("b"))])

    assert len(clients.dynamodb.asked) == 1


@pytest.mark.parametrize(
    "error",
    [
        refusal("ProvisionedThroughputExceededException"),
        refusal("ThrottlingException"),
        refusal("RequestLimitExceeded"),
        refusal("InternalServerError", status=500),
        refusal("SomethingNew", status=503),
        refusal("SomethingNew", status=429),
        EndpointConnectionError(endpoint_url="http://localhost:1"),
    ],
)
def test_throttling_and_outages_are_transient(error, pauses):
    clients = AnsweringClients(error)

    with pytest.raises(TransientError, match="get_item"):
        ItemStore(clients).get("t", PK, "a")

    # If nothing listens, the SDK's own tries are enough.
    tries = SENDS if isinstance(error, ClientError) else 1
    assert len(clients.dynamodb.asked) == len(pauses) + 1 == tries


def test_a_refused_permission_stays_what_it_is():
    clients = AnsweringClients(refusal("AccessDeniedException", "not authorized"))

    with pytest.raises(ClientError, match="not authorized"):
        ItemStore(clients).get("t", PK, "a")


def test_keys_that_a_batch_left_over_are_asked_for_again(pauses):
    left = {"t": {"Keys": [{"pk": {"S": PK}, "sk": {"S": "b"}}], "ConsistentRead": True}}

    def stored(sk: str) -> dict[str, Any]:
        return {"pk": {"S": PK}, "sk": {"S": sk}}

    clients = AnsweringClients(
        {"Responses": {"t": [stored("a")]}, "UnprocessedKeys": left},
        {"Responses": {"t": [stored("b")]}, "UnprocessedKeys": {}},
    )

    found = ItemStore(clients).get_many([("t", PK, "a"), ("t", PK, "b")])

    assert set(found) == {("t", PK, "a"), ("t", PK, "b")}
    assert clients.dynamodb.asked[1] == {"RequestItems": left}
    assert len(pauses) == 1


def test_keys_that_are_always_left_over_end_in_a_transient_error(pauses):
    left = {"t": {"Keys": [{"pk": {"S": PK}, "sk": {"S": "a"}}], "ConsistentRead": True}}
    clients = AnsweringClients({"Responses": {}, "UnprocessedKeys": left})

    with pytest.raises(TransientError, match="left keys of t unread 8 times"):
        ItemStore(clients).get_many([("t", PK, "a")])

    assert len(pauses) == len(clients.dynamodb.asked) == CONFLICT_ATTEMPTS


def test_all_tries_of_a_write_have_one_token_and_another_write_has_its_own(pauses):
    conflict = cancelled("TransactionConflict")
    clients = AnsweringClients(
        conflict, refusal("TransactionInProgressException"), conflict, {}, {}
    )
    store = ItemStore(clients)

    store.write_together([Put("t", item("JFK"))])
    store.write_together([Put("t", item("JFK"))])

    tokens = [request["ClientRequestToken"] for request in clients.dynamodb.asked]
    assert len(tokens) == 5
    assert len(set(tokens[:4])) == 1
    assert tokens[4] != tokens[0]
    assert len(pauses) == 3
