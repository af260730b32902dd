"""Why a letter lies in a dead-letter queue, as far as it says so itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cqrs.events.large_letters import Summary
from cqrs.resources import Queue, Table
from tests.unit.conftest import PREFIX
from tests.unit.letters import Letters, place
from tests.unit.operating import Operator

QUEUE, TABLE = Queue.NOTIFICATION, Table.COMMANDS
SUMMARY = Summary("arn", "1", {}, 1, "dead-letters/commands/x.json").write()

NO_REASON = "no reason came with it"
TOO_OFTEN = f"{NO_REASON}: it was delivered as often as its queue allows"
FOREIGN = f"{NO_REASON}: neither the function nor Lambda writes such letters of a table"
NO_SUMMARY = f"{NO_REASON}: it calls itself a summary, and is none"
NO_TEXT = "its attribute reason is not text, but of the type Binary"


@pytest.fixture
def cqrs(services, monkeypatch, capsys) -> Operator:
    monkeypatch.setattr("cqrs.dead_letters.queue.LONG_POLL_SECONDS", 0)  # moto is one server
    return Operator(services, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("source", "body", "attributes", "error", "reason"),
    [
        (QUEUE, "hello", {"error": "KeyError", "reason": "why"}, "KeyError", "why"),
        (QUEUE, "hello", {"reason": "why"}, "", "why"),
        (QUEUE, "hello", {}, "", TOO_OFTEN),
        (QUEUE, "hello", {"kind": b"\1"}, "", TOO_OFTEN),
        (QUEUE, "hello", {"body": "mine"}, "", TOO_OFTEN),
        (QUEUE, "hello", {"reason": b"\1"}, "", NO_TEXT),
        (QUEUE, "hello", {"error": "KeyError", "reason": b"\1"}, "KeyError", NO_TEXT),
        (QUEUE, "hello", {"error": b"\1", "reason": b"\1"}, "", NO_TEXT),
        (QUEUE, "hello", {"error": b"\1", "reason": "why"}, "", "why"),
        (QUEUE, "hello", {"error": b"\1"}, "", NO_TEXT.replace("reason", "error")),
        (QUEUE, "hello", {"error": "KeyError"}, "KeyError", NO_REASON),
        (QUEUE, "hello", {"body": "summary"}, "", NO_SUMMARY),
        (QUEUE, "hello", {"body": "summary", "reason": "why"}, "", "why"),
        (QUEUE, "hello", {"body": "summary", "reason": b"\1"}, "", NO_TEXT),
        (QUEUE, "hello", {"body": "summary", "error": "KeyError"}, "KeyError", NO_SUMMARY),
        (QUEUE, SUMMARY, {"body": "summary"}, "", NO_REASON),
        (TABLE, place(1, 2), {}, "RetryAttemptsExhausted", "Unhandled"),
        (TABLE, place(1, 2), {"reason": b"\1"}, "", NO_TEXT),
        (TABLE, "hello", {}, "", FOREIGN),
        (TABLE, {"requestContext": {"condition": 1}, "responseContext": {}}, {}, "", FOREIGN),
        (TABLE, "[" * 100_000, {}, "", FOREIGN),
        (TABLE, "hello", {"body": "summary"}, "", NO_SUMMARY),
    ],
)
def test_what_is_known_is_told_and_nothing_else(
    cqrs, clients, source, body, attributes, error, reason
):
    Letters(clients, source).add(body, **attributes)

    (row,) = cqrs.items("dead-letters", source)
    shown = cqrs.run("dead-letters", source)
    cqrs.items("discard", source, "--all", "--yes", "--reason", "gone", "--by", "ann")

    assert (row["error"], row["reason"]) == (error, reason)
    assert shown.code == 0
    assert record(clients) == {"error": error, "reason": reason}


def record(clients: Any) -> dict[str, Any]:
    """The record of the letter that was given up."""
    bucket = f"{PREFIX}files"
    (entry,) = clients.s3.list_objects_v2(Bucket=bucket)["Contents"]
    kept = json.loads(clients.s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
    return {name: kept[name] for name in ("error", "reason")}
