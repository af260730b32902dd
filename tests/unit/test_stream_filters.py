from __future__ import annotations

import pytest

from cqrs.deployment.stream_filters import stream_filters
from cqrs.resources import STREAMED_TABLES, Table


def record(event: str, **image: str) -> dict:
    return {
        "eventName": event,
        "dynamodb": {"NewImage": {name: {"S": value} for name, value in image.items()}},
    }


@pytest.mark.parametrize(
    ("table", "change", "passes"),
    [
        (Table.COMMANDS, record("INSERT", syncMode="ASYNC"), True),
        (Table.COMMANDS, record("INSERT", syncMode="SYNC"), False),
        (Table.COMMANDS, record("MODIFY", syncMode="ASYNC"), False),
        (Table.TASKS, record("MODIFY", kind="SINGLE"), True),
        (Table.TASKS, record("INSERT", kind="SUB_TASK"), False),
        (Table.TASKS, record("REMOVE", kind="SINGLE"), False),
        (Table.IMPORT_TMP, record("INSERT", kind="JOB"), True),
        (Table.IMPORT_TMP, record("MODIFY", kind="JOB"), True),
        (Table.IMPORT_TMP, record("MODIFY", kind="COUNTERS"), False),
        (Table.IMPORT_TMP, record("INSERT", kind="CHUNK"), False),
        (Table.IMPORT_TMP, record("INSERT"), False),
        (Table.IMPORT_TMP, {"eventName": "REMOVE", "dynamodb": {}}, False),
    ],
)
def test_a_record_that_needs_work_passes(table, change, passes):
    assert passes_one_of(stream_filters()[table], change) is passes


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        (record("INSERT", syncMode="ASYNC", status="PUBLISHED"), True),
        (record("INSERT", syncMode="SYNC", status="PUBLISHED"), False),
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


def test_the_pattern_says_the_same():
    (new_command,) = stream_filters()[Table.COMMANDS]

    assert new_command.pattern == {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"syncMode": {"S": ["ASYNC"]}}},
    }
