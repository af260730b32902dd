"""The live channel: tickets, subscriptions, and notifications on their way to connections."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cqrs.api.live import fan_out, posts
from cqrs.api.live.actions import FOLLOWERS
from cqrs.api.live.messages import LARGEST_MESSAGE, MOST_SUBSCRIPTIONS
from cqrs.api.table import ROUTES
from cqrs.application import Application
from cqrs.core.observability import metrics
from cqrs.errors import ConfigurationError, UnsupportedEventError
from cqrs.metrics import Metric
from cqrs.notifications.queue import AUDIENCE, Action
from cqrs.roles import Role
from tests.unit.answering import listening
from tests.unit.calling import KEY, TENANT, Caller, with_api
from tests.unit.live_channel import Channel, Gateway, with_live
from tests.unit.sample_events import sqs_event, stream_event

TASK = ("TASK#acme", "square#01ARZ3NDEKTSV4RRFFQ69G5FAV")
TASK_PLACE = "/v1/tenants/acme/tasks/TASK.square.01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with listening(Gateway()) as made:
        yield made
        made.over.set()


@pytest.fixture
def application(settings, clients, gateway) -> Application:
    with_both = with_live(with_api(settings, clients), clients, gateway.endpoint)
    application = Application(with_both, clients)
    application.live_action("stock-low", role="publisher")
    return application


@pytest.fixture
def channel(application) -> Channel:
    return Channel(application)


@pytest.fixture
def counted() -> Iterator[Any]:
    """Counts of a metric since the beginning of the test."""
    metrics.clear_metrics()
    yield lambda metric: sum(metrics.metric_set.get(metric.value, {}).get("Value", []))
    metrics.clear_metrics()


def items(clients, settings) -> list[dict[str, Any]]:
    return clients.dynamodb.scan(TableName=f"{settings.resource_prefix}connections")["Items"]


def tell(
    application: Application,
    action: str = "task-status",
    pk: str = TASK[0],
    sk: str = TASK[1],
    content: Any = None,
    **more: Any,
) -> None:
    """Deliver a notification from its queue, which has to take it."""
    body = {
        "action": action,
        "pk": pk,
        "sk": sk,
        "tenant": pk.rpartition("#")[2],
        "content": {"status": "COMPLETED"} if content is None else content,
        **more,
    }
    event = sqs_event(json.dumps(body), queue="test-cqrs-notification-queue")
    assert application.handle(event, lambda: 60_000) == {"batchItemFailures": []}


class TestTickets:
    @pytest.mark.parametrize("role", Role)
    def test_everybody_with_a_role_gets_one(self, channel, role):
        channel.join("c1", role)
        assert channel.say("c1", {"type": "ping"})["type"] == "pong"

    def test_nobody_else_gets_one(self, application):
        assert Caller(application).ask("POST", "/tickets").status == 403
        other = Caller(application, "publisher", **{"custom:tenants": "beta"})
        assert other.ask("POST", "/tickets").status == 403

    def test_one_lets_in_once(self, channel):
        ticket = channel.ticket("reader")

        assert channel.connect("c1", {"ticket": ticket}) == 200
        assert channel.connect("c2", {"ticket": ticket}) == 403
        assert channel.say("c2", {"type": "ping"})["code"] == "expired"

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            (None, 401),
            ({}, 401),
            ({"ticket": ""}, 401),
            ({"other": "x"}, 401),
            ({"ticket": "x"}, 403),
            ({"ticket": "A" * 43}, 403),
            ({"ticket": "ä" * 43}, 403),
            ({"ticket": "A" * 4000}, 403),
        ],
    )
    def test_what_is_none_lets_nobody_in(self, channel, query, status):
        assert channel.connect("c1", query) == status

    def test_an_old_one_lets_nobody_in(self, channel, monkeypatch):
        ticket = channel.ticket("reader")
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 61)

        assert channel.connect("c1", {"ticket": ticket}) == 403

    def test_one_of_a_token_that_is_over_lets_nobody_in(self, channel):
        ticket = channel.ticket("reader", exp=str(int(time.time()) - 1))

        assert channel.connect("c1", {"ticket": ticket}) == 403

    def test_the_table_holds_its_digest_alone(self, channel, clients, settings):
        ticket = channel.ticket("reader")

        stored = json.dumps(items(clients, settings))
        assert ticket not in stored
        assert "sub-1" in stored

    def test_it_is_never_kept_as_an_answer(self, application, clients, settings):
        caller = Caller(application, "reader")
        first, second = (
            caller.ask("POST", "/tickets", headers={"idempotency-key": KEY}) for _ in range(2)
        )

        assert first.body["ticket"] != second.body["ticket"]
        table = f"{settings.resource_prefix}api"
        assert clients.dynamodb.scan(TableName=table)["Items"] == []

    def test_no_log_has_it(self, channel, capfd, caplog):
        ticket = channel.ticket("reader")
        with caplog.at_level("DEBUG"):
            channel.connect("c1", {"ticket": ticket})
            channel.connect("c2", {"ticket": ticket})

        written = capfd.readouterr()
        assert ticket not in written.out + written.err + caplog.text

    def test_without_a_live_channel_there_is_none(self, settings, clients):
        caller = Caller(Application(with_api(settings, clients), clients), "reader")
        answer = caller.ask("POST", "/tickets")

        assert (answer.status, answer.kind) == (404, "no-live-channel")


def test_nobody_but_api_gateway_speaks_for_a_connection(settings, clients, gateway):
    live = with_live(with_api(settings, clients), clients, gateway.endpoint)
    application = Application(replace(live, api_function_alias="http-api"), clients)
    context = {"eventType": "MESSAGE", "connectionId": "c1"}
    event = {"requestContext": context, "body": '{"type": "ping"}'}
    function = "arn:aws:lambda:ap-northeast-1:123456789012:function:test-cqrs-main"

    with pytest.raises(UnsupportedEventError, match="alias http-api"):
        application.handle(event, lambda: 60_000, function)
    answer = application.handle(event, lambda: 60_000, f"{function}:http-api")
    assert answer["statusCode"] == 200


class TestRoles:
    @pytest.mark.parametrize(
        ("action", "operation"),
        [
            (Action.TASK_STATUS, "get_task"),
            (Action.IMPORT_STATUS, "get_import"),
            (Action.COMMAND_STATUS, "get_command"),
            (Action.APPROVAL_STATUS, "get_approval"),
        ],
    )
    def test_a_change_is_followed_by_those_who_may_read_the_thing(self, action, operation):
        (route,) = (route for route in ROUTES if route.operation == operation)

        assert FOLLOWERS[action] == route.roles

    def test_all_kinds_of_change_have_roles(self):
        assert set(FOLLOWERS) == set(Action)

    @pytest.mark.parametrize(
        ("role", "actions"),
        [
            ("reader", ["command-status", "import-status", "task-status"]),
            ("publisher", ["command-status", "import-status", "stock-low", "task-status"]),
            ("approver", ["approval-status"]),
            ("operator", ["approval-status", "command-status", "import-status", "task-status"]),
        ],
    )
    def test_one_follows_what_one_may_read(self, channel, role, actions):
        channel.join("c1", role)
        assert channel.say("c1", {"type": "subscribe"})["actions"] == actions

        refused = set(FOLLOWERS) - set(actions)
        for action in refused:
            told = channel.say("c1", {"type": "subscribe", "actions": [action]})
            assert (told["type"], told["code"]) == ("error", "role")

    @pytest.mark.parametrize(
        ("action", "role"),
        [("", "reader"), ("a b", "reader"), ("task-status", "reader"), ("mine", "chief")],
    )
    def test_a_kind_of_one_s_own_has_a_name_and_a_role(self, application, action, role):
        with pytest.raises(ConfigurationError):
            application.live_action(action, role=role)


class TestMessages:
    @pytest.fixture(autouse=True)
    def joined(self, channel) -> None:
        channel.join("c1", "reader")

    @pytest.mark.parametrize(
        ("message", "code", "says"),
        [
            ("", "not-json", "not JSON"),
            ("hello", "not-json", "not JSON"),
            ("[" * 20_000, "not-json", "nested too deep"),
            ('{"type": "ping", "type": "ping"}', "not-json", "twice"),
            ("[1]", "type", "subscribe, unsubscribe, ping"),
            ("null", "type", "None"),
            ('{"type": ["ping"]}', "type", "subscribe, unsubscribe, ping"),
            ('{"type": "$connect"}', "type", "subscribe, unsubscribe, ping"),
            ('{"type": "ping", "x": 1}', "message", "no such member"),
            ('{"type": "subscribe", "actions": "task-status"}', "message", "a list"),
            ('{"type": "subscribe", "actions": []}', "message", "leave it out"),
            ('{"type": "subscribe", "actions": [1]}', "action", "There is no action 1"),
            ('{"type": "subscribe", "actions": ["x"]}', "action", "There is no action 'x'"),
            ('{"type": "subscribe", "id": "a b"}', "message", "letters, digits and underscores"),
            ('{"type": "subscribe", "pk": 1}', "message", "must be text"),
            ('{"type": "subscribe", "pk": "NOTE#beta"}', "tenant", "not of your tenant"),
            ('{"type": "subscribe", "pk": ""}', "tenant", "not of your tenant"),
            ('{"type": "subscribe", "sk": "a", "sk_prefix": "a"}', "message", "one of them"),
            ('{"type": "unsubscribe", "id": "x"}', "id", "known are none"),
            ('{"type": "ping"}' + " " * 32_768, "message", "32,768 are taken at most"),
            ('{"type": "subscribe", "sk": "%s"}' % ("x" * 1025), "message", "sk is longer"),
            ('{"type": "subscribe", "sk_prefix": "%s"}' % ("日" * 342), "message", "longer"),
        ],
    )
    def test_a_bad_one_is_told_and_the_connection_stays(self, channel, message, code, says):
        told = channel.say("c1", message)

        assert (told["type"], told["code"]) == ("error", code), told
        assert says in told["detail"]
        assert channel.say("c1", {"type": "ping"})["type"] == "pong"

    def test_all_faults_of_one_are_told(self, channel):
        told = channel.say("c1", {"type": "subscribe", "pk": 1, "x": 2})

        assert [one["pointer"] for one in told["errors"]] == ["#/pk", "#/x"]

    def test_a_connection_has_so_many_subscriptions(self, channel):
        for number in range(MOST_SUBSCRIPTIONS):
            channel.subscribe("c1", "task-status", id=f"s{number}")

        told = channel.say("c1", {"type": "subscribe", "id": "more"})

        assert (told["type"], told["code"]) == ("error", "subscriptions")
        channel.subscribe("c1", "task-status", id="s0")
        channel.say("c1", {"type": "unsubscribe", "id": "s0"})
        channel.subscribe("c1", "task-status", id="more")

    def test_one_of_nobody_is_told_to_connect(self, channel):
        assert channel.say("c9", {"type": "ping"})["code"] == "expired"

    def test_authority_ends_with_the_token(self, channel, monkeypatch):
        until = int(time.time()) + 300
        channel.join("c2", "reader", exp=str(until))
        assert channel.say("c2", {"type": "ping"})["expires_at"] == until
        assert channel.say("c1", {"type": "ping"})["expires_at"] > time.time() + 7100

        monkeypatch.setattr(time, "time", lambda: until)
        assert channel.say("c2", {"type": "ping"})["code"] == "expired"
        assert channel.say("c2", {"type": "subscribe"})["code"] == "expired"

    def test_a_fault_tells_nothing_of_itself(self, channel, application, monkeypatch):
        def broken(*_: Any, **__: Any) -> Any:
            raise RuntimeError("secret")

        monkeypatch.setattr(application.services.store, "get", broken)
        told = channel.say("c1", {"type": "ping"})

        assert told["code"] == "fault"
        assert "secret" not in json.dumps(told)
        assert "request-1" in told["detail"]


class TestFanOut:
    def test_a_notification_reaches_those_who_follow_it(self, channel, application, gateway):
        channel.join("c1", "reader")
        channel.join("c2", "reader")
        channel.join("c3", "reader")
        channel.subscribe("c1", "task-status")
        channel.subscribe("c2", "import-status")

        tell(application)

        (told,) = gateway.told("c1")
        assert told.pop("id")
        assert told == {
            "type": "notification",
            "action": "task-status",
            "location": TASK_PLACE,
            "pk": TASK[0],
            "sk": TASK[1],
            "content": {
                "id": "TASK.square.01ARZ3NDEKTSV4RRFFQ69G5FAV",
                "status": "COMPLETED",
            },
            "subscriptions": ["default"],
            "missed": 0,
        }
        assert not gateway.told("c2") + gateway.told("c3")

    def test_no_tenant_is_told_of_another(self, channel, application, gateway):
        channel.join("c1", "administrator", tenant="beta")
        channel.join("c2", "administrator")
        channel.subscribe("c1")
        channel.subscribe("c2")

        tell(application)

        assert gateway.tries == {"c2": 1}

    @pytest.mark.parametrize(
        ("asked", "is_told"),
        [
            ({}, True),
            ({"pk": TASK[0]}, True),
            ({"pk": "SFN_TASK#acme"}, False),
            ({"sk": TASK[1]}, True),
            ({"sk": "square#"}, False),
            ({"sk_prefix": "square#"}, True),
            ({"sk_prefix": "cube#"}, False),
            ({"pk": TASK[0], "sk_prefix": "cube#"}, False),
        ],
    )
    def test_a_part_of_the_changes_can_be_followed(
        self, channel, application, gateway, asked, is_told
    ):
        channel.join("c1", "reader")
        channel.subscribe("c1", **asked)

        tell(application)

        assert bool(gateway.told("c1")) is is_told

    @pytest.mark.parametrize(
        ("action", "pk", "sk", "place"),
        [
            ("task-status", "SFN_TASK#acme", f"{TASK[1]}#0003", f"{TASK_PLACE}.0003"),
            (
                "import-status",
                "CSV_IMPORT#acme",
                "places#01ARZ3NDEKTSV4RRFFQ69G5FAV",
                "/v1/tenants/acme/imports/places.01ARZ3NDEKTSV4RRFFQ69G5FAV",
            ),
            ("approval-status", "APPROVAL#acme", "a/b", "/v1/tenants/acme/approvals/~YS9i"),
            (
                "command-status",
                "NOTE#acme",
                "NOTE#1@7",
                "/v1/tenants/acme/items/NOTE/1/commands/7",
            ),
            ("command-status", "NOTE#acme", "NOTE#1", None),
            ("stock-low", "STOCK#acme", "STOCK#1", None),
        ],
    )
    def test_it_says_where_the_thing_is_read(
        self, channel, application, gateway, action, pk, sk, place
    ):
        channel.join("c1", "administrator", "publisher")
        channel.subscribe("c1")

        tell(application, action, pk, sk)

        (told,) = gateway.told("c1")
        expected = place and place.replace("/TASK.", "/SFN_TASK.")
        assert told["location"] == expected

    def test_a_subscription_is_replaced_and_ended(self, channel, application, gateway):
        channel.join("c1", "reader")
        channel.subscribe("c1", "task-status", "import-status")
        channel.subscribe("c1", "import-status")
        tell(application)
        assert not gateway.told("c1")

        channel.subscribe("c1", "task-status", id="a")
        channel.subscribe("c1", "task-status", id="b", sk_prefix="square#")
        tell(application)
        assert gateway.told("c1")[0]["subscriptions"] == ["a", "b"]

        channel.say("c1", {"type": "unsubscribe", "id": "a"})
        tell(application)
        assert gateway.told("c1")[1]["subscriptions"] == ["b"]

        channel.say("c1", {"type": "unsubscribe", "id": "b"})
        tell(application)
        assert len(gateway.told("c1")) == 2

    def test_one_that_ends_leaves_nothing(self, channel, clients, settings):
        channel.join("c1", "administrator")
        channel.subscribe("c1")
        channel.subscribe("c1", "task-status", id="more")

        channel.end("c1")
        channel.end("c1")

        assert items(clients, settings) == []

    def test_one_that_is_gone_is_forgotten(self, channel, application, gateway, clients, settings):
        channel.join("c1", "administrator")
        channel.subscribe("c1")
        gateway.faults["c1"] = "GoneException"

        tell(application)
        tell(application)

        assert gateway.tries["c1"] == 1
        assert items(clients, settings) == []

    def test_what_is_left_of_one_that_is_gone_is_removed(
        self, channel, application, gateway, clients, settings
    ):
        channel.join("c1", "reader")
        channel.subscribe("c1", "task-status")
        table = f"{settings.resource_prefix}connections"
        key = {"pk": {"S": "CONNECTION#c1"}, "sk": {"S": "CONNECTION"}}
        clients.dynamodb.delete_item(TableName=table, Key=key)
        gateway.faults["c1"] = "GoneException"

        tell(application)

        assert items(clients, settings) == []

    def test_a_throttled_post_is_tried_again(self, channel, application, gateway, counted):
        channel.join("c1", "reader")
        channel.subscribe("c1")
        gateway.faults["c1"], gateway.times["c1"] = "LimitExceededException", 3

        tell(application)

        assert gateway.tries["c1"] == 4
        assert (counted(Metric.LIVE_MESSAGES_SENT), counted(Metric.LIVE_MESSAGES_DROPPED)) == (1, 0)

    @pytest.mark.parametrize(
        ("fault", "tries"), [("LimitExceededException", 4), ("ForbiddenException", 1)]
    )
    def test_a_dropped_message_is_counted_and_told_with_the_next(
        self, channel, application, gateway, counted, fault, tries
    ):
        channel.join("c1", "reader")
        channel.subscribe("c1")
        gateway.faults["c1"], gateway.times["c1"] = fault, tries

        tell(application)

        assert counted(Metric.LIVE_MESSAGES_DROPPED) == 1
        assert gateway.tries["c1"] == tries
        assert channel.say("c1", {"type": "ping"})["missed"] == 1
        tell(application)
        assert gateway.told("c1")[-1]["missed"] == 1

    def test_others_are_told_while_a_slow_one_waits(
        self, channel, application, gateway, counted, monkeypatch
    ):
        monkeypatch.setattr(posts, "ANSWER_SECONDS", 60)
        for number in range(8):
            channel.join(f"c{number}", "reader")
            channel.subscribe(f"c{number}", "task-status")
        gateway.faults["c0"], gateway.last = "slow", 8

        tell(application)

        assert counted(Metric.LIVE_MESSAGES_SENT) == 8

    def test_a_post_without_an_answer_is_dropped_alone(
        self, channel, application, gateway, counted
    ):
        for number in range(3):
            channel.join(f"c{number}", "reader")
            channel.subscribe(f"c{number}", "task-status")
        gateway.faults["c0"] = "slow"

        tell(application)

        assert (counted(Metric.LIVE_MESSAGES_SENT), counted(Metric.LIVE_MESSAGES_DROPPED)) == (2, 1)
        assert gateway.tries["c0"] == 1
        assert channel.say("c0", {"type": "ping"})["missed"] == 1

    def test_after_its_time_nobody_is_told(
        self, channel, application, gateway, counted, monkeypatch
    ):
        channel.join("c1", "reader")
        channel.subscribe("c1")
        monkeypatch.setattr(fan_out, "LEFT_SECONDS", 61)

        tell(application)

        assert not gateway.told("c1")
        assert counted(Metric.LIVE_MESSAGES_DROPPED) == 1
        assert channel.say("c1", {"type": "ping"})["missed"] == 1

    def test_one_whose_token_is_over_is_closed(
        self, channel, application, gateway, clients, settings, monkeypatch
    ):
        until = int(time.time()) + 300
        channel.join("c1", "reader", exp=str(until))
        channel.subscribe("c1")
        monkeypatch.setattr(time, "time", lambda: until)

        tell(application)

        assert (gateway.closed, gateway.told("c1")) == (["c1"], [])
        assert items(clients, settings) == []

    def test_a_large_content_is_left_out(self, channel, application, gateway):
        channel.join("c1", "reader")
        channel.subscribe("c1")

        tell(application, content={"text": "ä" * (LARGEST_MESSAGE // 2)})

        (told,) = gateway.told("c1")
        assert (told["content"], told["location"]) == (None, TASK_PLACE)

    def test_many_pages_are_read(self, channel, application, gateway, monkeypatch):
        monkeypatch.setattr("cqrs.notifications.listeners.PAGE", 2)
        for number in range(5):
            channel.join(f"c{number}", "reader")
            channel.subscribe(f"c{number}", "task-status")

        tell(application)

        assert gateway.tries.total() == 5

    def test_the_handlers_are_called_too(self, channel, application, gateway):
        told: list[str] = []
        application.on_notification("task-status")(
            lambda notification: told.append(notification.sk)
        )
        channel.join("c1", "reader")
        channel.subscribe("c1")

        tell(application)

        assert told == [TASK[1]]
        assert len(gateway.told("c1")) == 1

    def test_whatever_fails_the_handlers_are_called(self, application, monkeypatch):
        told: list[str] = []
        application.on_notification("task-status")(
            lambda notification: told.append(notification.sk)
        )

        def broken(*_: Any, **__: Any) -> Any:
            raise RuntimeError

        monkeypatch.setattr(application.services.store, "query", broken)
        tell(application)

        assert told == [TASK[1]]

    def test_a_message_for_listeners_alone_reaches_no_handler(self, channel, application, gateway):
        told: list[Any] = []
        application.on_notification("command-status")(told.append)
        channel.join("c1", "reader")
        channel.subscribe("c1")

        tell(application, "command-status", "NOTE#acme", "NOTE#1@1", audience="listeners")

        assert told == []
        assert len(gateway.told("c1")) == 1


class TestCommands:
    """The end of a command is told if somebody listens."""

    def end(self, application) -> None:
        image = {
            "pk": {"S": f"NOTE#{TENANT}"},
            "sk": {"S": "NOTE#1@1"},
            "version": {"N": "1"},
            "status": {"S": "FINISHED"},
            "requestId": {"S": "run-1"},
        }
        event = stream_event(image, event_name="MODIFY")
        assert application.handle(event, lambda: 60_000) == {"batchItemFailures": []}

    def queued(self, clients, settings) -> list[dict[str, Any]]:
        answer = clients.sqs.receive_message(
            QueueUrl=settings.notification_queue_url, MaxNumberOfMessages=10
        )
        return [json.loads(one["Body"]) for one in answer.get("Messages", [])]

    def test_without_a_listener_nothing_is_sent(self, channel, application, clients, settings):
        channel.join("c1", "reader")
        channel.subscribe("c1", "task-status")
        channel.join("c2", "reader", tenant="beta")
        channel.subscribe("c2", "command-status")

        self.end(application)

        assert self.queued(clients, settings) == []

    def test_for_a_listener_a_message_is_sent(self, channel, application, clients, settings):
        channel.join("c1", "reader")
        channel.subscribe("c1", "command-status")

        self.end(application)

        (told,) = self.queued(clients, settings)
        assert (told["action"], told[AUDIENCE]) == ("command-status", "listeners")
        assert told["content"]["status"] == "FINISHED"
