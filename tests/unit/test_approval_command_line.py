"""`cqrs approvals` and `cqrs doctor` on damaged requests and on what was left half done."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalStatus, WaitingState
from cqrs.aws.item_store import Update
from cqrs.healing.healer import Report
from cqrs.services import Services
from tests.unit.crashing import Crash, Crasher
from tests.unit.operating import Operator
from tests.unit.test_doctor import LONG_AGO
from tests.unit.waiting_executions import WaitingExecutions

TENANT = "acme"
KEY = ApprovalKey.make(TENANT, "close-JFK")


@pytest.fixture
def executions(clients) -> WaitingExecutions:
    clients.recorded = WaitingExecutions()
    return clients.recorded


@pytest.fixture
def services(settings, clients, executions) -> Services:
    """An environment with a request that waits."""
    services = Services(settings, clients)
    ask(services, executions, KEY)
    return services


@pytest.fixture
def cqrs(services, monkeypatch, capsys) -> Operator:
    return Operator(services, monkeypatch, capsys)


def ask(services: Services, executions: WaitingExecutions, key: ApprovalKey) -> WaitingState:
    token = f"token-{key.sk}"
    waiting = WaitingState(token, executions.wait(key.sk, token), "000000#2026-01-01#000000")
    services.approvals.create_approval_request(key, f"Title of {key.sk}", {}, waiting)
    return waiting


def damage(services: Services, key: ApprovalKey, name: str) -> None:
    table = services.settings.approvals_table
    services.store.update(Update(table, key.pk, key.sk, remove=[name]))


def age(services: Services, key: ApprovalKey, name: str, moment: str = LONG_AGO) -> None:
    table = services.settings.approvals_table
    services.store.update(Update(table, key.pk, key.sk, {name: moment}))


def answer_and_die(services: Services, executions: WaitingExecutions) -> None:
    """Let a process end when it has recorded an answer."""
    crasher = Crasher([executions], "before-call", 1)
    with pytest.raises(Crash):
        services.approvals.approve(KEY, "ann")
    crasher.disarm()


def status(services: Services, key: ApprovalKey = KEY) -> ApprovalStatus:
    return services.approvals.get_request(key).status


@pytest.mark.parametrize("command", ["show", "approve", "heartbeat"])
def test_a_damaged_request_is_told_with_its_missing_attribute(cqrs, services, command):
    damage(services, KEY, "waitingSince")

    ended = cqrs.run("approvals", command, str(KEY))

    assert (ended.code, ended.out) == (1, "")
    told = " ".join(ended.err.split())
    assert f"{KEY} is damaged: its attribute waitingSince is missing" in told
    assert "Mend its item in the approvals table" in told


def test_a_damaged_request_does_not_hide_the_others(cqrs, services, executions):
    sound = ApprovalKey.make(TENANT, "sound")
    ask(services, executions, sound)
    damage(services, KEY, "title")

    listed = cqrs.run("--json", "approvals", "list", "--tenant", TENANT).document
    shown = cqrs.run("approvals", "list", "--tenant", TENANT)

    assert [request["id"] for request in listed["items"]] == [str(sound)]
    for told in (listed["note"], " ".join(shown.out.split())):
        assert f"{KEY} is damaged: its attribute title is missing" in told
    assert str(sound) in shown.out


@pytest.mark.parametrize("command", ["approve", "reject"])
def test_another_reason_for_the_same_answer_is_told_not_to_be_kept(cqrs, services, command):
    answer = ["--json", "approvals", command, str(KEY), "--by", "ann", "--reason"]
    first = cqrs.run(*answer, "wet").document

    again = cqrs.run(*answer, "dry").document

    assert again.pop("note") == (
        "You had given this answer before; the reason recorded then stays as it was."
    )
    assert again == first == cqrs.run(*answer, "wet").document
    assert services.approvals.get_request(KEY).reason == "wet"


def test_an_answer_without_a_reason_says_nothing_of_the_one_before(cqrs):
    answer = ["approvals", "approve", str(KEY), "--by", "ann"]
    first = cqrs.run(*answer, "--reason", "wet")

    assert cqrs.run(*answer).out == first.out


def test_a_request_is_closed_for_a_cause(cqrs, services, executions):
    closed = cqrs.run("--json", "approvals", "close", str(KEY), "--cause", "sold").document

    assert (closed["status"], closed["cause"]) == ("EXPIRED", "sold")
    assert executions.failures == {f"token-{KEY.sk}": "ApprovalExpired"}
    assert cqrs.run("--json", "approvals", "close", str(KEY)).document == closed
    assert services.approvals.list_pending(TENANT).requests == []


def test_a_request_whose_execution_has_gone_can_be_closed(cqrs, services, executions):
    executions.forget(services.approvals.get_request(KEY).execution)

    assert cqrs.run("approvals", "close", str(KEY)).code == 0

    assert status(services) is ApprovalStatus.EXPIRED


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["APPROVAL#acme/other"], "There is no approval request"),
        (["JFK"], "is not the id of an approval request"),
        ([str(KEY), "--cause", ""], "cause is ''"),
    ],
)
def test_what_cannot_be_closed_is_told(cqrs, services, arguments, says):
    ended = cqrs.run("approvals", "close", *arguments)

    assert (ended.code, ended.out) == (1, "")
    assert says in " ".join(ended.err.split())
    assert status(services) is ApprovalStatus.PENDING


class TestDoctor:
    def test_a_request_that_waits_is_no_finding(self, cqrs):
        assert cqrs.items("doctor") == []

    def test_an_answer_has_time_to_be_delivered(self, cqrs, services, executions):
        answer_and_die(services, executions)

        assert cqrs.items("doctor") == []

    def test_an_answer_that_was_never_delivered_is_delivered(self, cqrs, services, executions):
        answer_and_die(services, executions)
        age(services, KEY, "answeredAt")

        (row,) = cqrs.items("doctor", code=1)
        assert (row["problem"], row["subject"]) == ("answer that was not delivered", str(KEY))
        assert row["detail"] == f"APPROVED by ann at {LONG_AGO}"
        assert row["repair"] == "cqrs --env test doctor --fix"
        assert executions.results == {}

        (row,) = cqrs.items("doctor", "--fix")
        assert row["fixed"]
        assert executions.results[f"token-{KEY.sk}"]["by"] == "ann"
        assert cqrs.items("doctor") == []

    @pytest.mark.parametrize(
        "moment", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59Z"], ids=["first", "last"]
    )
    def test_an_answer_of_any_time_is_delivered(self, cqrs, services, executions, moment):
        answer_and_die(services, executions)
        age(services, KEY, "answeredAt", moment)

        (row,) = cqrs.items("doctor", code=1)
        assert row["problem"] == "answer that was not delivered"
        (row,) = cqrs.items("doctor", "--fix")
        assert row["fixed"]
        assert executions.results[f"token-{KEY.sk}"]["by"] == "ann"

    def test_an_answer_of_any_time_that_nobody_waits_for_is_told(self, cqrs, services, executions):
        answer_and_die(services, executions)
        age(services, KEY, "answeredAt", "0001-01-01T00:00:00+00:00")
        executions.time_out(f"token-{KEY.sk}")

        (row,) = cqrs.items("doctor", "--fix")

        assert "closed, as its answer came too late" in row["detail"]
        assert cqrs.items("doctor") == []

    def test_what_a_repair_cannot_read_is_not_fixed_and_hides_no_other(
        self, cqrs, services, executions, monkeypatch
    ):
        answer_and_die(services, executions)
        age(services, KEY, "answeredAt")
        monkeypatch.setattr(services.approvals, "deliver", lambda _key: {}["state"])

        (row,) = cqrs.items("doctor", "--fix", code=1)

        assert not row["fixed"]
        assert f"not fixed: ValidationError: What {KEY} holds" in row["detail"]

    def test_an_answer_that_comes_too_late_is_told_once(self, cqrs, services, executions):
        answer_and_die(services, executions)
        age(services, KEY, "answeredAt")
        executions.time_out(f"token-{KEY.sk}")

        (row,) = cqrs.items("doctor", "--fix")

        assert row["fixed"]
        assert "; closed, as its answer came too late: Nobody waits for the" in row["detail"]
        assert cqrs.items("doctor") == []

    def test_an_answer_that_comes_too_late_is_not_left_to_a_person(self, services, executions):
        answer_and_die(services, executions)
        age(services, KEY, "answeredAt")
        executions.time_out(f"token-{KEY.sk}")

        assert services.healer().heal() == Report(healed=1)
        assert status(services) is ApprovalStatus.EXPIRED

    @pytest.mark.parametrize("end", ["FAILED", "SUCCEEDED", None])
    def test_a_request_whose_execution_has_gone_is_closed(self, cqrs, services, executions, end):
        execution = services.approvals.get_request(KEY).execution
        if end is None:
            executions.forget(execution)
        else:
            executions.end(execution, end)
            assert cqrs.items("doctor") == []  # the event may be on its way
            executions.long_ended(execution)

        (row,) = cqrs.items("doctor", "--fix")

        assert row["problem"] == "approval request that is not closed"
        assert row["detail"] == f"pending, and its execution is {end or 'not known'}"
        assert status(services) is ApprovalStatus.EXPIRED
        assert cqrs.items("doctor") == []

    def test_a_request_that_was_not_closed_to_the_end_is(self, cqrs, services, executions):
        crasher = Crasher([executions], "before-call", 0)
        with pytest.raises(Crash):
            services.approvals.close(KEY)
        crasher.disarm()
        assert cqrs.items("doctor") == []
        age(services, KEY, "closedAt")

        (row,) = cqrs.items("doctor", "--fix")

        assert row["detail"] == f"EXPIRED at {LONG_AGO}, and perhaps not told"
        assert executions.failures == {f"token-{KEY.sk}": "ApprovalExpired"}
        assert cqrs.items("doctor") == []

    @pytest.mark.parametrize("name", ["title", "taskToken"])
    def test_a_damaged_request_is_a_finding_of_its_own(self, cqrs, services, executions, name):
        damage(services, KEY, name)
        gone = ApprovalKey.make(TENANT, "gone")
        executions.forget(ask(services, executions, gone).execution)

        rows = {row["subject"]: row for row in cqrs.items("doctor", "--fix", code=1)}

        damaged = rows[f"{KEY.pk} {KEY.sk}"]
        assert damaged["problem"] == "approval request that cannot be read"
        assert f"its attribute {name} is missing" in damaged["detail"]
        assert damaged["repair"].endswith("item of the table test-cqrs-approvals")
        assert not damaged["fixed"]
        assert rows[str(gone)]["fixed"]

    def test_a_request_of_another_account_hides_no_other(
        self, cqrs, services, executions, monkeypatch
    ):
        foreign = ask(services, executions, ApprovalKey.make(TENANT, "foreign")).execution
        gone = ApprovalKey.make(TENANT, "gone")
        executions.forget(ask(services, executions, gone).execution)
        describe = executions.describe_execution

        def only_own(**request: str) -> Any:
            if request["executionArn"] == foreign:
                told = {"Code": "AccessDeniedException", "Message": "not authorized"}
                raise ClientError({"Error": told}, "DescribeExecution")
            return describe(**request)

        monkeypatch.setattr(executions, "describe_execution", only_own)

        rows = {row["subject"]: row for row in cqrs.items("doctor", "--fix", code=1)}

        denied = rows[f"APPROVAL#{TENANT} foreign"]
        assert denied["problem"] == "approval request that cannot be examined"
        assert "not authorized" in denied["detail"]
        assert rows[str(gone)]["fixed"]


@pytest.mark.parametrize("request_id", ["close JFK", "close/JFK", "close\nJFK"])
def test_a_request_that_code_has_named_oddly_is_shown_and_closed(
    cqrs: Operator, services: Services, executions: WaitingExecutions, request_id: str
):
    key = ApprovalKey(KEY.pk, request_id)
    waiting = WaitingState("t", executions.wait("odd", "t"), "000000#2026-01-01#000000")
    services.approvals._records.create(key, "Odd", {}, waiting)
    listed = cqrs.items("approvals", "list", "--tenant", TENANT)

    shown = [cqrs.run("--json", "approvals", "show", request["id"]) for request in listed]
    closed = cqrs.run("--json", "approvals", "close", str(key))

    assert {ended.document["id"] for ended in shown} == {str(KEY), str(key)}
    assert closed.document["status"] == ApprovalStatus.EXPIRED
