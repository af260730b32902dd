"""Requests with an Idempotency-Key are done once, wherever a process dies."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest

from cqrs.api import idempotency
from cqrs.api.call import ApiCall
from cqrs.api.idempotency import OWNED_SECONDS
from cqrs.application import Application
from cqrs.aws.item_store import Update
from cqrs.errors import Throttled, ValidationError
from cqrs.resources import uploads_folder
from tests.unit.calling import BASE, KEY, TENANT, Answer, Caller, with_api
from tests.unit.crashing import Crash, Crasher
from tests.unit.importing import PlaceStrategy

ONCE = {"idempotency-key": KEY}
UPLOAD = "01ARZ3NDEKTSV4RRFFQ69G5FAV-a.csv"

MOMENTS = pytest.mark.parametrize("moment", ["before-call", "after-call"])


@pytest.fixture
def application(settings, clients) -> Application:
    made = Application(with_api(settings, clients), clients)
    made.task("square")(lambda task: task.input["n"] ** 2)
    made.import_strategy("places")(PlaceStrategy)
    return made


@pytest.fixture
def caller(application) -> Caller:
    return Caller(application, "administrator")


class Clock:
    """The time of idempotency records, which can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def time(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(idempotency, "time", made)
    return made


def commands_of(application: Application) -> list[dict[str, Any]]:
    table = application.services.settings.commands_table
    return application.services.clients.dynamodb.scan(TableName=table)["Items"]


def items_of(application: Application, table: str) -> list[dict[str, Any]]:
    name = getattr(application.services.settings, f"{table}_table")
    return application.services.clients.dynamodb.scan(TableName=name)["Items"]


REQUESTS = {
    "PUT": ("PUT", "/items/AIRPORT/JFK", {"name": "Kennedy"}, "commands", 2),
    "PATCH": ("PATCH", "/items/AIRPORT/JFK", {"attributes": {"n": 1}}, "commands", 2),
    "DELETE": ("DELETE", "/items/AIRPORT/JFK", None, "commands", 2),
    "task": ("POST", "/tasks", {"type": "square", "input": {"n": 1}}, "tasks", 1),
    "tasks": ("POST", "/tasks", {"type": "square", "items": [{"n": 1}]}, "tasks", 1),
    "import": (
        "POST",
        "/imports",
        {"target": "places", "upload": UPLOAD},
        "import_tmp",
        1,
    ),
}
EVERY_REQUEST = pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)


@pytest.fixture
def prepared(application):
    """An item that can be changed, and a file that can be imported."""
    application.commands.publish_sync("AIRPORT#acme", "AIRPORT#JFK", name="JFK")
    application.services.clients.s3.put_object(
        Bucket=application.services.settings.bucket,
        Key=f"{uploads_folder(TENANT)}{UPLOAD}",
        Body=b"iata,name,n\n",
    )


@EVERY_REQUEST
@pytest.mark.usefixtures("prepared")
def test_a_repeat_gets_the_same_answer(application, caller, request_):
    method, path, body, table, count = request_
    first = caller.ask(method, path, body, headers=ONCE)
    again = [caller.ask(method, path, body, headers=ONCE) for _ in range(3)]

    assert first.status == 202
    for answer in again:
        assert (answer.status, answer.body) == (first.status, first.body)
        assert answer.headers == first.headers
    assert len(items_of(application, table)) == count


@MOMENTS
@EVERY_REQUEST
@pytest.mark.usefixtures("prepared")
def test_a_process_may_die_at_any_request(application, caller, clients, clock, moment, request_):
    method, path, body, table, count = request_
    made, positions = count, 0
    while True:
        key = {"idempotency-key": f"{KEY}-{positions}"}
        crasher = Crasher([clients.dynamodb, clients.s3], moment, positions)
        try:
            answer = caller.ask(method, path, body, headers=key)
        except Crash:
            answer = None
        crasher.disarm()
        if not crasher.crashed:
            break
        positions += 1
        clock.ahead += OWNED_SECONDS + 1
        after = caller.ask(method, path, body, headers=key)
        again = caller.ask(method, path, body, headers=key)
        assert answer is None
        assert (again.status, again.body) == (after.status, after.body)
        if table == "commands":
            # Nobody publishes an item that says just that already.
            assert after.status in {200, 202}
            versions = len(items_of(application, table))
            assert versions <= made + positions
            assert versions - after.body["version"] == 0
            application.commands.publish_partial_update(
                "AIRPORT#acme", "AIRPORT#JFK", name=f"other {positions}", is_deleted=False,
                attributes={"n": positions + 100},
            )  # fmt: skip
            made = versions
        else:
            assert after.status == 202
            assert len(items_of(application, table)) == positions
    assert positions >= 3


