"""Dead letters and findings over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cqrs.application import Application
from cqrs.aws.item_store import Update
from cqrs.core.keys import CommandKey
from cqrs.resources import Queue, Table
from cqrs.storage.paging import cursor_of
from tests.unit.calling import Caller, with_api
from tests.unit.conftest import PREFIX
from tests.unit.letters import Letters
from tests.unit.test_doctor import LONG_AGO, fail, publish

LETTERS = "/v1/environment/dead-letters"
FINDINGS = "/v1/environment/findings"
ALARMS = "/v1/environment/alarms"
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture(autouse=True)
def _one_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cqrs.dead_letters.queue.LONG_POLL_SECONDS", 0)


@pytest.fixture
def application(settings, clients) -> Application:
    made = Application(with_api(settings, clients), clients)
    made.task("square")(lambda task: task.input["n"] ** 2)
    return made


@pytest.fixture
def operator(application) -> Caller:
    return Caller(application, "operator", **{"custom:tenants": "*"})


def add(clients: Any, source: str, *bodies: Any, **attributes: str) -> Letters:
    letters = Letters(clients, source)
    for body in bodies:
        letters.add(body, **attributes)
    return letters


def _broken(**_: Any) -> None:
    raise OSError("broken")


def ids(operator: Caller, source: str) -> list[str]:
    return [one["id"] for one in operator.ask("GET", f"{LETTERS}/{source}").body["letters"]]


def record(application: Application, key: CommandKey) -> dict[str, Any]:
    """The record of a command, as its table's stream has it."""
    services = application.services
    image = services.clients.dynamodb.get_item(
        TableName=services.settings.commands_table, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}
    )["Item"]
    return {
        "eventID": "1",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": (
            "arn:aws:dynamodb:ap-northeast-1:123456789012:table/"
            f"{services.settings.commands_table}/stream/2026"
        ),
        "dynamodb": {
            "Keys": {name: image[name] for name in ("pk", "sk")},
            "NewImage": image,
            "SequenceNumber": "1",
        },
    }


class TestLooking:
    def test_sources_are_counted(self, operator, clients):
        add(clients, Table.COMMANDS, "a", "b")
        told = {
            one["source"]: one["letters"] for one in operator.ask("GET", LETTERS).body["sources"]
        }
        assert (told["commands"], told["tasks"]) == (2, 0)

    def test_letters_are_listed_and_read(self, operator, clients):
        add(clients, Table.COMMANDS, "x" * 500, error="Odd", reason="It is odd.")

        listed = operator.ask("GET", f"{LETTERS}/commands").body
        (letter,) = listed["letters"]
        whole = operator.ask("GET", f"{LETTERS}/commands/{letter['id']}").body

        assert listed["not_shown"] == 0
        assert (letter["error"], letter["reason"]) == ("Odd", "It is odd.")
        assert letter["body"] == "x" * 80 + "..."
        assert whole == {**letter, "body": "x" * 500}
        assert operator.ask("GET", f"{LETTERS}/commands/{letter['id'][:8]}").status == 404
        assert operator.ask("GET", f"{LETTERS}/main").status == 404

    def test_a_list_is_bounded(self, operator, clients):
        add(clients, Table.COMMANDS, *map(str, range(7)))
        listed = operator.ask("GET", f"{LETTERS}/commands", limit="3").body
        assert (len(listed["letters"]), listed["not_shown"]) == (3, 4)

    def test_a_search_is_bounded(self, operator, clients, monkeypatch):
        letters = add(clients, Table.COMMANDS, *map(str, range(15)))
        monkeypatch.setattr("cqrs.api.calls.dead_letters.MOST_LETTERS", 5)

        answer = operator.ask("GET", f"{LETTERS}/commands/none")

        assert (answer.status, "the first 5 looked at" in answer.body["detail"]) == (404, True)
        assert len(letters.visible) == 10, "all are shown again at once"


