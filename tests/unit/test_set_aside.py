"""Dead letters of records and messages that are larger than what SQS takes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cqrs.application import Application
from cqrs.errors import TransientError
from cqrs.resources import Queue, Table, dead_letter_queue
from tests.unit.conftest import PREFIX, MotoClients
from tests.unit.sample_events import sqs_event, stream_event

QUEUE_BYTES = 262_144
"""The bytes that a queue takes that Terraform makes (AWS provider, aws_sqs_queue,
max_message_size)."""

KIB = 1024


class LetterBox:
    """The dead-letter queue of a source, and what the bucket holds for it."""

    def __init__(self, clients: MotoClients, source: str) -> None:
        self._clients, self._source = clients, source
        name = f"{PREFIX}{dead_letter_queue(source)}"
        self._url = clients.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    @property
    def letters(self) -> list[dict[str, Any]]:
        answer = self._clients.sqs.receive_message(
            QueueUrl=self._url,
            VisibilityTimeout=0,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    @property
    def letter(self) -> dict[str, Any]:
        (letter,) = self.letters
        return letter

    @property
    def objects(self) -> dict[str, Any]:
        s3, bucket = self._clients.s3, f"{PREFIX}files"
        entries = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {
            entry["Key"]: json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
            for entry in entries
        }


def text(letter: dict[str, Any], name: str) -> str:
    return str(letter["MessageAttributes"][name]["StringValue"])


@pytest.fixture(autouse=True)
def _queues_as_terraform_makes_them(clients: MotoClients) -> None:
    """Refuse what SQS refuses; moto takes more, and counts no attributes."""

    def refuse(params: dict[str, Any], **_details: Any) -> None:
        size = len(params["MessageBody"].encode())
        for name, attribute in params.get("MessageAttributes", {}).items():
            value = attribute.get("BinaryValue") or attribute["StringValue"].encode()
            size += len(name.encode()) + len(attribute["DataType"].encode()) + len(value)
        if size > QUEUE_BYTES or len(params.get("MessageAttributes", {})) > 10:
            error = {"Code": "InvalidParameterValue", "Message": "Message must be shorter"}
            raise ClientError({"Error": error}, "SendMessage")

    clients.sqs.meta.events.register("provide-client-params.sqs.SendMessage", refuse)


def refuse_objects(clients: MotoClients, code: str, status: int = 403) -> None:
    def refuse(**_details: Any) -> None:
        answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(answer, "PutObject")  # type: ignore[arg-type]

    clients.s3.meta.events.register("provide-client-params.s3.PutObject", refuse)


@pytest.fixture
def application(settings, clients) -> Application:
    return Application(settings, clients)


def malformed(size: int, sk: str = "OLD#1@1") -> dict[str, Any]:
    """A command as a restore or a script of one's own would insert it."""
    return {
        "pk": {"S": "LEGACY#acme"},
        "sk": {"S": sk},
        "syncMode": {"S": "ASYNC"},
        "blob": {"S": "x" * size},
    }


def message(body: str, attributes: dict[str, Any] | None = None) -> dict[str, Any]:
    """A delivered message, on its last try."""
    event = sqs_event(body, queue=f"{PREFIX}{Queue.NOTIFICATION}")
    event["Records"][0]["messageAttributes"] = attributes or {}
    return event


def string(value: str) -> dict[str, Any]:
    return {"dataType": "String", "stringValue": value}


def test_a_small_record_lies_in_its_letter(application, clients):
    box = LetterBox(clients, Table.COMMANDS)
    event = stream_event(malformed(100))

    assert application.handle(event) == {"batchItemFailures": []}

    assert json.loads(box.letter["Body"]) == {"record": event["Records"][0]}
    assert box.objects == {}


def test_a_record_that_sqs_does_not_take_is_set_aside_and_blocks_nothing(
    application, clients, services, step_functions
):
    box = LetterBox(clients, Table.COMMANDS)
    behind = services.commands.publish("NOTE#acme", "NOTE#1", attributes={"n": 1}, version=0)
    stored = clients.dynamodb.get_item(
        TableName=f"{PREFIX}commands",
        Key={"pk": {"S": behind.key.pk}, "sk": {"S": behind.key.sk}},
    )["Item"]
    event = stream_event(malformed(300 * KIB), stored)

    assert application.handle(event) == {"batchItemFailures": []}

    assert len(step_functions.started) == 1
    letter = box.letter
    assert text(letter, "error") == "UnsupportedEventError"
    assert "requestId" in text(letter, "reason")
    ((key, whole),) = box.objects.items()
    assert whole == {"record": event["Records"][0]}
    summary = json.loads(letter["Body"])
    assert summary["keys"] == {"pk": "LEGACY#acme", "sk": "OLD#1@1"}
    assert summary["eventSourceARN"] == event["Records"][0]["eventSourceARN"]
    assert summary["place"] == "000000000000000000001"
    assert (summary["bodyKey"], summary["problem"]) == (key, "")
    assert 300 * KIB < summary["size"] < 301 * KIB
    assert key.startswith("dead-letters/commands/000000000000000000001-")


