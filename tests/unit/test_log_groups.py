"""Reading log groups by FilterLogEvents, within what AWS takes and tells."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cli.deployed.log_groups import LogGroups
from cqrs.aws import log_events
from tests.unit.logged import Logs, milliseconds

GROUP = "/aws/lambda/test-cqrs-main"


def reading(client: Any) -> LogGroups:
    clients = SimpleNamespace(logs=client)
    connection: Any = SimpleNamespace(services=SimpleNamespace(clients=clients))
    return LogGroups(connection)


@pytest.fixture
def logs() -> Logs:
    made = Logs()
    for number in range(5):
        made.write(GROUP, number, f"line {number}", stream=f"process {number % 2}")
    return made


def messages(groups: LogGroups, **more: Any) -> list[str]:
    return [event.message for event in groups.events(GROUP, **{"since": 0, **more})]


def test_all_pages_are_read(logs):
    assert messages(reading(logs)) == [f"line {number}" for number in range(5)]


def test_from_then_until_then(logs):
    found = messages(reading(logs), since=milliseconds(1), until=milliseconds(3))

    assert found == ["line 1", "line 2", "line 3"]


def test_some_streams(logs):
    assert messages(reading(logs), streams=["process 1"]) == ["line 1", "line 3"]


def test_no_more_streams_are_asked_for_at_once_than_aws_takes(logs):
    messages(reading(logs), streams=[f"process {number}" for number in range(150)])

    assert {len(asked["logStreamNames"]) for asked in logs.asked} == {100, 50}


@pytest.mark.parametrize(
    ("phrases", "pattern"),
    [
        (("AIRPORT#acme JFK@1",), '"AIRPORT#acme JFK@1"'),
        (("one", "two"), '?"one" ?"two"'),
        (('say "no"',), None),
        (("a\\b",), None),
        (("x" * 1100,), None),
        (("",), None),
    ],
)
def test_the_pattern_is_one_that_aws_takes(logs, phrases, pattern):
    messages(reading(logs), phrases=phrases)

    assert logs.asked[0].get("filterPattern") == pattern


def test_a_group_that_is_not_there_has_no_events():
    assert messages(reading(Logs())) == []


def test_a_group_that_may_not_be_read_is_noted():
    groups = reading(Logs(GROUP))

    assert messages(groups) == []
    assert groups.refused == [GROUP]


class Endless:
    """MiniStack: a full page names no further one, and events have no ids."""

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        every = [
            {"timestamp": number // 2, "message": f"line {number}", "logStreamName": "process"}
            for number in range(9)
        ]
        return {"events": [one for one in every if one["timestamp"] >= request["startTime"]][:4]}


def test_a_full_page_is_followed_by_another(monkeypatch):
    monkeypatch.setattr(log_events, "LARGEST_PAGE", 4)

    assert messages(reading(Endless())) == [f"line {number}" for number in range(9)]


def test_requests_keep_a_pace_that_aws_allows(logs, monkeypatch):
    kept: list[int] = []
    groups = reading(logs)
    monkeypatch.setattr(groups._pace, "keep", lambda: kept.append(1))
    messages(groups)

    assert len(kept) == len(logs.asked) == 3
