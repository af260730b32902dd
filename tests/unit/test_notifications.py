"""Notifications of imports and commands, their receivers, and those that cannot be sent."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from cqrs.application import Application
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.keys import CommandKey
from cqrs.errors import ValidationError
from cqrs.notifications.queue import Action, Notification
from cqrs.notifications.topic import NotificationTopic
from cqrs.resources import Queue, Table
from tests.unit.importing import Imports, csv_of
from tests.unit.sample_events import sqs_event, stream_event

PK, SK = "NOTE#acme", "NOTE#1"
NOTIFICATION = Notification("task-status", "TASK#acme", "square#1", "acme", {"status": "FAILED"})


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


@pytest.fixture
def application(imports) -> Application:
    return imports.application


class Stream:
    """Delivers an item as it is now, as a record of its table's stream."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def deliver(self, table: Table, pk: str, sk: str, event_name: str = "MODIFY") -> None:
        services = self._application.services
        item = services.store.get(services.settings.table(table), pk, sk)
        assert item is not None
        image = to_attribute_values(item)
        event = stream_event(image, table=f"test-cqrs-{table}", event_name=event_name)
        assert self._application.handle(event) == {"batchItemFailures": []}


@pytest.fixture
def stream(application) -> Stream:
    return Stream(application)


def told(clients, settings) -> list[dict[str, Any]]:
    """Take all notifications from their queue."""
    answer = clients.sqs.receive_message(
        QueueUrl=settings.notification_queue_url, MaxNumberOfMessages=10, VisibilityTimeout=1000
    )
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


class TestImportStatus:
    def test_its_start_and_its_end_are_told_and_nothing_between(
        self, imports, stream, clients, settings
    ):
        imports.upload(csv_of(("AAA", "A", ""), ("X", "B", "")))
        key = imports.make()
        imports.start(key)
        stream.deliver(Table.IMPORT_TMP, key.pk, key.sk)
        (start,) = told(clients, settings)
        imports.import_batch(key, [("AAA", "A", ""), ("X", "B", "")])
        imports.services.import_records.note_map_is_over(key, {})
        stream.deliver(Table.IMPORT_TMP, key.pk, key.sk)
        assert told(clients, settings) == []
        imports.finalize(key)
        stream.deliver(Table.IMPORT_TMP, key.pk, key.sk)

        (end,) = told(clients, settings)

        job = imports.job(key)
        assert (start["action"], start["pk"], start["sk"]) == ("import-status", key.pk, key.sk)
        assert start["content"] == {
            "id": str(key),
            "target": "places",
            "bucket": settings.bucket,
            "key": "in.csv",
            "status": "PROCESSING",
            "startedAt": job.started_at,
            "counts": {"total": 0, "succeeded": 0, "skipped": 0, "failed": 0},
        }
        assert end["content"] == {
            **start["content"],
            "status": "COMPLETED_WITH_ERRORS",
            "finishedAt": job.finished_at,
            "errorsKey": job.errors_key,
            "counts": {"total": 2, "succeeded": 1, "skipped": 0, "failed": 1},
        }

    def test_a_failed_import_is_told_with_its_reason(self, imports, stream, clients, settings):
        key = imports.make(key="missing.csv")
        imports.start(key)
        stream.deliver(Table.IMPORT_TMP, key.pk, key.sk)

        (end,) = told(clients, settings)

        assert (end["content"]["status"], end["tenant"]) == ("FAILED", "acme")
        assert end["content"]["error"] == "NotFoundError"
        assert "missing.csv" in end["content"]["cause"]

    def test_what_is_no_job_is_set_aside(self, application, clients):
        image = {"pk": {"S": "CSV_IMPORT#acme"}, "sk": {"S": "x"}, "kind": {"S": "JOB"}}
        event = stream_event(image, table="test-cqrs-import_tmp", event_name="MODIFY")

        assert application.handle(event) == {"batchItemFailures": []}
        assert letter_in(clients, Table.IMPORT_TMP)["error"] == "UnsupportedEventError"


