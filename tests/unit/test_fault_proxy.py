"""The fault proxy, as boto3's clients see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from http.client import HTTPConnection, IncompleteRead
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from cqrs.aws.clients import Clients, send, send_once
from cqrs.aws.object_store import ObjectStore
from cqrs.errors import Throttled, TransientError, Unreachable
from tests.faults.proxy import FaultProxy
from tests.faults.weather import LOST_ANSWERS, USUAL, Kind, Request, Weather
from tests.unit.answering import Answering, listening

ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "dynamodb": ("list_tables", {}),
    "stepfunctions": ("list_state_machines", {}),
    "sqs": ("list_queues", {}),
    "sns": ("publish", {"TopicArn": "arn:aws:sns:x:0:t", "Message": "m"}),
    "s3": ("list_buckets", {}),
}
THROTTLING = {
    "dynamodb": {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
    },
    "stepfunctions": {"ThrottlingException"},
    "sqs": {"RequestThrottled", "ThrottlingException"},
    "sns": {"Throttling", "Throttled"},
    "s3": {"SlowDown"},
}
KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Answering, FaultProxy]]:
    with listening(Answering(None)) as answering, FaultProxy(answering.url).running() as proxy:
        yield answering, proxy


@pytest.fixture
def emulator(running: tuple[Answering, FaultProxy]) -> Answering:
    running[0].asked.clear()
    return running[0]


@pytest.fixture
def proxy(running: tuple[Answering, FaultProxy]) -> FaultProxy:
    running[1].weather = Weather()
    return running[1]


@cache
def client(proxy: FaultProxy, service: str) -> Any:
    session = boto3.session.Session("x", "x", region_name="ap-northeast-1")
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        s3={"addressing_style": "path"},
        proxies={},
    )
    return session.client(service, endpoint_url=proxy.endpoint_url, config=config)


def all_of(kind: Kind) -> Weather:
    return Weather(seed=1, share=1.0, kinds={kind: 1})


def ask(proxy: FaultProxy, service: str) -> Any:
    operation, parameters = ASKED[service]
    return getattr(client(proxy, service), operation)(**parameters)


# The server that listens here has no answer in SNS's form.
@pytest.mark.parametrize("service", sorted(ASKED.keys() - {"sns"}))
def test_without_faults_it_is_not_noticed(proxy, emulator, service):
    ask(proxy, service)

    assert len(emulator.asked) == 1
    assert dict(proxy.weather.counts) == {"requests": 1}


@pytest.mark.parametrize("service", ASKED)
def test_throttling_is_the_services_own(proxy, emulator, service):
    proxy.weather = all_of(Kind.THROTTLED)
    codes = set()
    for _ in range(30):
        with pytest.raises(ClientError) as refused:
            ask(proxy, service)
        codes.add(refused.value.response["Error"]["Code"])

    assert codes == THROTTLING[service]
    assert emulator.asked == []


@pytest.mark.parametrize("service", ASKED)
@pytest.mark.parametrize(("kind", "done"), [(Kind.FAILED, 0), (Kind.FAILED_LATE, 1)])
def test_a_service_fails_before_or_after_its_work(proxy, emulator, service, kind, done):
    proxy.weather = all_of(kind)

    with pytest.raises(ClientError) as failed:
        ask(proxy, service)

    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
    assert len(emulator.asked) == done


@pytest.mark.parametrize("service", ASKED)
@pytest.mark.parametrize(("kind", "done"), [(Kind.CUT, 0), (Kind.LOST, 1)])
def test_a_connection_ends_before_or_after_the_work(proxy, emulator, service, kind, done):
    proxy.weather = all_of(kind)

    with pytest.raises(ConnectionClosedError):
        ask(proxy, service)

    assert len(emulator.asked) == done


def test_an_answer_breaks_off_in_its_middle(proxy, emulator):
    proxy.weather = all_of(Kind.BROKEN_OFF)
    connection = HTTPConnection(proxy.endpoint_url.removeprefix("http://"))
    connection.request("GET", "/")

    with pytest.raises(IncompleteRead):
        connection.getresponse().read()

    connection.close()
    assert len(emulator.asked) == 1


def test_a_delay_changes_nothing_else(proxy, emulator):
    proxy.weather = all_of(Kind.DELAYED)

    assert ask(proxy, "dynamodb")["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert len(emulator.asked) == 1


def test_single_writes_contend(proxy):
    proxy.weather = all_of(Kind.CONTENDED)

    with pytest.raises(ClientError, match="TransactionConflictException"):
        client(proxy, "dynamodb").put_item(TableName="t", Item=KEY)


def test_transactions_are_cancelled_with_a_reason_for_each_action(proxy, emulator):
    proxy.weather = all_of(Kind.CONTENDED)
    items = [{"Put": {"TableName": "t", "Item": KEY}}] * 3
    seen = set()
    for _ in range(60):
        with pytest.raises(ClientError) as refused:
            client(proxy, "dynamodb").transact_write_items(TransactItems=items)
        code = refused.value.response["Error"]["Code"]
        reasons = refused.value.response.get("CancellationReasons", [])
        assert len(reasons) == (3 if code == "TransactionCanceledException" else 0)
        seen |= {code, *(reason["Code"] for reason in reasons)}

    assert seen == {
        "TransactionCanceledException",
        "TransactionInProgressException",
        "None",
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    }
    assert emulator.asked == []


def test_a_part_of_a_batch_is_left_unprocessed(proxy, emulator, monkeypatch):
    proxy.weather = all_of(Kind.CONTENDED)
    keys = [{"pk": {"S": str(n)}, "sk": {"S": "x"}} for n in range(10)]
    items = [{**key, "name": {"S": "found"}} for key in keys]
    found = json.dumps({"Responses": {"t": items}})
    monkeypatch.setattr(emulator, "answer", lambda *_: (200, found, {}))

    answer = client(proxy, "dynamodb").batch_get_item(
        RequestItems={"t": {"Keys": keys, "ConsistentRead": True}}
    )

    left = answer["UnprocessedKeys"]["t"]
    assert left["ConsistentRead"] is True
    assert 1 <= len(left["Keys"]) <= 9
    read = len(keys) - len(left["Keys"])
    assert (answer["Responses"]["t"], left["Keys"]) == (items[:read], keys[read:])


def test_what_cannot_contend_is_throttled(proxy):
    proxy.weather = all_of(Kind.CONTENDED)

    with pytest.raises(ClientError, match="ThrottlingException"):
        ask(proxy, "stepfunctions")


def test_a_service_that_is_away_does_nothing_and_others_do(proxy, emulator):
    proxy.weather = Weather(seed=1, away=frozenset({"dynamodb"}))

    for _ in range(10):
        with pytest.raises((ClientError, ConnectionClosedError)):
            ask(proxy, "dynamodb")
    assert emulator.asked == []

    ask(proxy, "sqs")
    assert len(emulator.asked) == 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (Kind.THROTTLED, Throttled),
        (Kind.FAILED, TransientError),
        (Kind.FAILED_LATE, TransientError),
        (Kind.CUT, Unreachable),
        (Kind.LOST, Unreachable),
    ],
)
@pytest.mark.parametrize("service", ASKED)
def test_the_runtime_knows_each_for_transient(proxy, kind, error, service):
    proxy.weather = all_of(kind)
    operation, parameters = ASKED[service]

    with pytest.raises(error):
        send_once(client(proxy, service), operation, **parameters)


@pytest.fixture
def runtime(proxy: FaultProxy) -> Clients:
    session = boto3.session.Session("x", "x", region_name="ap-northeast-1")
    return Clients(session, proxy.endpoint_url)


@pytest.mark.parametrize("service", ["dynamodb", "step_functions", "sqs", "s3"])
def test_a_part_of_an_answer_is_none(runtime, proxy, service):
    operation, parameters = ASKED[service.replace("_", "")]
    proxy.weather = all_of(Kind.BROKEN_OFF)

    with pytest.raises(Unreachable, match=r"after [0-9]+ of [0-9]+ bytes"):
        send_once(getattr(runtime, service), operation, **parameters)


def test_an_object_that_breaks_off_may_be_read_again(runtime, proxy):
    objects = ObjectStore(runtime, "bucket")
    for read in (lambda: objects.get_bytes("key"), lambda: list(objects.stream("key", 0, 100))):
        proxy.weather = all_of(Kind.BROKEN_OFF)
        with pytest.raises(TransientError, match="broke off"):
            read()


@pytest.mark.parametrize("kind", [Kind.FAILED, Kind.LOST])
def test_half_of_all_requests_may_fail_for_long(runtime, proxy, kind):
    """The SDK alone fails every second request once its quota is used up."""
    proxy.weather = Weather(5, 0.5, {kind: 1})

    for _ in range(100):
        send(runtime.dynamodb, "list_tables")

    assert proxy.weather.counts["requests"] > 150


def fates(weather: Weather) -> list[Any]:
    return [weather.fault(Request("dynamodb", "PutItem")) for _ in range(200)]


def test_a_seed_repeats_what_goes_wrong():
    assert fates(Weather(7, 0.5)) == fates(Weather(7, 0.5))
    assert fates(Weather(7, 0.5)) != fates(Weather(8, 0.5))


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2, 0.5, 1.0])
def test_the_share_is_kept(share):
    weather = Weather(3, share)
    hit = sum(weather.fault(Request("sqs", "SendMessage")) is not None for _ in range(4000))

    assert hit / 4000 == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("kinds", [USUAL, LOST_ANSWERS])
def test_every_kind_happens_and_no_other(kinds):
    weather = Weather(3, 1.0, kinds)
    found = {weather.fault(Request("dynamodb", "PutItem")).kind for _ in range(500)}

    assert found == set(kinds)


def test_other_services_are_left_alone():
    assert Weather(3, 1.0).fault(Request("sts", "POST")) is None
