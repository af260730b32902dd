"""Events of executions as the log of a state machine has them, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.aws_histories import Event, compact

EVENT_BYTES = 26
"""Counted for each event beside its text (CloudWatch Logs API reference, PutLogEvents)."""

GB = 1024**3
"""The unit of CloudWatch's prices, as the examples on its page have 1,024 GB in a TB."""

EXECUTION_DATA = frozenset({"input", "inputDetails", "output", "outputDetails", "parameters"})
"""Details that a log without execution data lacks. The first four were recorded on AWS. AWS does
not say whether parameters, which repeat the input, are data; here they are."""

MILLION = 1_000_000


def log_bytes(events: Iterable[Event], arn: str, *, has_data: bool) -> int:
    """Bytes of the log of one execution at level ALL."""
    texts = (line(number, event, arn, has_data=has_data) for number, event in enumerate(events, 1))
    return sum(len(text.encode()) + EVENT_BYTES for text in texts)


def line(number: int, event: Event, arn: str, *, has_data: bool) -> str:
    """An event as a line of the log (recorded on AWS, in the place that aws_histories names)."""
    left_out = frozenset[str]() if has_data else EXECUTION_DATA
    content = {
        "id": str(number),
        "type": event.kind,
        "details": _without(event.details, left_out),
        "previous_event_id": str(number - 1),
        "event_timestamp": str(round(event.at.timestamp() * 1000)),
        "execution_arn": arn,
        "redrive_count": "0",
    }
    return compact(content)


def dollars_a_million(size: float, gb_price: float) -> float:
    """The price of a million logs of a size in bytes."""
    return size * MILLION / GB * gb_price


def _without(details: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name not in names}