class TestCommandStatus:
    def test_the_end_of_a_command_is_told(self, application, stream, clients, settings, execute):
        result = application.commands.publish(PK, SK, version=0, created_by="me")
        stream.deliver(Table.COMMANDS, PK, result.key.sk, "INSERT")
        assert told(clients, settings) == []
        execution = execute(result.key)
        execution.check()
        execution.apply()

        stream.deliver(Table.COMMANDS, PK, result.key.sk)

        (end,) = told(clients, settings)
        command = application.commands.get(result.key)
        assert (end["action"], end["pk"], end["sk"]) == ("command-status", PK, f"{SK}@1")
        assert end["content"] == {
            "version": 1,
            "status": "FINISHED",
            "syncMode": "ASYNC",
            "requestId": result.request_id,
            "createdBy": "me",
            "finishedAt": command.finished_at,
        }
        assert len(clients.step_functions.started) == 1

    def test_a_synchronous_command_that_is_stored_as_finished_is_told(
        self, application, stream, clients, settings
    ):
        application.commands.publish_sync(PK, SK)

        stream.deliver(Table.COMMANDS, PK, f"{SK}@1", "INSERT")

        (end,) = told(clients, settings)
        assert (end["content"]["status"], end["content"]["syncMode"]) == ("FINISHED", "SYNC")
        assert clients.step_functions.started == {}

    def test_a_failed_command_is_told_with_its_reason_and_again_after_a_retry(
        self, application, stream, clients, settings
    ):
        application.commands.publish(PK, SK, version=0)
        services, key = application.services, CommandKey(PK, SK, 1)
        services.ordering.fail(key, 0, "Broken", "it broke")
        stream.deliver(Table.COMMANDS, PK, key.sk)
        services.repair.retry(key)
        services.ordering.finish(key)
        stream.deliver(Table.COMMANDS, PK, key.sk)

        contents = [entry["content"] for entry in told(clients, settings)]

        by_status = {content["status"]: content for content in contents}
        assert set(by_status) == {"FAILED", "FINISHED"}
        assert (by_status["FAILED"]["error"], by_status["FAILED"]["cause"]) == (
            "Broken",
            "it broke",
        )
        assert by_status["FINISHED"]["attempt"] == 1
        assert "error" not in by_status["FINISHED"]


