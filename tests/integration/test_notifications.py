"""Notifications on the deployed stack: to the topic, to handlers, and where they end that fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cqrs.core.keys import CommandKey
from cqrs.deployment.stream_filters import stream_filters
from cqrs.resources import Queue, Table
from tests.integration.deployed import REFUSED_BY_HANDLER, Deployed, wait_for
from tests.integration.function_variables import function_variables
from tests.integration.overlay import with_modules

AIRPORT = "iata,name,city,state,country,latitude,longitude\n{},Name,City,NA,USA,{},0\n"

Received = Callable[[str, int], list[dict[str, Any]]]
"""Waits for so many notifications of an action, and returns what they say."""


@pytest.fixture
def received(deployed: Deployed, tenant: str) -> Iterator[Received]:
    """The topic's messages to a queue that subscribes to the tenant's notifications."""
    sqs, sns = deployed.services.clients.sqs, deployed.services.clients.sns
    topic = deployed.outputs["notification_topic_arn"]
    url = sqs.create_queue(QueueName=f"subscriber-{tenant}")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": _from_topic(topic, attributes["QueueArn"])}
    )
    subscription = sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=attributes["QueueArn"],
        Attributes={
            "RawMessageDelivery": "true",
            "FilterPolicy": json.dumps({"tenant": [tenant]}),
        },
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    seen: list[dict[str, Any]] = []

    def take(action: str, count: int) -> list[dict[str, Any]]:
        def enough() -> list[dict[str, Any]] | None:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                seen.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            told = [entry for entry in seen if entry["action"] == action]
            return told if len(told) >= count else None

        return wait_for(enough, f"{count} notifications of {action}; there are {seen}")

    yield take
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=url)


def _from_topic(topic: str, queue: str) -> str:
    """The policy of a queue that a topic may send to (SNS guide, "Fanout to Amazon SQS queues")."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def telling_of_commands(deployed: Deployed) -> Iterator[None]:
    """Filters and function as in an environment that wants the ends of commands told.

    Emulator difference: LocalStack 4.14.0 reads a stream from its beginning when its mapping was
    changed. All earlier commands would then stand before those of the next tests.
    """
    if deployed.is_localstack:
        pytest.skip("LocalStack reads a stream again when its mapping was changed.")
    client = deployed.services.clients.lambda_
    mappings = client.list_event_source_mappings(
        FunctionName=deployed.services.settings.function_name
    )["EventSourceMappings"]
    stream = deployed.outputs["stream_arns"][Table.COMMANDS]
    (mapping,) = [entry for entry in mappings if entry["EventSourceArn"] == stream]

    def let_pass(criteria: Mapping[str, Any]) -> None:
        client.update_event_source_mapping(UUID=mapping["UUID"], FilterCriteria=criteria)

    filters = stream_filters(command_notifications=True)[Table.COMMANDS]
    let_pass({"Filters": [{"Pattern": json.dumps(one.pattern)} for one in filters]})
    # Otherwise the live channel alone is told.
    with function_variables(deployed, {"COMMAND_NOTIFICATIONS": "True"}):
        yield
    let_pass(mapping["FilterCriteria"])


def make_import(deployed: Deployed, tenant: str, content: str) -> str:
    services = deployed.services
    bucket, key = services.settings.bucket, f"uploads/{tenant}/airports.csv"
    services.clients.s3.put_object(Bucket=bucket, Key=key, Body=content.encode())
    made = services.imports.create_csv_import(bucket, key, "airports", tenant, mode="DIRECT")
    return str(made)


def test_the_topic_tells_of_a_task(deployed: Deployed, tenant: str, received: Received):
    key = deployed.services.tasks.create_task("route_distances", {"origin": "XXX"}, tenant)

    told = received("task-status", 3)

    assert {entry["content"]["status"] for entry in told} == {"QUEUED", "PROCESSING", "FAILED"}
    assert {(entry["pk"], entry["sk"]) for entry in told} == {(key.pk, key.sk)}


@pytest.mark.parametrize(
    ("latitude", "status", "failed"),
    [("40.6", "COMPLETED", 0), ("95.2", "COMPLETED_WITH_ERRORS", 1)],
)
def test_an_import_is_told_twice_whatever_it_has(
    deployed: Deployed, tenant: str, received: Received, latitude: str, status: str, failed: int
):
    made = make_import(deployed, tenant, AIRPORT.format("JFK", latitude))

    told = received("import-status", 2)

    contents = {entry["content"]["status"]: entry["content"] for entry in told}
    assert set(contents) == {"PROCESSING", status}
    assert {content["id"] for content in contents.values()} == {made}
    assert contents[status]["counts"] == {
        "total": 1,
        "succeeded": 1 - failed,
        "skipped": 0,
        "failed": failed,
    }


def test_an_import_that_fails_is_told_with_its_reason(
    deployed: Deployed, tenant: str, received: Received
):
    make_import(deployed, tenant, "iata\nJFK\n")

    (told,) = received("import-status", 1)

    assert (told["content"]["status"], told["content"]["error"]) == ("FAILED", "ValidationError")
    assert "name" in told["content"]["cause"]


@pytest.mark.usefixtures("telling_of_commands")
def test_every_command_is_told_where_the_environment_wants_it(
    deployed: Deployed, tenant: str, received: Received
):
    commands = deployed.services.commands
    pk = f"NOTE#{tenant}"
    commands.publish(pk, "NOTE#1", attributes={"n": 1}, version=0)
    deployed.end_of(CommandKey(pk, "NOTE#1", 1))
    commands.publish_sync(pk, "NOTE#1", attributes={"n": 2})
    commands.publish(f"AIRPORT#{tenant}", "AIRPORT#XXX", attributes=REFUSED_BY_HANDLER)

    told = received("command-status", 3)

    assert {(entry["sk"], entry["content"]["status"]) for entry in told} == {
        ("NOTE#1@1", "FINISHED"),
        ("NOTE#1@2", "FINISHED"),
        ("AIRPORT#XXX@1", "FAILED"),
    }
    (failed,) = [entry for entry in told if entry["content"]["status"] == "FAILED"]
    assert "must be text" in failed["content"]["cause"]


def test_a_notification_that_its_handler_cannot_take_is_set_aside_with_the_reason(
    deployed: Deployed, tenant: str, tmp_path: Path
):
    module = tmp_path / "deaf.py"
    module.write_text(
        "from app.registry import application\n\n\n"
        f"@application.on_notification('test-{tenant}')\n"
        "def deaf(notification):\n"
        "    raise LookupError(f'nobody listens to {notification.sk}')\n"
    )
    sqs, url = deployed.services.clients.sqs, deployed.outputs["notification_queue_url"]
    visibility = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    # Short, so that all receives come soon; longer than a cold start, or SQS gives up a message
    # that the function has at hand.
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "4"})
    try:
        with with_modules(deployed, [module]):
            body = {
                "action": f"test-{tenant}",
                "pk": f"NOTE#{tenant}",
                "sk": "NOTE#1",
                "tenant": tenant,
                "content": {},
            }
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
            letter = deployed.dead_letter(Queue.NOTIFICATION, delete=True)
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=visibility["Attributes"])

    assert json.loads(letter["Body"]) == body
    assert letter["MessageAttributes"]["error"]["StringValue"] == "LookupError"
    reason = letter["MessageAttributes"]["reason"]["StringValue"]
    assert reason == "nobody listens to NOTE#1"


def test_no_dead_letters_are_left(deployed: Deployed):
    assert deployed.dead_letters() == 0
