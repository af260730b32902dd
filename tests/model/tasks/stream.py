"""Records of the tasks table's stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cqrs.deployment.stream_filters import StreamFilter, stream_filters
from cqrs.resources import Table
from tests.model.tasks.program import TASKS

(_TASK_FILTER,) = stream_filters()[Table.TASKS]
TASK_FILTER: StreamFilter = _TASK_FILTER


def record_of(image: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
    """A record of a change."""
    return {
        "eventSource": "aws:dynamodb",
        "eventSourceARN": f"arn:aws:dynamodb:ap-northeast-1:123456789012:table/{TASKS}/stream/x",
        "eventName": "INSERT" if is_new else "MODIFY",
        "dynamodb": {
            "SequenceNumber": "1",
            "Keys": {name: image[name] for name in ("pk", "sk")},
            "NewImage": dict(image),
        },
    }


def stream_event(record: Mapping[str, Any]) -> dict[str, Any]:
    """The event of the function for a record."""
    return {"Records": [record]}