class TestGivingBack:
    def test_a_queues_message_goes_back(self, operator, clients):
        letters = add(clients, Queue.NOTIFICATION, "one", "two")
        first = ids(operator, Queue.NOTIFICATION)[0]

        given = operator.ask("POST", f"{LETTERS}/{Queue.NOTIFICATION}/{first}/redrive", {})

        assert (given.status, given.body["result"]) == (200, "given back")
        url = clients.sqs.get_queue_url(QueueName=f"{PREFIX}{Queue.NOTIFICATION}")["QueueUrl"]
        (message,) = clients.sqs.receive_message(QueueUrl=url)["Messages"]
        assert {message["Body"], *letters.visible} == {"one", "two"}

    def test_a_streams_record_is_handled_within_the_invocation(
        self, application, operator, clients, step_functions
    ):
        application.commands.publish("NOTE#acme", "NOTE#1")
        key = CommandKey("NOTE#acme", "NOTE#1", 1)
        letters = add(clients, Table.COMMANDS, {"record": record(application, key)})
        (listed,) = operator.ask("GET", f"{LETTERS}/commands").body["letters"]
        assert listed["item"] == {"pk": "NOTE#acme", "sk": "NOTE#1@1"}
        letter = listed["id"]

        given = operator.ask("POST", f"{LETTERS}/commands/{letter}/redrive", {"reason": "mended"})

        assert (given.status, given.body["given_back"]) == (200, True)
        assert len(step_functions.started) == 1
        assert letters.visible == []

    def test_who_did_it_is_logged(self, operator, clients, caplog):
        add(clients, Queue.NOTIFICATION, "one")
        (letter,) = ids(operator, Queue.NOTIFICATION)
        place = f"{LETTERS}/{Queue.NOTIFICATION}/{letter}/redrive"
        operator.ask("POST", place, {"reason": "It is mended."})

        (line,) = [one for one in caplog.records if one.message == "Dead letter given back"]
        assert (line.by, line.why) == ("sub-1 (Jane Doe)", "It is mended.")
        assert (line.source, line.letter) == (Queue.NOTIFICATION, letter)

    def test_a_letter_that_nobody_can_read_stays(self, operator, clients):
        letters = add(clients, Table.COMMANDS, "no record")
        (letter,) = ids(operator, "commands")

        answer = operator.ask("POST", f"{LETTERS}/commands/{letter}/redrive", {})

        assert (answer.status, answer.kind) == (409, "letter-stays")
        assert "it is not JSON" in answer.body["detail"]
        assert letters.visible == ["no record"]

    def test_a_record_that_fails_stays(self, application, operator, clients, monkeypatch):
        application.commands.publish("NOTE#acme", "NOTE#1")
        key = CommandKey("NOTE#acme", "NOTE#1", 1)
        letters = add(clients, Table.COMMANDS, {"record": record(application, key)})
        (letter,) = ids(operator, "commands")
        monkeypatch.setattr(clients.recorded, "start_execution", _broken)

        answer = operator.ask("POST", f"{LETTERS}/commands/{letter}/redrive", {})

        assert answer.kind == "letter-stays"
        assert "OSError: broken" in answer.body["detail"]
        assert len(letters.visible) == 1

    def test_a_request_of_the_api_is_not_handled_again(self, application):
        forged = {"requestContext": {"http": {"method": "GET"}}, "version": "2.0", "rawPath": "/"}
        with pytest.raises(Exception, match="not handled again"):
            application.services.handles(forged)

    def test_all_go_back_and_those_that_do_not_stay(self, application, operator, clients):
        application.commands.publish("NOTE#acme", "NOTE#1")
        key = CommandKey("NOTE#acme", "NOTE#1", 1)
        good = {"record": record(application, key)}
        letters = add(clients, Table.COMMANDS, good, "bad", good)

        told = operator.ask("POST", f"{LETTERS}/commands/redrive", {}).body

        assert sorted(one["given_back"] for one in told["letters"]) == [False, True, True]
        assert (told["left"], told["stopped"]) == (0, None)
        assert letters.visible == ["bad"]

    def test_without_time_the_rest_stays(self, operator, clients, monkeypatch):
        add(clients, Queue.NOTIFICATION, "one", "two", "three")
        monkeypatch.setattr("cqrs.api.calls.dead_letters.MOST_LETTERS", 2)

        told = operator.ask("POST", f"{LETTERS}/{Queue.NOTIFICATION}/redrive", {}).body

        assert (len(told["letters"]), told["left"]) == (2, 1)

    def test_one_that_is_not_there_is_told(self, operator):
        for does in ("redrive", "discard"):
            answer = operator.ask("POST", f"{LETTERS}/commands/x/{does}", {"reason": "why"})
            assert (answer.status, answer.kind) == (404, "not-found")