class TestHandlers:
    def message(self, receives: int = 1) -> dict[str, Any]:
        body = json.dumps(
            {
                "action": "command-status",
                "pk": PK,
                "sk": SK,
                "tenant": "acme",
                "content": {"status": "FINISHED"},
            }
        )
        event = sqs_event(body, queue=f"test-cqrs-{Queue.NOTIFICATION}")
        event["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(receives)
        return event

    def test_each_handler_of_an_action_gets_it(self, application):
        seen: list[Any] = []
        application.on_notification("command-status")(lambda entry: seen.append(("one", entry.sk)))
        application.on_notification("command-status")(lambda entry: seen.append(("two", entry.sk)))
        application.on_notification("task-status")(seen.append)

        application.handle(self.message())

        assert seen == [("one", SK), ("two", SK)]

    def test_a_handler_that_fails_does_not_keep_it_from_the_others(self, application):
        seen: list[str] = []
        application.on_notification("command-status")(lambda _entry: seen[5])
        application.on_notification("command-status")(lambda entry: seen.append(entry.sk))

        with pytest.raises(IndexError):
            application.handle(self.message())

        assert seen == [SK]

    def test_a_handler_that_fails_is_tried_again_and_then_set_aside_with_its_reason(
        self, application, clients, settings
    ):
        @application.on_notification("command-status")
        def broken(_notification: Notification) -> None:
            raise LookupError("nobody listens")

        for receives in range(1, settings.max_receive_count):
            with pytest.raises(LookupError):
                application.handle(self.message(receives))
        last = application.handle(self.message(settings.max_receive_count))

        assert last == {"batchItemFailures": []}
        assert letter_in(clients, Queue.NOTIFICATION) == {
            "error": "LookupError",
            "reason": "nobody listens",
        }


class TestOwnKinds:
    """An application's notifications of its own kinds."""

    @pytest.mark.parametrize("kind", ["my-kind", Action.TASK_STATUS])
    def test_it_reaches_the_handlers_of_its_kind(self, application, clients, settings, kind):
        seen: list[Notification] = []
        application.on_notification(kind)(seen.append)
        application.services.notifications.send(kind, PK, SK, {"open": True})

        (body,) = told(clients, settings)
        application.handle(sqs_event(json.dumps(body), queue=f"test-cqrs-{Queue.NOTIFICATION}"))

        assert seen == [Notification(str(kind), PK, SK, "acme", {"open": True})]

    @pytest.mark.parametrize(
        ("action", "pk", "sk", "content", "complaint"),
        [
            (None, PK, SK, {}, "action of a notification is None; it must be text"),
            ("x", 5, SK, {}, "pk of a notification is 5; it must be text"),
            ("x", PK, None, {}, "sk of a notification is None; it must be text"),
            ("x", PK, SK, [1], r"content of a notification is \[1\]; it must be an object"),
            ("x", PK, SK, {"at": {1}}, "notification.content.at is a set; use what JSON knows"),
            ("x", PK, SK, {"text": "a" * 262_144}, "has 262,2.. bytes; a message takes 262,144"),
        ],
    )
    def test_what_is_none_is_refused_and_not_sent(
        self, application, clients, settings, action, pk, sk, content, complaint
    ):
        with pytest.raises(ValidationError, match=complaint):
            application.services.notifications.send(action, pk, sk, content)

        assert told(clients, settings) == []


class TestMessages:
    """The messages on the queue, whoever sent them."""

    BODY: ClassVar[dict[str, Any]] = {
        "action": "x",
        "pk": PK,
        "sk": SK,
        "tenant": "acme",
        "content": {},
    }

    @pytest.mark.parametrize(
        "body",
        [
            None,
            "text",
            [],
            {"action": "x"},
            {**BODY, "action": ["x"]},
            {**BODY, "pk": 5},
            {**BODY, "sk": None},
            {**BODY, "tenant": {}},
            {**BODY, "content": "text"},
        ],
    )
    def test_what_is_no_notification_is_set_aside_and_reaches_no_handler(
        self, application, clients, body
    ):
        seen: list[Notification] = []
        application.on_notification("x")(seen.append)
        event = sqs_event(json.dumps(body), queue=f"test-cqrs-{Queue.NOTIFICATION}")

        assert application.handle(event) == {"batchItemFailures": []}
        assert letter_in(clients, Queue.NOTIFICATION)["error"] == "ValidationError"
        assert seen == []

    def test_more_than_its_parts_does_not_matter(self, application):
        seen: list[Notification] = []
        application.on_notification("x")(seen.append)
        event = sqs_event(
            json.dumps({**self.BODY, "more": 1}), queue=f"test-cqrs-{Queue.NOTIFICATION}"
        )

        assert application.handle(event) == {"batchItemFailures": []}
        assert [notification.pk for notification in seen] == [PK]


class TestTopic:
    @pytest.fixture
    def settings(self, settings):
        arn = "arn:aws:sns:ap-northeast-1:123456789012:test-cqrs-notification-topic"
        return replace(settings, notification_topic_arn=arn)

    @pytest.fixture
    def subscriber(self, clients, settings) -> str:
        """URL of a queue that gets what is posted, and is subscribed to failures of nobody else."""
        name = settings.notification_topic_arn.rpartition(":")[2]
        clients.sns.create_topic(Name=name)
        url = clients.sqs.create_queue(QueueName="subscriber")["QueueUrl"]
        clients.sns.subscribe(
            TopicArn=settings.notification_topic_arn,
            Protocol="sqs",
            Endpoint="arn:aws:sqs:ap-northeast-1:123456789012:subscriber",
            Attributes={
                "RawMessageDelivery": "true",
                "FilterPolicy": json.dumps({"action": ["task-status"], "tenant": ["acme"]}),
            },
        )
        return str(url)

    def posted(self, clients, subscriber: str) -> list[Any]:
        answer = clients.sqs.receive_message(QueueUrl=subscriber, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def test_a_notification_is_posted_whole_and_can_be_filtered(
        self, clients, settings, subscriber
    ):
        topic = NotificationTopic(clients, settings)

        assert topic.post(NOTIFICATION) is True
        assert topic.post(replace(NOTIFICATION, tenant="other")) is True

        assert self.posted(clients, subscriber) == [
            {
                "action": "task-status",
                "pk": "TASK#acme",
                "sk": "square#1",
                "tenant": "acme",
                "content": {"status": "FAILED"},
            }
        ]

    def test_without_a_topic_nothing_is_posted(self, clients, settings):
        topic = NotificationTopic(clients, replace(settings, notification_topic_arn=""))

        assert topic.post(NOTIFICATION) is False

    @pytest.mark.parametrize("action", list(Action))
    def test_the_sample_logs_and_posts_every_change(
        self, application, clients, subscriber, monkeypatch, caplog, action
    ):
        registry = type(sys)("app.registry")
        registry.application = application  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "app.registry", registry)
        monkeypatch.delitem(sys.modules, "app.notifications", raising=False)
        __import__("app.notifications")
        monkeypatch.delitem(sys.modules, "app.notifications")
        clients.sns.set_subscription_attributes(
            SubscriptionArn=clients.sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"],
            AttributeName="FilterPolicy",
            AttributeValue="{}",
        )
        body = {"pk": PK, "sk": SK, "tenant": "acme", "content": {"status": "FAILED"}}

        application.handle(
            sqs_event(
                json.dumps({"action": action, **body}), queue=f"test-cqrs-{Queue.NOTIFICATION}"
            )
        )

        assert self.posted(clients, subscriber) == [{"action": action, **body}]
        (line,) = [
            record for record in caplog.records if record.message == "Notification passed on"
        ]
        assert (line.action, line.pk, line.status) == (action, PK, "FAILED")


def letter_in(clients, source: str) -> dict[str, str]:
    url = clients.sqs.get_queue_url(QueueName=f"test-cqrs-{source}-dlq")["QueueUrl"]
    answer = clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    (letter,) = answer["Messages"]
    return {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
