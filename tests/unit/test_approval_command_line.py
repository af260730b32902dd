"""`cqrs approvals` on what is damaged, answered twice or to be closed."""

from __future__ import annotations

import pytest

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalStatus, WaitingState
from cqrs.item_store import Update
from cqrs.services import Services
from tests.unit.operating import Operator
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
