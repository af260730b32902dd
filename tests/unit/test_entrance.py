"""Aliases of the function: each lets in what it is for, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cqrs.actions import ACTIONS
from cqrs.application import Application
from cqrs.errors import ConfigurationError, UnsupportedEventError
from tests.unit.sample_events import direct_event, sqs_event, state_payload, stream_event

FUNCTION = "arn:aws:lambda:ap-northeast-1:123456789012:function:test-cqrs-main"
NIGHTLY = f"{FUNCTION}:nightly"
TASK = "SFN_TASK#{}/route_distances#01ARZ3NDEKTSV4RRFFQ69G5FAV"
IMPORT = "CSV_IMPORT#{}/airports#01ARZ3NDEKTSV4RRFFQ69G5FAV"
APPROVAL = "APPROVAL#{}/close-KIX"
AIRPORT = {"sk": "AIRPORT#KIX"}


@pytest.fixture
def application(settings, clients) -> Application:
    aliases = json.dumps({"nightly": ["acme", "beta"]})
    return Application(replace(settings, function_aliases=aliases), clients)


def of_tenant(tenant: str, bucket: str) -> dict[str, dict[str, Any]]:
    """A payload of each action that works on something of a tenant."""
    airport = {"pk": f"AIRPORT#{tenant}", "sk": "AIRPORT#KIX"}
    command = {"pk": f"AIRPORT#{tenant}", "sk": "AIRPORT#KIX@1"}
    file = {"bucket": bucket, "key": f"uploads/{tenant}/a.csv", "target": "airports"}
    by_id = {
        "task": {"id": TASK.format(tenant)},
        "import": {"id": IMPORT.format(tenant)},
        "approval": {"id": APPROVAL.format(tenant), "by": "Jane", "reason": "As agreed."},
    }
    listed = {"tenant": tenant}
    return {
        **dict.fromkeys(("publish", "publish_sync", "get_data", "list_data"), airport),
        **dict.fromkeys(("get_newest_version", "list_history"), airport),
        "publish_partial_update": {**airport, "version": 1},
        "publish_partial_update_sync": {**airport, "version": 1},
        "check_item": {**airport, "attributes": {}},
        **dict.fromkeys(("get_command", "get_command_status", "retry_command"), command),
        "get_command_obstacle": command,
        "get_history": {**airport, "version": 1},
        "create_task": {**listed, "task_type": "route_distances", "payload": {}},
        "create_step_function_task": {**listed, "task_type": "route_distances", "items": [1]},
        **dict.fromkeys(("get_task", "list_sub_tasks", "cancel_task", "retry_task"), by_id["task"]),
        "create_csv_import": {**listed, **file},
        **dict.fromkeys(
            (
                "cancel_csv_import",
                "get_csv_import",
                "list_rejected_rows",
                "list_passed_over_rows",
                "get_rejected_rows_link",
            ),
            by_id["import"],
        ),
        **dict.fromkeys(
            ("get_approval", "approve", "reject", "heartbeat_approval", "close_approval"),
            by_id["approval"],
        ),
        **dict.fromkeys(("list_tasks", "list_csv_imports", "list_pending_approvals"), listed),
        "replay_item": {**airport, "name": "airports_by_country"},
        "replay_read_model": {**listed, "name": "airports_by_country"},
    }


OF_READ_MODELS = [
    "list_read_models",
    "show_read_model",
    "estimate_rebuild",
    "rebuild_read_model",
    "replay_progress",
    "cut_over_read_model",
    "roll_back_read_model",
    "cancel_rebuild",
    "drop_read_model",
]
"""Actions on read models as a whole, which show the items of all tenants."""

OF_ERASERS = {
    "forget_item": {"pk": "AIRPORT#acme", "sk": "AIRPORT#KIX"},
    "forget_tenant": {"tenant": "acme"},
}

ACTIONS_OF_TENANTS = sorted(of_tenant("acme", "bucket"))


def test_every_action_is_tried():
    names = {name for names in ACTIONS.values() for name in names}
    assert names - set(ACTIONS_OF_TENANTS) == {
        "heal",
        "list_item_types",
        *OF_READ_MODELS,
        *OF_ERASERS,
    }


@pytest.mark.parametrize("action", OF_READ_MODELS)
def test_what_concerns_all_tenants_is_refused(action, application, requests):
    event = direct_event(action, name="airports_by_country")
    requests.operations.clear()

    answer = application.handle(event, None, NIGHTLY)

    assert "is asked for no tenant" in answer["cause"]
    assert requests.operations == []


@pytest.mark.parametrize("action", OF_ERASERS)
def test_nobody_erases_by_an_alias(action, application, requests):
    requests.operations.clear()

    answer = application.handle(direct_event(action, **OF_ERASERS[action]), None, NIGHTLY)

    assert "belongs to an erasure" in answer["cause"]
    assert requests.operations == []


@pytest.mark.parametrize("action", ACTIONS_OF_TENANTS)
class TestEveryAction:
    def test_is_refused_for_another_tenant(self, action, application, settings, requests):
        payload = of_tenant("globex", settings.bucket)[action]
        requests.operations.clear()

        answer = application.handle(direct_event(action, **payload), None, NIGHTLY)

        assert answer["status"] == "error"
        assert "'globex'; this alias is for 'acme', 'beta'" in answer["cause"]
        assert requests.operations == []

    def test_is_let_in_for_its_own(self, action, application, settings):
        payload = of_tenant("acme", settings.bucket)[action]
        answer = application.handle(direct_event(action, **payload), None, NIGHTLY)
        assert "this alias" not in answer.get("cause", "")

    def test_is_let_in_by_the_function_itself(self, action, application, settings):
        payload = of_tenant("globex", settings.bucket)[action]
        for invoked in ("", FUNCTION, f"{FUNCTION}:7", f"{FUNCTION}:other"):
            answer = application.handle(direct_event(action, **payload), None, invoked)
            assert "this alias" not in answer.get("cause", "")


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("create_task", {"tenant": "acme", "id": TASK.format("globex")}),
        ("create_task", {"tenant": ["acme"]}),
        ("get_data", {"pk": "AIRPORT#acme", "sk": "x", "tenant": "globex"}),
        ("get_data", {"pk": "acme#globex", "sk": "x"}),
        ("get_data", {"pk": ["AIRPORT#acme"], "sk": "x"}),
        ("get_approval", {"id": "APPROVAL#acme/globex/close-KIX"}),
        ("get_approval", {"id": "APPROVAL#globex/close#acme"}),
        ("get_task", {"id": "acme"}),
        ("get_task", {}),
        ("get_task", None),
        ("heal", {}),
        ("heal", {"tenant": "acme", "pk": "AIRPORT#globex"}),
        ("", {}),
        ("nothing", {"tenant": "acme"}),
    ],
)
def test_doubtful_payloads_are_refused(application, requests, action, payload):
    event = {"source": "direct", "action": action, "payload": payload}
    requests.operations.clear()
    assert application.handle(event, None, NIGHTLY)["status"] == "error"
    assert requests.operations == []


@pytest.mark.parametrize(
    ("bucket", "key"),
    [
        (None, "uploads/globex/a.csv"),
        (None, "uploads/acme"),
        (None, "imports/acme/a.csv"),
        (None, "/uploads/acme/a.csv"),
        ("another", "uploads/acme/a.csv"),
    ],
)
def test_files_of_others_are_not_imported(application, settings, bucket, key):
    file = {"bucket": bucket or settings.bucket, "key": key}
    event = direct_event("create_csv_import", target="airports", tenant="acme", **file)
    answer = application.handle(event, None, NIGHTLY)
    assert "below uploads/acme/ alone" in answer["cause"]


def test_an_action_of_no_tenant_is_let_in(application):
    answer = application.handle(direct_event("list_item_types"), None, NIGHTLY)
    assert answer == {"status": "ok", "result": []}


def test_actions_of_an_application_are_not(application):
    @application.action("count")
    def count(tenant: str) -> int:
        raise AssertionError(tenant)

    answer = application.handle(direct_event("count", tenant="acme"), None, NIGHTLY)
    assert "Invoke the function itself" in answer["cause"]


@pytest.mark.parametrize(
    "event",
    [
        stream_event({"pk": "AIRPORT#acme", "sk": "AIRPORT#KIX@1"}),
        sqs_event("{}"),
        state_payload("set_ttl_command"),
    ],
    ids=["stream", "queue", "state"],
)
def test_events_of_other_sources_are_not(application, event):
    with pytest.raises(UnsupportedEventError, match="takes direct invocations alone"):
        application.handle(event, None, NIGHTLY)


def test_a_setting_that_is_no_json_lets_nothing_in(settings, clients):
    application = Application(replace(settings, function_aliases="{"), clients)
    with pytest.raises(ConfigurationError, match="FUNCTION_ALIASES is not JSON"):
        application.handle(direct_event("list_item_types"), None, NIGHTLY)