def test_a_publish_that_was_done_is_found(application, caller, clients, clock):
    """Its process died between the transaction and the answer, and others have published since."""
    crasher = Crasher([clients.dynamodb], "after-call", 0, {"TransactWriteItems"})
    with pytest.raises(Crash):
        caller.put("JFK", {"name": "mine"}, headers=ONCE)
    crasher.disarm()
    for name in ("other", "mine", "third"):
        caller.put("JFK", {"name": name})
    clock.ahead = OWNED_SECONDS + 1

    answer = caller.put("JFK", {"name": "mine"}, headers=ONCE)

    assert (answer.status, answer.body["version"]) == (202, 1)
    assert len(commands_of(application)) == 4


def test_conditions_of_a_publish_that_was_done_are_not_looked_at_again(caller, clients, clock):
    headers = {**ONCE, "if-none-match": "*"}
    crasher = Crasher([clients.dynamodb], "after-call", 0, {"TransactWriteItems"})
    with pytest.raises(Crash):
        caller.put("JFK", {"name": "mine"}, headers=headers)
    crasher.disarm()
    clock.ahead = OWNED_SECONDS + 1
    assert caller.put("JFK", {"name": "mine"}, headers=headers).status == 202


def test_one_that_is_on_its_way_is_not_begun_again(application, caller, clients, clock):
    crasher = Crasher([clients.dynamodb], "before-call", 0, {"TransactWriteItems"})
    with pytest.raises(Crash):
        caller.put("JFK", {"name": "mine"}, headers=ONCE)
    crasher.disarm()

    early = caller.put("JFK", {"name": "mine"}, headers=ONCE)

    assert (early.status, early.kind) == (409, "request-in-progress")
    assert 0 < int(early.headers["retry-after"]) <= OWNED_SECONDS + 1
    assert commands_of(application) == []
    clock.ahead = OWNED_SECONDS + 1
    assert caller.put("JFK", {"name": "mine"}, headers=ONCE).status == 202


def test_a_slow_one_that_was_taken_over_publishes_nothing(application, caller, requests, clock):
    """Both are alive, and the first is about to write."""
    taken: list[Answer] = []

    def take_over() -> None:
        clock.ahead = OWNED_SECONDS + 1
        taken.append(caller.put("JFK", {"name": "mine"}, headers=ONCE))

    requests.before_next("TransactWriteItems", take_over)
    slow = caller.put("JFK", {"name": "mine"}, headers=ONCE)

    assert (taken[0].status, taken[0].body["version"]) == (202, 1)
    assert (slow.status, slow.kind) == (503, "busy")
    assert len(commands_of(application)) == 1
    assert caller.put("JFK", {"name": "mine"}, headers=ONCE).body == taken[0].body


def test_another_request_does_not_get_its_answer(application, caller):
    caller.put("JFK", {"name": "mine"}, headers=ONCE)
    others = [
        caller.put("JFK", {"name": "other"}, headers=ONCE),
        caller.put("KIX", {"name": "mine"}, headers=ONCE),
        caller.put("JFK", {"name": "mine"}, headers={**ONCE, "if-match": '"1"'}),
        caller.put("JFK", {"name": "mine"}, headers=ONCE, sync="true"),
        caller.ask("PATCH", "/items/AIRPORT/JFK", {"name": "mine"}, headers=ONCE),
    ]
    assert {(one.status, one.kind) for one in others} == {(422, "idempotency-key-reused")}
    assert len(commands_of(application)) == 1


def test_keys_are_the_principals_and_tenants_own(application, caller):
    caller.put("JFK", {"name": "mine"}, headers=ONCE)
    joe = Caller(application, "publisher", sub="sub-2")
    assert joe.put("JFK", {"name": "Joe's"}, headers=ONCE).body["version"] == 2
    everywhere = Caller(application, "publisher", **{"custom:tenants": "*"})
    path = f"{BASE}/items/AIRPORT/JFK".replace(TENANT, "globex")
    assert everywhere.ask("PUT", path, {"name": "mine"}, headers=ONCE).body["version"] == 1