class TestGivingUp:
    def test_a_letter_is_kept_with_who_and_why(self, operator, clients):
        letters = add(clients, Table.COMMANDS, "one", "two", error="Odd")
        first = next(
            one["id"]
            for one in operator.ask("GET", f"{LETTERS}/commands").body["letters"]
            if one["body"] == "one"
        )

        given_up = operator.ask("POST", f"{LETTERS}/commands/{first}/discard", {"reason": "old"})

        assert (given_up.status, given_up.body["result"]) == (200, "discarded")
        assert letters.visible == ["two"]
        listed = operator.ask("GET", "/v1/environment/discarded-letters").body
        (kept,) = listed["letters"]
        assert (kept["by"], kept["why"], kept["body"]) == ("sub-1 (Jane Doe)", "old", "one")
        assert (kept["record"], kept["message"]) == (given_up.body["record"], first)
        assert listed["cursor"] is None

    def test_a_reason_is_needed(self, operator, clients):
        letters = add(clients, Table.COMMANDS, "one")
        (letter,) = ids(operator, "commands")
        for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 2000}):
            assert operator.ask("POST", f"{LETTERS}/commands/{letter}/discard", body).status == 400
        assert letters.visible == ["one"]

    def test_records_are_listed_in_pages(self, operator, clients):
        add(clients, Table.COMMANDS, *map(str, range(3)))
        for letter in ids(operator, "commands"):
            operator.ask("POST", f"{LETTERS}/commands/{letter}/discard", {"reason": "old"})

        place = "/v1/environment/discarded-letters"
        first = operator.ask("GET", place, limit="2").body
        second = operator.ask("GET", place, limit="2", cursor=first["cursor"]).body

        bodies = [one["body"] for one in first["letters"] + second["letters"]]
        assert (sorted(bodies), second["cursor"]) == (["0", "1", "2"], None)
        assert operator.ask("GET", place, since="2999-01-01T00:00:00Z").body["letters"] == []
        for bad in (
            {"since": "now"},
            {"since": "2026-01-01"},
            {"cursor": "s3://other/discarded/x"},
        ):
            assert operator.ask("GET", place, **bad).status == 400


