"""Invocations of the deployed function that the event sources do not make by themselves."""

from __future__ import annotations

import boto3.dynamodb.types
import pytest

from cqrs.commands.models import FIRST
from tests.integration.deployed import Deployed, wait_for

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
    item = deployed.services.store.get(deployed.services.settings.commands_table, pk, result.key.sk)

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
    ],
)
def test_a_mistake_of_a_direct_caller_is_an_answer(deployed: Deployed, action, payload, error):
    answer, fault = deployed.invoke({"source": "direct", "action": action, "payload": payload})

    assert fault is None
    assert (answer["status"], answer["error"]) == ("error", error)
    assert answer["cause"]


def test_no_test_left_a_message_behind(deployed: Deployed):
    assert wait_for(lambda: deployed.dead_letters() == 0 or None, "empty dead-letter queues")
