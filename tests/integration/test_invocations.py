"""Invocations of the deployed function that the event sources do not make by themselves."""

from __future__ import annotations

import urllib.request
from typing import Any

import boto3.dynamodb.types
import pytest

from cqrs.commands.models import FIRST, CommandStatus
from tests.integration.deployed import Deployed, wait_for

pytestmark = pytest.mark.verifiable

SK = "NOTE#1"


def stream_event(deployed: Deployed, item: dict) -> dict:
    serialize = boto3.dynamodb.types.TypeSerializer().serialize
    image = {name: serialize(value) for name, value in item.items()}
    table = deployed.services.settings.commands_table
    return {
        "Records": [
            {
                "eventID": "1",
                "eventName": "INSERT",
                "eventSource": "aws:dynamodb",
                "eventSourceARN": f"arn:aws:dynamodb:ap-northeast-1:000000000000:table/{table}"
                "/stream/2026-01-01T00:00:00.000",
                "dynamodb": {
                    "Keys": {name: image[name] for name in ("pk", "sk")},
                    "NewImage": image,
                    "SequenceNumber": "111",
                },
            }
        ]
    }


def test_a_record_delivered_again_starts_nothing(deployed: Deployed, tenant):
    pk = f"NOTE#{tenant}"
    result = deployed.services.commands.publish(pk, SK, attributes={"n": 1}, version=FIRST)
    deployed.execution(result.key, result.request_id)
    item = {**deployed.stored_command(result.key), "status": CommandStatus.PUBLISHED.value}

    answer, error = deployed.invoke(stream_event(deployed, item))

    assert (answer, error) == ({"batchItemFailures": []}, None)
    assert deployed.services.data.get(pk, SK).version == 1


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        "text",
        {"source": "nobody"},
        {"Records": []},
        {"Records": [{"eventSource": "aws:x"}]},
    ],
)
def test_an_unknown_event_is_refused(deployed: Deployed, event):
    answer, error = deployed.invoke(event)

    assert error is not None
    assert "Known are" in answer["errorMessage"] or "known are" in answer["errorMessage"]


@pytest.mark.parametrize(
    ("action", "payload", "error"),
    [
        ("fly", {}, "ValidationError"),
        ("publish_sync", {"pk": "NOTE#x"}, "ValidationError"),
        ("publish_sync", {"pk": "NOTE", "sk": "x"}, "ValidationError"),
        ("publish_sync", {"pk": "NOTE#x", "sk": "x", "version": 7}, "VersionConflict"),
        ("get_data", {"pk": "NOTE#x", "sk": 7}, "ValidationError"),
        ("list_tasks", {"tenant": "x", "limit": "10"}, "ValidationError"),
        ("retry_command", {"pk": "NOTE#x", "sk": "x@1"}, "NotFoundError"),
    ],
)
def test_a_mistake_of_a_direct_caller_is_an_answer(deployed: Deployed, action, payload, error):
    answer, fault = deployed.invoke({"source": "direct", "action": action, "payload": payload})

    assert fault is None
    assert (answer["status"], answer["error"]) == ("error", error)
    assert answer["cause"]


def ask(deployed: Deployed, action: str, **payload: Any) -> Any:
    answer, fault = deployed.invoke({"source": "direct", "action": action, "payload": payload})
    assert fault is None, answer
    assert answer["status"] == "ok", answer
    return answer["result"]


def test_a_direct_caller_publishes_and_reads(deployed: Deployed, tenant: str):
    pk = f"NOTE#{tenant}"
    for number in (1, 2):
        ask(deployed, "publish_sync", pk=pk, sk=SK, attributes={"n": number})

    command = ask(deployed, "get_command", pk=pk, sk=f"{SK}@2")
    latest = ask(deployed, "get_data", pk=pk, sk=SK)
    listed = ask(deployed, "list_data", pk=pk)
    earlier = ask(deployed, "list_history", pk=pk, sk=SK)

    assert (command["status"], command["attributes"]) == ("FINISHED", {"n": 2})
    assert (latest["version"], latest["request_id"]) == (2, command["request_id"])
    assert listed == {"items": [latest], "cursor": None, "damaged": []}
    assert [state["attributes"] for state in earlier["items"]] == [{"n": 1}]


def test_a_direct_caller_follows_an_import_to_its_rejected_rows(deployed: Deployed, tenant: str):
    bucket, key = deployed.services.settings.bucket, f"uploads/{tenant}/one.csv"
    file = "iata,name,city,state,country,latitude,longitude\nXXX,Nowhere,A,NA,USA,95.2,0\n"
    deployed.services.clients.s3.put_object(Bucket=bucket, Key=key, Body=file.encode())
    made = ask(
        deployed,
        "create_csv_import",
        bucket=bucket,
        key=key,
        target="airports",
        tenant=tenant,
        mode="DIRECT",
    )

    def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = ask(deployed, "get_csv_import", id=made["id"])
        return None if job["finished_at"] is None else job

    job = wait_for(ended, "the import's end")
    link = ask(deployed, "get_rejected_rows_link", id=made["id"])

    assert (job["status"], job["counts"]["failed"]) == ("COMPLETED_WITH_ERRORS", 1)
    with urllib.request.urlopen(link["url"], timeout=10) as errors:  # noqa: S310 - the emulator
        assert b"latitude is '95.2'" in errors.read()


@pytest.mark.emulator_only("counts the dead letters of all")
def test_no_test_left_a_message_behind(deployed: Deployed):
    assert wait_for(lambda: deployed.dead_letters() == 0 or None, "empty dead-letter queues")
