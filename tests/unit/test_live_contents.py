"""Contents of live notifications have the names and ids that the HTTP API has."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs.api import schemas
from cqrs.api.live.contents import content_of
from cqrs.approvals import notifier
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalRequest, ApprovalStatus
from cqrs.commands import stream as commands
from cqrs.core.keys import CommandKey
from cqrs.imports import stream as imports
from cqrs.imports.keys import ImportKey
from cqrs.notifications.queue import Action, Notification
from cqrs.tasks import stream as tasks
from cqrs.tasks.keys import TaskKey

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def told(action: str, key: Any, content: dict[str, Any]) -> dict[str, Any]:
    return content_of(Notification(action, key.pk, key.sk, "acme", content))


def test_a_task_is_as_its_route_shows_it():
    key = TaskKey("SFN_TASK#acme", f"square#{ULID}")
    last = {"sk": f"square#{ULID}#0001", "status": "FAILED"}
    item = {
        "kind": "STEP_FUNCTION", "status": "PROCESSING", "attempt": 1, "lastSubTask": last,
        "total": 2, "succeeded": 0, "failed": 1, "error": "E", "cause": "why",
    }  # fmt: skip

    content = told(Action.TASK_STATUS, key, tasks._content(key, item))

    assert content.pop("sub_task") == {"id": f"SFN_TASK.square.{ULID}.0001", "status": "FAILED"}
    assert content["id"] == f"SFN_TASK.square.{ULID}"
    assert content.keys() <= schemas.TASK["properties"].keys()


def test_an_import_is_as_its_route_shows_it_and_tells_no_place_in_the_bucket():
    key = ImportKey("CSV_IMPORT#acme", f"places#{ULID}")
    item = {
        "target": "places", "status": "FAILED", "bucket": "secret", "startedAt": "s",
        "key": f"uploads/acme/{ULID}-a.csv", "errorsKey": "imports/x", "finishedAt": "f",
        "errorsListed": 9,
    }  # fmt: skip

    content = told(Action.IMPORT_STATUS, key, imports._content(key, item))

    assert (content["id"], content["upload"]) == (f"places.{ULID}", f"{ULID}-a.csv")
    assert content.keys() <= schemas.IMPORT["properties"].keys()
    assert "secret" not in str(content)
    assert "imports/x" not in str(content)


def test_a_command_is_as_its_route_shows_it():
    key = CommandKey("AIRPORT#acme", "AIRPORT#KIX", 3)
    item = dict.fromkeys(commands.TOLD, "x")

    content = told(Action.COMMAND_STATUS, key, commands._content(key, item))

    assert (content["type"], content["id"], content["version"]) == ("AIRPORT", "KIX", 3)
    assert content.keys() <= schemas.COMMAND["properties"].keys()


def test_a_request_is_as_its_route_shows_it():
    key = ApprovalKey.make("acme", "close-KIX")
    request = ApprovalRequest(
        key, "Close?", {}, ApprovalStatus.APPROVED, "execution", "t",
        expires_at="e", answered_at="a", answered_by="b", reason="r", cause="w",
    )  # fmt: skip

    content = told(Action.APPROVAL_STATUS, key, notifier._content(request))

    assert content["id"] == "close-KIX"
    assert content.keys() <= schemas.APPROVAL["properties"].keys()


@pytest.mark.parametrize("content", [{"status": 1, "startedAt": 2, "key": 3}, {}])
def test_an_own_kind_is_told_as_it_was_sent(content: dict[str, Any]):
    key = CommandKey("STOCK#acme", "STOCK#1", 1)
    assert told("stock-low", key, content) == content


def test_what_no_project_has_sent_is_told_all_the_same():
    key = CommandKey("odd#acme", "odd", 1)
    assert told(Action.TASK_STATUS, key, {"status": "X", "subTask": 5}) == {
        "status": "X",
        "sub_task": 5,
    }
