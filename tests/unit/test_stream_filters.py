from __future__ import annotations

import pytest

from cqrs.deployment.stream_filters import stream_filters
from cqrs.resources import STREAMED_TABLES, Table


def record(event: str, **image: str) -> dict:
    return {
        "eventName": event,
        "dynamodb": {"NewImage": {name: {"S": value} for name, value in image.items()}},
    }


def with_mark(mark: dict) -> dict:
    return {"eventName": "INSERT", "dynamodb": {"NewImage": {"kind": mark, "syncMode": mark}}}


@pytest.mark.parametrize(
    ("table", "change", "passes"),
    [
        (Table.COMMANDS, record("INSERT", syncMode="ASYNC"), True),
        (Table.COMMANDS, record("INSERT", syncMode="SYNC", unfinished="7"), False),
        (Table.COMMANDS, record("INSERT", syncMode="SYNC", status="FINISHED"), False),
        (Table.COMMANDS, record("INSERT", syncMode="SYNC", status="PUBLISHED"), True),
        (Table.COMMANDS, record("INSERT", syncMode="ASYNCH", unfinished="7"), True),
        (Table.COMMANDS, record("INSERT", unfinished="7"), True),
        (Table.COMMANDS, record("MODIFY", syncMode="ASYNC"), False),
        (Table.TASKS, record("MODIFY", kind="SINGLE"), True),
        (Table.TASKS, record("INSERT", kind="SUB_TASK"), False),
        (Table.TASKS, record("MODIFY", kind="SUB_TASK"), False),
        (Table.TASKS, record("INSERT", kind="SINGEL"), True),
        (Table.TASKS, record("INSERT"), True),
        (Table.TASKS, record("REMOVE", kind="SINGLE"), False),
        (Table.IMPORT_TMP, record("INSERT", kind="JOB"), True),
        (Table.IMPORT_TMP, record("MODIFY", kind="JOB"), True),
        (Table.IMPORT_TMP, record("MODIFY", kind="COUNTERS"), False),
        (Table.IMPORT_TMP, record("INSERT", kind="CHUNK"), False),
        (Table.IMPORT_TMP, record("INSERT", kind="REJECTED"), False),
        (Table.IMPORT_TMP, record("INSERT", kind="PASSED_OVER"), False),
        (Table.IMPORT_TMP, record("INSERT", kind="HANDED_OVER"), False),
        (Table.IMPORT_TMP, record("INSERT", kind="job"), True),
        (Table.IMPORT_TMP, record("INSERT"), True),
        (Table.IMPORT_TMP, {"eventName": "REMOVE", "dynamodb": {}}, False),
    ],
)
def test_a_record_that_needs_work_passes(table, change, passes):
    assert passes_one_of(stream_filters()[table], change) is passes


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        (record("INSERT", syncMode="ASYNC", status="PUBLISHED"), True),
        (record("INSERT", syncMode="SYNC", status="PUBLISHED", unfinished="7"), False),
        (record("INSERT", syncMode="SYNC", status="FINISHED"), True),
        (record("MODIFY", syncMode="ASYNC", status="FINISHED"), True),
        (record("MODIFY", syncMode="SYNC", status="FAILED"), True),
        (record("MODIFY", syncMode="ASYNC", status="PUBLISHED"), False),
        (record("REMOVE", syncMode="ASYNC", status="FINISHED"), False),
    ],
)
def test_the_end_of_a_command_passes_where_it_is_to_be_told(change, passes):
    filters = stream_filters(command_notifications=True)[Table.COMMANDS]

    assert passes_one_of(filters, change) is passes


def passes_one_of(filters, change) -> bool:
    return any(one.passes(change) for one in filters)


def test_every_streamed_table_has_filters():
    assert set(stream_filters()) == set(STREAMED_TABLES)


@pytest.mark.parametrize("table", STREAMED_TABLES)
@pytest.mark.parametrize("mark", [{"N": "1"}, {"NULL": True}, {"M": {"S": {"S": "JOB"}}}])
def test_a_mark_that_is_no_text_passes(table, mark):
    assert passes_one_of(stream_filters()[table], with_mark(mark))


def test_the_pattern_says_the_same():
    new_command, unlisted_command, ended_command = (
        one.pattern for one in stream_filters(command_notifications=True)[Table.COMMANDS]
    )

    not_there = {"exists": False}
    assert new_command == {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"syncMode": {"S": [{"anything-but": ["SYNC"]}, not_there]}}},
    }
    assert unlisted_command["dynamodb"]["NewImage"] == {
        "status": {"S": [{"anything-but": ["FINISHED", "FAILED"]}, not_there]},
        "unfinished": {"S": [not_there]},
    }
    assert ended_command["dynamodb"]["NewImage"] == {"status": {"S": ["FINISHED", "FAILED"]}}