@pytest.mark.parametrize("key", ["short", "x" * 15, "x" * 256, "with a space in it", "", "é" * 16])
def test_a_key_that_is_none_is_refused(application, caller, key):
    answer = caller.put("JFK", {"name": "mine"}, headers={"idempotency-key": key})
    assert (answer.status, answer.kind) == (400, "idempotency-key")
    assert commands_of(application) == []


@pytest.mark.parametrize("key", ["x" * 16, "x" * 255, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
def test_any_visible_characters_are_a_key(caller, key):
    assert caller.put("JFK", {"name": "mine"}, headers={"idempotency-key": key}).status == 202


def test_a_problem_is_not_kept(application, caller):
    refused = caller.ask("POST", "/tasks", {"type": "cube", "input": 1}, headers=ONCE)
    assert refused.status == 400
    application.task("cube")(lambda task: task.input**3)
    assert caller.ask("POST", "/tasks", {"type": "cube", "input": 1}, headers=ONCE).status == 202


def test_records_end_after_a_day(application, caller, clock):
    first = caller.put("JFK", {"name": "mine"}, headers=ONCE)
    (record,) = items_of(application, "api")
    assert abs(int(record["ttl"]["N"]) - time.time() - 86_400) < 60
    caller.put("JFK", {"name": "other"})
    clock.ahead = 86_401  # DynamoDB has not removed it yet

    assert caller.put("JFK", {"name": "mine"}, headers=ONCE).body["version"] == 3
    assert first.body["version"] == 1


def test_it_costs_two_requests(caller, requests):
    requests.operations.clear()
    caller.put("JFK", {"name": "mine"}, headers={**ONCE, "if-none-match": "*"})
    assert requests.operations == ["PutItem", "TransactWriteItems", "UpdateItem"]

    requests.operations.clear()
    caller.put("JFK", {"name": "mine"}, headers={**ONCE, "if-none-match": "*"})
    assert requests.operations == ["PutItem", "GetItem"]


def test_reading_needs_none(caller, requests):
    requests.operations.clear()
    caller.ask("GET", "/items/AIRPORT/JFK", headers={"idempotency-key": "x"})
    assert requests.operations == ["GetItem"]


def test_an_environment_without_the_table_says_so_in_its_log(settings, clients):
    caller = Caller(Application(settings, clients), "publisher")
    answer = caller.put("JFK", {}, headers=ONCE)
    assert (answer.status, answer.kind) == (500, "fault")


class TestOwnRoutes:
    def test_what_they_publish_for_the_call_is_published_once(self, application, clients, clock):
        runs: list[str] = []

        @application.route("POST", "/stock", role="publisher")
        def stock(call: ApiCall) -> Any:
            runs.append(call.origin.identity)
            commands = application.commands.of(call.origin)
            for code in ("JFK", "KIX"):
                result = commands.publish("AIRPORT#acme", f"AIRPORT#{code}", attributes=call.body)
            return {"version": result.key.version}

        caller = Caller(application, "publisher")
        crasher = Crasher([clients.dynamodb], "after-call", 1, {"TransactWriteItems"})
        with pytest.raises(Crash):
            caller.ask("POST", "/stock", {"n": 1}, headers=ONCE)
        crasher.disarm()
        application.commands.publish("AIRPORT#acme", "AIRPORT#JFK", attributes={"n": 2})
        clock.ahead = OWNED_SECONDS + 1

        answer = caller.ask("POST", "/stock", {"n": 1}, headers=ONCE)

        assert (answer.status, answer.body) == (200, {"version": 1})
        assert len(set(runs)) == 1
        assert len(runs) == 2
        assert len(commands_of(application)) == 3

    def test_what_they_publish_at_once_is_published_once(self, application, clients, clock):
        @application.route("POST", "/stock", role="publisher")
        def stock(call: ApiCall) -> Any:
            commands = application.commands.of(call.origin)
            result = commands.publish_sync("AIRPORT#acme", "AIRPORT#JFK", attributes=call.body)
            return {"version": result.key.version}

        caller = Caller(application, "publisher")
        crasher = Crasher([clients.dynamodb], "after-call", 0, {"TransactWriteItems"})
        with pytest.raises(Crash):
            caller.ask("POST", "/stock", {"n": 1}, headers=ONCE)
        crasher.disarm()
        application.commands.publish_sync("AIRPORT#acme", "AIRPORT#JFK", attributes={"n": 2})
        clock.ahead = OWNED_SECONDS + 1

        assert caller.ask("POST", "/stock", {"n": 1}, headers=ONCE).body == {"version": 1}
        assert len(commands_of(application)) == 2

    def test_a_large_answer_is_made_again(self, application):
        runs: list[str] = []

        @application.route("POST", "/stock", role="publisher")
        def stock(call: ApiCall) -> Any:
            runs.append(call.tenant)
            return {"text": "x" * 300_000}

        caller = Caller(application, "publisher")
        first = caller.ask("POST", "/stock", headers=ONCE)
        assert caller.ask("POST", "/stock", headers=ONCE) == first
        assert len(runs) == 2

    def test_a_refusal_lets_the_same_request_be_sent_again(self, application):
        left = [ValidationError("not yet")]

        @application.route("POST", "/stock", role="publisher")
        def stock(_call: ApiCall) -> Any:
            if left:
                raise left.pop()
            return {"done": True}

        caller = Caller(application, "publisher")
        assert caller.ask("POST", "/stock", headers=ONCE).status == 400
        assert caller.ask("POST", "/stock", headers=ONCE).body == {"done": True}


def test_numbers_of_a_kept_answer_keep_their_digits(application):
    digits = "0.12345678901234567890123456789012345678"
    application.route("POST", "/n", role="publisher")(lambda _call: {"n": Decimal(digits)})
    caller = Caller(application, "publisher")
    first = caller.ask("POST", "/n", headers=ONCE)
    assert first.text == f'{{"n":{digits}}}'
    assert caller.ask("POST", "/n", headers=ONCE).text == first.text


def test_a_record_is_not_what_the_caller_says(application, caller):
    """A record names its owner, not the body of its request."""
    caller.put("JFK", {"name": "secret name"}, headers=ONCE)
    (record,) = items_of(application, "api")
    assert record["pk"] == {"S": "IDEMPOTENCY#acme#sub-1"}
    assert "secret name" not in json.dumps(record)


def test_a_record_that_others_have_changed_is_left_alone(application, caller, requests):
    services = application.services

    def change() -> None:
        table = services.settings.api_table
        services.store.update(Update(table, "IDEMPOTENCY#acme#sub-1", KEY, {"owner": "other"}))

    requests.before_next("UpdateItem", change)
    answer = caller.put("JFK", {"name": "mine"}, headers=ONCE)

    assert answer.status == 202
    (record,) = items_of(application, "api")
    assert "answer" not in record


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem"])
def test_an_answer_that_gets_lost_is_no_other_request(application, caller, requests, operation):
    requests.lose_answer(operation)
    first = caller.put("JFK", {"name": "mine"}, headers=ONCE)

    assert (first.status, first.body["version"]) == (202, 1)
    assert caller.put("JFK", {"name": "mine"}, headers=ONCE).body == first.body
    assert len(commands_of(application)) == 1


def test_nor_is_one_that_takes_over(application, caller, clients, requests, clock):
    crasher = Crasher([clients.dynamodb], "before-call", 0, {"TransactWriteItems"})
    with pytest.raises(Crash):
        caller.put("JFK", {"name": "mine"}, headers=ONCE)
    crasher.disarm()
    clock.ahead = OWNED_SECONDS + 1
    requests.lose_answer("UpdateItem")

    assert caller.put("JFK", {"name": "mine"}, headers=ONCE).status == 202
    assert len(commands_of(application)) == 1


def test_a_record_that_cannot_be_written_does_not_change_the_answer(
    application, caller, monkeypatch, clock
):
    def fail(*_: Any) -> None:
        raise Throttled("not now")

    with monkeypatch.context() as patch:
        patch.setattr(idempotency.IdempotencyRecords, "_update", fail)
        assert caller.put("JFK", {"name": "mine"}, headers=ONCE).status == 202
        other = {"idempotency-key": f"{KEY}-2"}
        task = {"type": "unknown", "input": 1}
        assert caller.ask("POST", "/tasks", task, headers=other).status == 400
    clock.ahead = OWNED_SECONDS + 1

    assert caller.put("JFK", {"name": "mine"}, headers=ONCE).body["version"] == 1
    assert len(commands_of(application)) == 1