class TestFindings:
    @pytest.fixture
    def stuck(self, application) -> CommandKey:
        """A command that nobody has started."""
        (key,) = publish(application.services, 1)
        table = application.services.settings.commands_table
        application.services.store.update(
            Update(table, key.pk, key.sk, assign={"createdAt": LONG_AGO})
        )
        return key

    def test_nothing_is_wrong(self, operator):
        told = operator.ask("GET", FINDINGS).body
        assert (told["findings"], told["cursor"]) == ([], None)
        assert told["examined"] == told["examinations"]
        assert [one["examination"] for one in told["not_examined"]] == ["deployment"]

    def test_a_finding_is_repaired(self, operator, stuck, step_functions):
        (found,) = operator.ask("GET", FINDINGS).body["findings"]

        assert (found["subject"], found["can_be_repaired"]) == (str(stuck), True)
        (repair, retry) = found["remedies"]
        assert repair["path"] == f"{FINDINGS}/{found['id']}/repair"
        assert retry["path"] == "/v1/tenants/acme/items/NOTE/1/commands/1/retry"
        assert operator.ask("GET", found["executions"]).body["lane"] == "standard"
        told = operator.ask(repair["method"], repair["path"]).body
        assert [one["repaired"] for one in told["repairs"]] == [True]
        assert len(step_functions.started) == 1
        assert operator.ask("GET", f"{FINDINGS}/{found['id']}").body == {"findings": []}
        assert operator.ask("POST", repair["path"]).body == {"repairs": []}

    def test_everything_that_is_safe_is_repaired(self, operator, stuck, clients, step_functions):
        add(clients, Table.COMMANDS, "bad")

        told = operator.ask("POST", f"{FINDINGS}/repair", {}).body

        assert [one["subject"] for one in told["repairs"]] == [str(stuck)]
        assert (told["cursor"], len(step_functions.started)) == (None, 1)

    def test_a_failed_command_takes_a_person(self, application, operator, execute):
        (key,) = publish(application.services, 1)
        fail(execute, key)
        (found,) = operator.ask("GET", FINDINGS).body["findings"]

        refused = operator.ask("POST", f"{FINDINGS}/{found['id']}/repair")

        assert (refused.status, refused.kind) == (409, "needs-a-person")
        assert refused.body["remedies"] == found["remedies"]
        (retry,) = found["remedies"]
        restarted = operator.ask(retry["method"], retry["path"])
        assert (restarted.status, restarted.body["restarted"][0]["attempt"]) == (200, 1)

    def test_dead_letters_are_found(self, operator, clients):
        letters = add(clients, Queue.NOTIFICATION, "one", "two")
        (found,) = operator.ask("GET", FINDINGS).body["findings"]

        assert (found["subject"], found["detail"]) == (Queue.NOTIFICATION, "2 messages")
        (redrive,) = found["remedies"]
        assert found["executions"] is None
        assert operator.ask(redrive["method"], redrive["path"], {}).status == 200
        assert letters.visible == []

    def test_pages_find_the_same(self, application, operator, execute, clients):
        for sk in ("NOTE#1", "NOTE#2", "NOTE#3"):
            (key,) = publish(application.services, 1, sk=sk)
            fail(execute, key)
        add(clients, Table.TASKS, "x")

        found, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            query = {"cursor": cursor} if cursor else {}
            told = operator.ask("GET", FINDINGS, limit="1", **query).body
            found += [one["subject"] for one in told["findings"]]
            cursor, pages = told["cursor"], pages + 1

        whole = [one["subject"] for one in operator.ask("GET", FINDINGS).body["findings"]]
        assert sorted(found) == sorted(whole)
        assert (len(whole), pages) == (4, 3)

    @pytest.mark.parametrize(
        ("limit", "status"),
        [
            ("20.0", 200),
            ("2e1", 200),
            ("1.5", 400),
            ("1e400", 400),
            ("-1e-400", 400),
            ("true", 400),
        ],
    )
    def test_a_whole_number_is_one_however_it_is_written(self, operator, limit, status):
        told = operator.ask("POST", f"{FINDINGS}/repair", f'{{"limit": {limit}}}')
        assert told.status == status, told

    def test_without_time_the_next_page_goes_on(self, operator, stuck, monkeypatch):
        monkeypatch.setattr("cqrs.api.time_limits.LOOK_SECONDS", -1)
        told = operator.ask("GET", FINDINGS).body
        assert (told["findings"], told["examined"]) == ([], [])
        monkeypatch.undo()
        (found,) = operator.ask("GET", FINDINGS, cursor=told["cursor"]).body["findings"]
        assert found["subject"] == str(stuck)

    def test_an_examination_that_is_refused_is_told(self, operator, clients, monkeypatch):
        def query(**_: Any) -> None:
            from botocore.exceptions import ClientError  # noqa: PLC0415

            raise ClientError({"Error": {"Code": "Gone", "Message": "no table"}}, "Query")

        monkeypatch.setattr(clients.dynamodb, "query", query)
        told = operator.ask("GET", FINDINGS).body
        reasons = {one["examination"]: one["reason"] for one in told["not_examined"]}
        assert "no table" in reasons["commands"]
        assert told["examined"] == ["dead-letters"]

    @pytest.mark.parametrize(
        ("word", "status"),
        [("x", 404), ("W10", 404), ("WzEsMiwzXQ", 404), ("~", 400), ("bnVsbA==", 404)],
    )
    def test_words_that_are_none_are_told(self, operator, word, status):
        for method, path in (("GET", ""), ("POST", "/repair")):
            assert operator.ask(method, f"{FINDINGS}/{word}{path}").status == status
        assert operator.ask("GET", FINDINGS, cursor=word).status == 400

    @pytest.mark.usefixtures("stuck")
    def test_no_answer_is_of_a_terminal(self, application, operator, execute, clients):
        (key,) = publish(application.services, 1, sk="NOTE#2")
        fail(execute, key)
        add(clients, Table.TASKS, "x")
        assert "cqrs " not in operator.ask("GET", FINDINGS).text


