"""Letters of what SQS does not take, with the command line: listing them, and giving them back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cqrs.application import Application
from cqrs.resources import Queue, Table
from cqrs.services import Services
from tests.unit.conftest import PREFIX, MotoClients
from tests.unit.letters import Function, Letters, record
from tests.unit.operating import Operator
from tests.unit.sample_events import sqs_event, stream_event

SIZE = 300 * 1024
BUCKET = f"{PREFIX}files"


@pytest.fixture
def cqrs(
    services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    monkeypatch.setattr("cqrs.dead_letters.queue.LONG_POLL_SECONDS", 0)  # moto is one server
    return Operator(services, monkeypatch, capsys)


@pytest.fixture
def function(clients: MotoClients) -> Function:
    made = Function()
    clients.__dict__["lambda_"] = made
    return made


@pytest.fixture
def application(settings, clients) -> Application:
    return Application(settings, clients)


@pytest.fixture
def letters(clients: MotoClients) -> Letters:
    return Letters(clients, Table.COMMANDS)


def large_event() -> dict[str, Any]:
    image = {
        "pk": {"S": "LEGACY#acme"},
        "sk": {"S": "OLD#1@1"},
        "syncMode": {"S": "ASYNC"},
        "blob": {"S": "x" * SIZE},
    }
    return stream_event(image)


def full_message() -> dict[str, Any]:
    event = sqs_event("no notification", queue=f"{PREFIX}{Queue.NOTIFICATION}")
    event["Records"][0]["messageAttributes"] = {
        f"a{n}": {"dataType": "String", "stringValue": f"v{n}"} for n in range(10)
    }
    return event


def objects(clients: MotoClients) -> list[str]:
    listed = clients.s3.list_objects_v2(Bucket=BUCKET)
    return [entry["Key"] for entry in listed.get("Contents", [])]


def remove_objects(clients: MotoClients) -> None:
    for key in objects(clients):
        clients.s3.delete_object(Bucket=BUCKET, Key=key)


def test_a_table_says_what_lies_where(cqrs, clients, application):
    application.handle(large_event())

    ended = cqrs.run("dead-letters", "commands")

    (key,) = objects(clients)
    line = " ".join(ended.out.split())
    assert "LEGACY#acme OLD#1@1 (at 000000000000000000001): 307," in line
    assert f"bytes, in s3://{BUCKET}/{key}" in line
    assert "xxxx" not in ended.out


def test_json_has_the_whole(cqrs, clients, application):
    event = large_event()
    application.handle(event)

    (row,) = cqrs.items("dead-letters", "commands")

    assert json.loads(row["body"]) == {"record": event["Records"][0]}
    (key,) = objects(clients)
    described = row["set_aside"]
    assert described["keys"] == {"pk": "LEGACY#acme", "sk": "OLD#1@1"}
    assert described["place"]["at"] == "000000000000000000001"
    assert described["place"]["source"].endswith("/stream/2026-01-01T00:00:00.000")
    assert described["stored_at"] == f"s3://{BUCKET}/{key}"
    assert SIZE < described["bytes"] < SIZE + 1024
    assert (row["error"], described["problem"]) == ("UnsupportedEventError", "")


def test_a_letter_that_holds_all_is_shown_as_ever(cqrs, letters):
    letters.add({"record": record(1)}, error="KeyError", reason="why")

    (row,) = cqrs.items("dead-letters", "commands")

    assert (row["set_aside"], json.loads(row["body"])) == (None, {"record": record(1)})


def test_redrive_gives_the_whole_record_back_and_cleans_up(
    cqrs, clients, application, function, letters
):
    event = large_event()
    application.handle(event)

    (row,) = cqrs.items("redrive", "commands")

    assert row["result"] == "given back"
    assert function.events == [{"Records": event["Records"]}]
    assert (letters.visible, objects(clients)) == ([], [])


def test_a_record_that_fails_once_more_keeps_its_new_object(
    cqrs, clients, application, function, letters
):
    application.handle(large_event())
    (before,) = objects(clients)
    function.answer = application.handle

    cqrs.items("redrive", "commands")

    (after,) = objects(clients)
    assert before != after
    (letter,) = letters.visible
    assert json.loads(letter)["bodyKey"] == after


def test_redrive_gives_a_whole_message_back(cqrs, clients, application):
    application.handle(full_message())

    cqrs.items("redrive", Queue.NOTIFICATION)

    url = clients.sqs.get_queue_url(QueueName=f"{PREFIX}{Queue.NOTIFICATION}")["QueueUrl"]
    answer = clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    (message,) = answer["Messages"]
    assert message["Body"] == "no notification"
    values = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert values == {f"a{n}": f"v{n}" for n in range(10)}
    assert (Letters(clients, Queue.NOTIFICATION).visible, objects(clients)) == ([], [])


def test_a_missing_object_is_told_and_the_letter_stays(
    cqrs, clients, application, function, letters
):
    application.handle(large_event())
    (key,) = objects(clients)
    remove_objects(clients)

    (shown,) = cqrs.items("dead-letters", "commands")
    (redriven,) = cqrs.items("redrive", "commands", code=1)

    assert f"s3://{BUCKET}/{key} does not exist" in shown["set_aside"]["problem"]
    assert "left there" in redriven["result"]
    assert f"s3://{BUCKET}/{key} does not exist" in redriven["result"]
    assert (function.events, len(letters.visible)) == ([], 1)


def test_a_letter_without_a_body_says_what_to_do(cqrs, clients, application, letters):
    def refuse(**_details: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    clients.s3.meta.events.register("provide-client-params.s3.PutObject", refuse)
    application.handle(large_event())

    ended = cqrs.run("dead-letters", "commands")
    (redriven,) = cqrs.items("redrive", "commands", code=1)

    for told in (" ".join(ended.out.split()), redriven["result"]):
        assert "the bucket did not take its body" in told
        assert "AccessDenied" in told
        assert "`cqrs doctor`" in told
    assert len(letters.visible) == 1


SUMMARY = {
    "eventSourceARN": "arn",
    "place": "1",
    "keys": {},
    "size": 1,
    "bodyKey": "dead-letters/commands/x.json",
    "problem": "",
}


@pytest.mark.parametrize(
    "body",
    [
        "no JSON",
        "[]",
        "1" * 5000,
        "[" * 100_000,
        json.dumps({**SUMMARY, "keys": []}),
        json.dumps({**SUMMARY, "size": "large"}),
        json.dumps(SUMMARY).replace('"size": 1', '"size": 1e999'),
        json.dumps({**SUMMARY, "bodyKey": "uploads/acme/secret.csv"}),
        json.dumps({**SUMMARY, "bodyKey": "dead-letters/tasks/x.json"}),
        json.dumps({**SUMMARY, "bodyKey": "uploads/\ud800", "place": "\ud800"}),
    ],
)
def test_what_only_calls_itself_a_summary_stops_nothing_and_reaches_no_object(
    cqrs, clients, function, letters, body
):
    clients.s3.put_object(Bucket=BUCKET, Key="uploads/acme/secret.csv", Body=b"{}")
    clients.s3.put_object(Bucket=BUCKET, Key="dead-letters/tasks/x.json", Body=b"{}")
    letters.add(body, body="summary", error="KeyError", reason="why")
    letters.add({"record": record(1)})

    assert len(cqrs.items("dead-letters", "commands")) == 2
    assert cqrs.run("dead-letters", "commands").code == 0
    rows = cqrs.items("redrive", "commands", code=1)

    assert sorted(row["result"].partition(":")[0] for row in rows) == [
        "given back",
        "unreadable, left there",
    ]
    assert len(function.events) == 1
    assert len(objects(clients)) == 2


def test_half_a_character_in_a_summary_hides_no_other_letter(cqrs, letters, function):
    half = {**SUMMARY, "bodyKey": "dead-letters/commands/\ud800", "keys": {"pk": "\udfff"}}
    letters.add(json.dumps(half), body="summary", error="KeyError", reason="why")
    letters.add({"record": record(1)})

    assert len(cqrs.items("dead-letters", "commands")) == 2
    results = [row["result"] for row in cqrs.items("redrive", "commands", code=1)]
    assert len(results) == 2
    assert "given back" in results
    assert len(function.events) == 1


PLACE = {
    "streamArn": "a",
    "shardId": "b",
    "startSequenceNumber": "1",
    "endSequenceNumber": "1",
}


@pytest.mark.parametrize("stored", [b"\xff", b"no JSON", b"[]", b"1" * 5000, b"[" * 100_000])
@pytest.mark.parametrize("source", [Table.COMMANDS, Queue.NOTIFICATION])
def test_an_object_that_is_no_letter_is_told(cqrs, clients, function, application, source, stored):
    application.handle(full_message() if source is Queue.NOTIFICATION else large_event())
    (key,) = objects(clients)
    clients.s3.put_object(Bucket=BUCKET, Key=key, Body=stored)

    assert len(cqrs.items("dead-letters", source)) == 1
    (row,) = cqrs.items("redrive", source, code=1)

    assert row["result"].startswith("unreadable, left there")
    assert (function.events, objects(clients)) == ([], [key])


@pytest.mark.parametrize(
    "body",
    [
        "1" * 5000,
        "[" * 100_000,
        '"\\ud800"',
        '{"record": {}}',
        '{"record": {"dynamodb": "x"}}',
        '{"record": {"dynamodb": {"Keys": [1], "SequenceNumber": ["x"]}}}',
        '{"record": {"dynamodb": {"Keys": {"pk": "x", "sk": {"S": {"a": 1}}}}}}',
        '{"record": {"dynamodb": {"Keys": {"pk": {"S": "\\ud800"}}}}}',
        '{"record": ' + "[" * 900 + "]" * 900 + "}",
        json.dumps({"DDBStreamBatchInfo": {**PLACE, "startSequenceNumber": "\u0663"}}),
        json.dumps({"DDBStreamBatchInfo": {**PLACE, "endSequenceNumber": "9" * 5000}}),
        '{"requestContext": {"condition": {"a": 1}}, "responseContext": []}',
        '{"requestContext": {"condition": "x"}, "responseContext": {"functionError": [1]}}',
    ],
)
def test_no_body_stops_the_letters_behind_it(cqrs, function, letters, body):
    letters.add(body)
    letters.add({"record": record(1)})

    def answer(event: dict[str, Any]) -> Any:
        if event["Records"][0].get("eventID") != "1":
            raise RuntimeError("what is this")
        return {"batchItemFailures": []}

    function.answer = answer

    assert len(cqrs.items("dead-letters")) == 2
    assert cqrs.run("dead-letters").code == 0
    rows = cqrs.items("redrive", "commands", code=1)

    assert len(rows) == 2
    assert sum(row["result"] == "given back" for row in rows) == 1
    assert letters.visible == [body]


def test_a_letter_without_a_time_is_listed(cqrs, clients, letters):
    letters.add("x")

    def forget(parsed: dict[str, Any], **_details: Any) -> None:
        for message in parsed.get("Messages", []):
            message.pop("Attributes", None)

    clients.sqs.meta.events.register("after-call.sqs.ReceiveMessage", forget)

    (row,) = cqrs.items("dead-letters", "commands")

    assert (row["sent_at"], row["body"]) == ("", "x")
