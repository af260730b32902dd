"""Dead letters with the command line: listing them, and giving them back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cqrs.dead_letters.queue import DeadLetterQueue, Letter
from cqrs.errors import TransientError
from cqrs.resources import Queue, Table
from cqrs.services import Services
from tests.unit.conftest import PREFIX, MotoClients
from tests.unit.letters import STREAM, Function, Letters, Stream, place, record, sequence_number
from tests.unit.operating import Operator


@pytest.fixture
def cqrs(
    services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    return Operator(services, monkeypatch, capsys)


@pytest.fixture
def function(clients: MotoClients) -> Function:
    made = Function()
    clients.__dict__["lambda_"] = made
    return made


@pytest.fixture
def letters(clients: MotoClients) -> Letters:
    return Letters(clients, Table.COMMANDS)


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("cqrs.dead_letters.stream.time.sleep", lambda _seconds: None)
    return


def use(clients: MotoClients, stream: Stream) -> Stream:
    clients.__dict__["dynamodb_streams"] = stream
    return stream


def test_a_record_that_the_function_answers_as_failed_stays(cqrs, function, letters):
    letters.add({"record": record(1)})
    function.answer = lambda _event: {"batchItemFailures": [{"itemIdentifier": "1"}]}

    (row,) = cqrs.items("redrive", "commands", code=1)

    assert "NOTE#acme NOTE#1@1 (sequence number 1) was not handled" in row["result"]
    assert "batchItemFailures" in row["result"]
    assert len(letters.visible) == 1


def test_what_sqs_moved_is_given_back_with_all_that_its_sender_gave_it(cqrs, clients):
    sent = {"error": "E-17", "reason": "mine", "body": "summary", "other": "kept"}
    Letters(clients, Queue.NOTIFICATION).add("hello", **sent)

    def move(parsed: dict[str, Any], **_details: Any) -> None:
        for message in parsed.get("Messages", []):
            system = message.setdefault("Attributes", {})
            system["DeadLetterQueueSourceArn"] = "arn:aws:sqs:eu-west-1:1:jobs"

    clients.sqs.meta.events.register("after-call.sqs.ReceiveMessage", move)
    (row,) = cqrs.items("redrive", Queue.NOTIFICATION)

    url = clients.sqs.get_queue_url(QueueName=f"{PREFIX}{Queue.NOTIFICATION}")["QueueUrl"]
    (again,) = clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert row["result"] == "given back"
    values = {name: value["StringValue"] for name, value in again["MessageAttributes"].items()}
    assert values == sent


def test_each_record_is_replayed_alone_and_in_order(cqrs, clients, function, letters):
    letters.add(place(1, 3))
    use(clients, Stream([record(1), record(2), record(3), record(4)]))

    (row,) = cqrs.items("redrive", "commands")

    assert row["result"] == "given back"
    assert function.sequence_numbers == ["1", "2", "3"]
    assert {event["Records"][0]["eventSourceARN"] for event in function.events} == {STREAM}
    assert letters.visible == []


def test_what_fails_is_named_and_holds_up_none_behind_it(cqrs, clients, function, letters):
    letters.add(place(1, 3))
    use(clients, Stream([record(1), record(2), record(3)]))

    def answer(event: dict[str, Any]) -> Any:
        if sequence_number(event["Records"][0]) == "2":
            raise RuntimeError("no country")
        return {"batchItemFailures": []}

    function.answer = answer

    (row,) = cqrs.items("redrive", "commands", code=1)

    assert function.sequence_numbers == ["1", "2", "3"]
    assert row["result"] == (
        "left there: NOTE#acme NOTE#1@2 (sequence number 2) was not handled: "
        "RuntimeError: no country"
    )
    assert len(letters.visible) == 1


def test_records_are_read_over_empty_pages_up_to_the_last(cqrs, clients, function, letters):
    letters.add(place(1, 20))
    stream = use(clients, Stream([record(1)], [], [], [record(7)], [], [record(20), record(21)]))

    cqrs.items("redrive", "commands")

    assert function.sequence_numbers == ["1", "7", "20"]
    assert stream.reads == 6


def test_the_end_of_a_shard_ends_the_reading(cqrs, clients, function, letters):
    letters.add(place(1, 9))
    use(clients, Stream([record(1)], [record(2)], is_open=False))

    cqrs.items("redrive", "commands")

    assert function.sequence_numbers == ["1", "2"]


def test_records_that_never_come_are_given_up(cqrs, clients, function, letters):
    letters.add(place(1, 9))
    use(clients, Stream([record(1)]))

    (row,) = cqrs.items("redrive", "commands", code=1)

    assert "up to 9" in row["result"]
    assert (function.events, len(letters.visible)) == ([], 1)


def test_records_that_need_no_work_are_not_replayed(cqrs, clients, function, letters):
    letters.add(place(1, 4))
    changes = [record(1), record(2, mode="SYNC"), record(3, event="MODIFY"), record(4)]
    use(clients, Stream(changes))

    cqrs.items("redrive", "commands")

    assert function.sequence_numbers == ["1", "4"]


def test_a_letter_without_work_is_removed(cqrs, clients, function, letters):
    letters.add(place(1, 1))
    use(clients, Stream([record(1, mode="SYNC")]))

    (row,) = cqrs.items("redrive", "commands")

    assert row["result"] == "needs no work, removed"
    assert (function.events, letters.visible) == ([], [])


def test_records_that_have_expired_are_told(cqrs, clients, letters):
    letters.add(place(1, 1))
    use(clients, Stream([record(5)]))

    (row,) = cqrs.items("redrive", "commands", code=1)

    assert "they are gone: see `cqrs doctor`" in row["result"]
    assert len(letters.visible) == 1


def test_unreadable_letters_stay_and_the_others_go_on(cqrs, function, letters):
    for body in ("{", "[]", {"other": 1}, {"DDBStreamBatchInfo": {"shardId": "s"}}):
        letters.add(body)
    letters.add({"record": record(1)})

    rows = cqrs.items("redrive", "commands", code=1)

    results = [row["result"] for row in rows]
    assert sorted(result.partition(":")[0] for result in results) == [
        "given back",
        *["unreadable, left there"] * 4,
    ]
    assert any("no streamArn" in result for result in results)
    assert function.sequence_numbers == ["1"]
    assert len(letters.visible) == 4


def test_hidden_letters_are_told(cqrs, letters):
    letters.add({"record": record(1)})
    letters.hide()

    ended = cqrs.run("redrive", "commands")

    assert ended.code == 1
    assert ended.out == "1 more is being looked at, try again in a minute.\n"
    assert cqrs.run("--json", "redrive", "commands").document == {
        "items": [],
        "note": "1 more is being looked at, try again in a minute.",
    }


def test_what_was_done_is_told_even_if_aws_then_fails(cqrs, function, letters, monkeypatch):
    for number in (1, 2):
        letters.add({"record": record(number)})
    receive, left = DeadLetterQueue._receive, iter([True])

    def once(*arguments: Any, **named: Any) -> list[Letter]:
        if next(left, False):
            return receive(*arguments, **named)
        raise TransientError("AWS did not answer")

    monkeypatch.setattr(DeadLetterQueue, "_receive", once)

    ended = cqrs.run("--json", "redrive", "commands")

    assert ended.code == 1
    assert [row["result"] for row in ended.document["items"]] == ["given back"]
    assert ended.document["note"] == "Stopped: AWS did not answer"
    assert len(function.events) == 1


def test_a_function_that_does_not_answer_keeps_the_letters(cqrs, function, letters):
    for number in (1, 2):
        letters.add({"record": record(number)})

    def answer(_event: dict[str, Any]) -> Any:
        raise TransientError("AWS did not answer invoke")

    function.answer = answer

    rows = cqrs.items("redrive", "commands", code=1)

    assert all("TransientError: AWS did not answer invoke" in row["result"] for row in rows)
    assert len(letters.visible) == 2


def test_no_letters_are_told(cqrs):
    ended = cqrs.run("redrive", "commands")

    assert (ended.code, ended.out) == (0, "No dead letters of commands.\n")


def test_a_message_goes_back_to_its_queue_without_the_reason(cqrs, clients):
    Letters(clients, Queue.NOTIFICATION).add("hello", error="KeyError", reason="why", kind="note")

    cqrs.items("redrive", Queue.NOTIFICATION)

    url = clients.sqs.get_queue_url(QueueName=f"{PREFIX}{Queue.NOTIFICATION}")["QueueUrl"]
    answer = clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    (message,) = answer["Messages"]
    assert message["Body"] == "hello"
    assert set(message["MessageAttributes"]) == {"kind"}


def test_letters_are_listed_with_their_reasons_and_stay(cqrs, clients, letters):
    letters.add({"record": record(1)}, error="UnsupportedEventError", reason="lacks requestId")
    letters.add(place(1, 2))
    Letters(clients, Queue.NOTIFICATION).add("hello")

    rows = cqrs.items("dead-letters")

    assert sorted((row["source"], row["error"], row["reason"]) for row in rows) == [
        ("commands", "RetryAttemptsExhausted", "Unhandled"),
        ("commands", "UnsupportedEventError", "lacks requestId"),
        (
            "notification-queue",
            "",
            "no reason came with it: it was delivered as often as its queue allows",
        ),
    ]
    assert json.dumps({"record": record(1)}) in [row["body"] for row in rows]
    assert len(letters.visible) == 2


def test_letters_of_one_source_are_listed_with_the_beginning_of_the_body(cqrs, clients, letters):
    letters.add("x" * 500)
    Letters(clients, Queue.NOTIFICATION).add("hello")

    ended = cqrs.run("dead-letters", "commands")

    assert ended.out.count("x") < 200
    assert "notification" not in ended.out
    assert cqrs.run("dead-letters", "lost-and-found").code == 2


def test_letters_that_cannot_be_listed_are_counted(cqrs, letters):
    letters.add("x")
    letters.hide()

    assert cqrs.run("dead-letters", "commands").out == (
        "1 more cannot be shown now, try again in a minute.\n"
    )


def test_more_letters_than_sqs_shows_at_a_time_are_listed_and_stay(cqrs, clients, letters):
    for number in range(25):
        letters.add(str(number))

    rows = cqrs.items("dead-letters", "commands")

    assert {row["body"] for row in rows} == {str(number) for number in range(25)}
    attributes = clients.sqs.get_queue_attributes(QueueUrl=letters.url, AttributeNames=["All"])
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "25"