class TestFailedCommands:
    def test_those_of_the_tenant_are_listed(self, application, execute):
        for pk in ("NOTE#acme", "NOTE#globex", "OTHER#acme"):
            item = f"{pk.partition('#')[0]}#1"
            result = application.commands.publish(pk, item)
            fail(execute, result.key)
        application.commands.publish("NOTE#acme", "NOTE#9")
        reader = Caller(application, "reader")

        told = reader.ask("GET", "/failed-commands").body

        assert {(one["type"], one["id"]) for one in told["commands"]} == {
            ("NOTE", "1"),
            ("OTHER", "1"),
        }
        assert "globex" not in str(told)
        assert told["cursor"] is None
        only = reader.ask("GET", "/failed-commands", type="OTHER").body["commands"]
        assert [one["type"] for one in only] == ["OTHER"]

    def test_pages_find_the_same_even_within_a_millisecond(self, application, execute):
        services = application.services
        for number in range(6):
            result = application.commands.publish("NOTE#acme", f"NOTE#{number}")
            fail(execute, result.key)
            services.store.update(
                Update(
                    services.settings.commands_table,
                    result.key.pk,
                    result.key.sk,
                    assign={"createdAt": LONG_AGO, "unfinished": "3"},
                )
            )
        reader, found, cursor = Caller(application, "reader"), [], None
        while not found or cursor:
            query = {"cursor": cursor} if cursor else {}
            told = reader.ask("GET", "/failed-commands", limit="2", **query).body
            found += [one["id"] for one in told["commands"]]
            cursor = told["cursor"]
        assert sorted(found) == list("012345")

    def test_a_cursor_that_is_none_is_told(self, application):
        reader = Caller(application, "reader")
        for cursor in ("x", "W10", "WzEsMiwzXQ=="):
            assert reader.ask("GET", "/failed-commands", cursor=cursor).status == 400


def raise_alarm(clients: Any, name: str, state: str) -> None:
    """Make an alarm, and bring it to a state."""
    clients.cloudwatch.put_metric_alarm(
        AlarmName=name,
        AlarmDescription=f"It is about {name}.",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="errors",
        Namespace="test",
        Period=300,
        Statistic="Sum",
        Threshold=0,
    )
    clients.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="Tried out.")


