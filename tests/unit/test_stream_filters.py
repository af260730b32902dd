from __future__ import annotations

import pytest

from cqrs.resources import STREAMED_TABLES, Table
from cqrs.stream_filters import STREAM_FILTERS


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
        (Table.IMPORT_TMP, record("INSERT"), False),
        (Table.IMPORT_TMP, {"eventName": "REMOVE", "dynamodb": {}}, False),
    ],
)
def test_a_record_that_needs_work_passes(table, change, passes):
    assert STREAM_FILTERS[table].passes(change) is passes


def test_every_streamed_table_has_a_filter():
    assert set(STREAM_FILTERS) == set(STREAMED_TABLES)


def test_the_pattern_says_the_same():
    assert STREAM_FILTERS[Table.COMMANDS].pattern == {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"syncMode": {"S": ["ASYNC"]}}},
    }