@pytest.mark.parametrize("table", [Table.TASKS, Table.IMPORT_TMP])
def test_so_are_the_records_of_the_other_streams(application, clients, table):
    box = LetterBox(clients, table)
    damaged = {"pk": {"S": "X"}, "sk": {"S": "Y"}, "blob": {"S": "x" * 300 * KIB}}

    assert application.handle(stream_event(damaged, table=f"{PREFIX}{table}")) == {
        "batchItemFailures": []
    }

    assert text(box.letter, "body") == "summary"
    assert [key.split("/")[1] for key in box.objects] == [table]


@pytest.mark.parametrize("character", ["\u0000", "\u6771", "\U0001f600"])
def test_a_letter_is_measured_as_it_is_sent(application, clients, character):
    """A record of less than 256 K characters may be longer in UTF-8, or escaped."""
    box = LetterBox(clients, Table.COMMANDS)
    image = malformed(0)
    image["blob"] = {"S": character * 100_000}

    assert application.handle(stream_event(image)) == {"batchItemFailures": []}

    (whole,) = box.objects.values()
    assert whole["record"]["dynamodb"]["NewImage"] == image
    assert text(box.letter, "body") == "summary"


def test_keys_as_long_as_dynamodb_takes_them_fit_into_a_letter(application, clients):
    box = LetterBox(clients, Table.COMMANDS)
    image = malformed(300 * KIB, sk="\u0001" * 1024)
    image["pk"] = {"S": "\u6771" * 682}

    application.handle(stream_event(image))

    assert json.loads(box.letter["Body"])["keys"] == {"pk": "\u6771" * 682, "sk": "\u0001" * 1024}


def test_a_record_that_is_set_aside_twice_has_two_letters_and_two_objects(application, clients):
    box = LetterBox(clients, Table.COMMANDS)

    for _ in range(2):
        application.handle(stream_event(malformed(300 * KIB)))

    assert {json.loads(letter["Body"])["bodyKey"] for letter in box.letters} == set(box.objects)
    assert len(box.objects) == 2


def test_a_record_comes_again_if_s3_is_busy_and_nothing_names_what_is_not_there(
    application, clients
):
    refuse_objects(clients, "SlowDown", 503)

    with pytest.raises(TransientError):
        application.handle(stream_event(malformed(300 * KIB)))

    assert LetterBox(clients, Table.COMMANDS).letters == []


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "KMS.DisabledException"])
def test_a_record_that_s3_refuses_for_good_blocks_nothing(application, clients, code):
    refuse_objects(clients, code)

    assert application.handle(stream_event(malformed(300 * KIB))) == {"batchItemFailures": []}

    summary = json.loads(LetterBox(clients, Table.COMMANDS).letter["Body"])
    assert summary["keys"] == {"pk": "LEGACY#acme", "sk": "OLD#1@1"}
    assert (summary["bodyKey"], summary["place"]) == ("", "000000000000000000001")
    assert "the bucket did not take its body" in summary["problem"]


def test_a_message_keeps_its_attributes_in_its_letter(application, clients):
    attributes = {
        "kind": string("note"),
        "count": {"dataType": "Number", "stringValue": "7"},
        "raw": {"dataType": "Binary", "binaryValue": base64.b64encode(b"\x00\xff").decode()},
    }

    application.handle(message("no notification", attributes))

    letter = LetterBox(clients, Queue.NOTIFICATION).letter
    assert letter["Body"] == "no notification"
    kept = letter["MessageAttributes"]
    assert set(kept) == {"kind", "count", "raw", "error", "reason"}
    assert (kept["count"]["DataType"], kept["count"]["StringValue"]) == ("Number", "7")
    assert (kept["raw"]["DataType"], kept["raw"]["BinaryValue"]) == ("Binary", b"\x00\xff")


LARGE = "x" * (QUEUE_BYTES - 100)


@pytest.mark.parametrize(
    ("body", "attributes"),
    [
        pytest.param(LARGE, {"kind": string("note")}, id="no room for the reason"),
        pytest.param("x", {f"a{n}": string("v") for n in range(9)}, id="too many attributes"),
        pytest.param("x", {"error": string("mine")}, id="an attribute of that name"),
        pytest.param("x", {"body": string("summary")}, id="as if it were a summary"),
    ],
)
def test_a_message_that_does_not_fit_beside_its_reason_is_set_aside_whole(
    application, clients, body, attributes
):
    box = LetterBox(clients, Queue.NOTIFICATION)

    assert application.handle(message(body, attributes)) == {"batchItemFailures": []}

    assert (text(box.letter, "error"), text(box.letter, "body")) == ("ValidationError", "summary")
    (whole,) = box.objects.values()
    assert whole["message"] == {
        "messageId": "message-0",
        "body": body,
        "messageAttributes": attributes,
    }
    summary = json.loads(box.letter["Body"])
    assert (summary["place"], summary["keys"]) == ("message-0", {})


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown"])
def test_a_message_that_s3_refuses_goes_back_for_sqs_to_set_it_aside(application, clients, code):
    refuse_objects(clients, code)

    with pytest.raises((ClientError, TransientError)):
        application.handle(message(LARGE))

    assert LetterBox(clients, Queue.NOTIFICATION).letters == []
