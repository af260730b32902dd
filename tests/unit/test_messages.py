"""Messages to queues and topics, which refuse one for a single character."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from botocore.exceptions import ClientError

from cqrs.aws.messages import message_attribute, message_body
from cqrs.imports.keys import ImportKey
from cqrs.imports.records import Place
from cqrs.notifications.queue import Action, Notification
from cqrs.notifications.topic import NotificationTopic
from cqrs.resources import Queue, Table
from cqrs.tasks.keys import SINGLE, TaskKey

REFUSED = "\x00\x0b\ufffe\uffff"
TAKEN = "\t\n\r ~\x7f\x85é東\ud7ff\ue000\ufffd\U0001f600\U0010ffff"


def is_xml(text: str) -> bool:
    try:
        ElementTree.fromstring(f"<text>{escape(text)}</text>")  # noqa: S314 - made here
    except ElementTree.ParseError:
        return False
    return True


@pytest.fixture
def clients(clients):
    """Queues and a topic that refuse what is not XML, as AWS's do and moto's do not."""

    def refuse(params: dict[str, Any], **_details: Any) -> None:
        attributes = params.get("MessageAttributes", {}).values()
        values = [attribute["StringValue"] for attribute in attributes]
        body = params.get("MessageBody") or params["Message"]
        if not all(value and is_xml(value) for value in [body, *values]):
            error = {"Error": {"Code": "InvalidMessageContents", "Message": "Invalid characters"}}
            raise ClientError(error, "SendMessage")

    clients.sqs.meta.events.register("provide-client-params.sqs.SendMessage", refuse)
    clients.sns.meta.events.register("provide-client-params.sns.Publish", refuse)
    return clients


def sent(clients, queue: str) -> dict[str, Any]:
    url = clients.sqs.get_queue_url(QueueName=f"test-cqrs-{queue}")["QueueUrl"]
    (message,) = clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])[
        "Messages"
    ]
    attributes = message.get("MessageAttributes", {})
    return {
        "body": json.loads(message["Body"]),
        **{name: attribute["StringValue"] for name, attribute in attributes.items()},
    }


@pytest.mark.parametrize("character", REFUSED)
def test_a_refused_character_goes_as_its_escape_and_is_read_as_itself(character):
    body = message_body({f"key{character}": [f"a{character}b"]})

    assert is_xml(body)
    assert not is_xml(character)
    assert json.loads(body) == {f"key{character}": [f"a{character}b"]}
    assert message_attribute(f"a{character}b")["StringValue"] == f"a\\u{ord(character):04x}b"


def test_half_of_a_surrogate_pair_is_kept():
    assert json.loads(message_body("a\ud83db")) == "a\ud83db"
    assert message_attribute("a\ud83db")["StringValue"] == r"a\ud83db"


def test_other_characters_stay_so_that_a_body_is_no_longer_than_it_need_be():
    assert is_xml(TAKEN)
    assert message_attribute(TAKEN)["StringValue"] == TAKEN
    assert message_body("é東\U0010ffff") == '"é東\U0010ffff"'


def test_a_status_is_told_whatever_it_holds(services, clients):
    content = {"reason": f"because{REFUSED}"}

    services.notifications.send(
        Action.APPROVAL_STATUS, f"APPROVAL#a{REFUSED}", f"close{REFUSED}", content
    )

    body = sent(clients, Queue.NOTIFICATION)["body"]
    assert (body["tenant"], body["content"]) == (f"a{REFUSED}", content)


def test_a_dead_letter_holds_the_record_and_its_reason_whatever_they_hold(services, clients):
    record = {"dynamodb": {"NewImage": {"key": {"S": f"file{REFUSED}"}}}}

    services.dead_letters.set_aside_record(
        f"test-cqrs-{Table.IMPORT_TMP}", record, ValueError(f"No file{REFUSED}")
    )

    letter = sent(clients, f"{Table.IMPORT_TMP}-dlq")
    assert letter["body"] == {"record": record}
    assert letter["reason"] == r"No file\u0000\u000b\ufffe\uffff"


def test_a_dead_letter_needs_no_words_of_its_error(services, clients):
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    record = {"dynamodb": {}}
    services.dead_letters.set_aside_record(f"test-cqrs-{Table.TASKS}", record, Mute())
    assert "cannot be read" in sent(clients, f"{Table.TASKS}-dlq")["reason"]

    services.dead_letters.set_aside_record(f"test-cqrs-{Table.TASKS}", record, ValueError())
    assert sent(clients, f"{Table.TASKS}-dlq")["reason"] == "no message"


def test_queued_work_is_named_whatever_its_key_holds(services, clients):
    task = TaskKey.make(SINGLE, f"a{REFUSED}", "x")
    job = ImportKey.make(f"a{REFUSED}", "x")

    services.task_queue.send(task)
    services.import_queue.send_file(job, Place(0, 1))

    assert sent(clients, Queue.TASK_ACTION)["body"] == task.to_mapping()
    assert sent(clients, Queue.IMPORT_ACTION)["body"].items() >= job.to_mapping().items()


def test_a_notification_is_posted_whatever_it_holds(clients, settings):
    clients.sns.create_topic(Name="told")
    clients.sqs.create_queue(QueueName="test-cqrs-told")
    arn = "arn:aws:sns:ap-northeast-1:123456789012:told"
    raw = {"RawMessageDelivery": "true"}
    clients.sns.subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint="arn:aws:sqs:ap-northeast-1:123456789012:test-cqrs-told",
        Attributes=raw,
    )
    topic = NotificationTopic(clients, replace(settings, notification_topic_arn=arn))
    tenant = f"a{REFUSED}"

    topic.post(Notification("task-status", f"TASK#{tenant}", "x", tenant, {"cause": REFUSED}))

    posted = sent(clients, "told")
    assert (posted["body"]["tenant"], posted["body"]["content"]) == (tenant, {"cause": REFUSED})
    assert posted["tenant"] == r"a\u0000\u000b\ufffe\uffff"


def test_a_notification_without_a_tenant_is_posted_without_the_attribute(clients, settings):
    clients.sns.create_topic(Name="told")
    arn = "arn:aws:sns:ap-northeast-1:123456789012:told"
    topic = NotificationTopic(clients, replace(settings, notification_topic_arn=arn))

    assert topic.post(Notification("my-kind", "X#", "x", "", {}))