class TestAlarms:
    def test_those_of_the_environment_that_are_not_quiet_are_told(self, operator, clients):
        raise_alarm(clients, f"{PREFIX}main-errors", "ALARM")
        raise_alarm(clients, f"{PREFIX}main-throttles", "OK")
        raise_alarm(clients, f"{PREFIX}main-slow", "INSUFFICIENT_DATA")
        raise_alarm(clients, "other-cqrs-main-errors", "ALARM")

        told = operator.ask("GET", ALARMS)

        assert told.status == 200
        assert (told.body["quiet"], told.body["cursor"]) == (1, None)
        alarms = {one["name"]: one for one in told.body["alarms"]}
        assert {name: one["state"] for name, one in alarms.items()} == {
            "main-errors": "ALARM",
            "main-slow": "INSUFFICIENT_DATA",
        }
        raised = alarms["main-errors"]
        assert raised["description"] == f"It is about {PREFIX}main-errors."
        assert raised["reason"] == "Tried out."
        since = datetime.fromisoformat(raised["since"])
        assert abs(datetime.now(UTC) - since) < timedelta(minutes=1)

    def test_an_environment_without_alarms_has_none_to_tell(self, operator):
        assert operator.ask("GET", ALARMS).body == {"alarms": [], "quiet": 0, "cursor": None}

    def test_a_page_goes_on_where_the_one_before_ended(self, operator, application):
        recorded = application.services.clients.cloudwatch = RecordedAlarms()

        first = operator.ask("GET", ALARMS, limit="1")
        operator.ask("GET", ALARMS, limit="1", cursor=first.body["cursor"])

        asked = {"AlarmNamePrefix": PREFIX, "AlarmTypes": ["MetricAlarm"], "MaxRecords": 1}
        assert recorded.requests == [asked, {**asked, "NextToken": "next"}]

    @pytest.mark.parametrize(
        "place", [["alarms", "foreign"], ["alarms", ""], ["alarms", "\ud800"], ["letters", "next"]]
    )
    def test_a_foreign_cursor_is_refused(self, operator, application, place):
        application.services.clients.cloudwatch = RecordedAlarms()

        refused = operator.ask("GET", ALARMS, cursor=cursor_of(place))

        assert (refused.status, "does not belong" in refused.body["detail"]) == (400, True)

    def test_all_pages_hold_no_more_than_cloudwatch_tells(self, operator):
        assert operator.ask("GET", ALARMS, limit="101").status == 400


class RecordedAlarms:
    """CloudWatch with two pages, as moto has but one; the token of the second is *next*."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def describe_alarms(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        if request.get("NextToken") not in {None, "next"}:
            told = {"Error": {"Code": "InvalidNextToken", "Message": "The token is invalid."}}
            raise ClientError(told, "DescribeAlarms")
        found = {"AlarmName": f"{PREFIX}main-errors", "StateValue": "OK"}
        page: dict[str, Any] = {"MetricAlarms": [found]}
        return page if "NextToken" in request else {**page, "NextToken": "next"}


class TestApprovals:
    def test_closing_keeps_who_and_why(self, application, step_functions):
        from cqrs.approvals.keys import ApprovalKey  # noqa: PLC0415
        from cqrs.approvals.models import WaitingState  # noqa: PLC0415

        arn = "arn:aws:states:ap-northeast-1:123456789012:execution:test-cqrs-closing:run-1"
        step_functions.statuses["run-1"] = "RUNNING"
        waiting = WaitingState("token-1", arn, "000000#2026-01-01T00:00:00Z#000000", 60)
        key = ApprovalKey.make("acme", "close-JFK")
        application.approvals.create_approval_request(key, "Close JFK?", {}, waiting)
        operator = Caller(application, "operator")

        closed = operator.ask("POST", "/approvals/close-JFK/close", {"reason": "obsolete"})

        assert (closed.status, closed.body["status"]) == (200, "EXPIRED")
        assert closed.body["cause"] == "sub-1 (Jane Doe) closed it: obsolete"
        late = operator.ask("POST", "/approvals/close-JFK/heartbeat")
        assert late.status == 409
