"""Streams of tables, and how Lambda reads them: a record an invocation, those of an item in order.

A record that fails is tried again, ever later. Until then it holds up those of its item behind it.
(Lambda guide, "Using AWS Lambda with Amazon DynamoDB").
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cqrs.core.json_text import to_json
from cqrs.deployment.stream_filters import StreamFilter
from cqrs.testing.aws.dynamodb import Values
from cqrs.testing.clock import Clock

LONGEST_PAUSE = 60.0

Handle = Callable[[dict[str, Any]], bool]
"""Invokes the function with a batch; whether that has handled it."""


@dataclass(frozen=True, slots=True)
class StreamOf:
    """A stream as it is deployed; ``most_retries`` of -1 sets no limit."""

    arn: str
    filters: Sequence[StreamFilter]
    has_old_images: bool
    most_retries: int
    most_age_seconds: float


@dataclass(slots=True, eq=False)
class _Lane:
    """The records of one item that wait."""

    records: deque[tuple[float, dict[str, Any]]] = field(default_factory=deque)
    is_busy: bool = False
    failures: int = 0


class Stream:
    """A stream and its event source mapping.

    Parameters
    ----------
    clock
        The clock.
    of
        How it is deployed.
    handle
        Invokes the function.
    set_aside
        Gets a record that failed too often.
    """

    def __init__(
        self,
        clock: Clock,
        of: StreamOf,
        handle: Handle,
        set_aside: Callable[[dict[str, Any]], None],
    ) -> None:
        self._clock = clock
        self._of = of
        self._handle = handle
        self._set_aside = set_aside
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._number = 0

    def emit(self, name: str, before: Values | None, after: Values | None) -> None:
        """Take the record of a write."""
        image = after or before or {}
        self._number += 1
        change: dict[str, Any] = {
            "Keys": {"pk": image["pk"], "sk": image["sk"]},
            "SequenceNumber": f"{self._number:021d}",
            "ApproximateCreationDateTime": int(self._clock.moment().timestamp()),
        }
        if after is not None:
            change["NewImage"] = after
        if before is not None and self._of.has_old_images:
            change["OldImage"] = before
        record = json.loads(
            to_json(
                {
                    "eventID": f"record-{self._number}",
                    "eventVersion": "1.1",
                    "eventSource": "aws:dynamodb",
                    "eventSourceARN": self._of.arn,
                    "eventName": name,
                    "dynamodb": change,
                }
            )
        )
        if self._of.filters and not any(one.passes(record) for one in self._of.filters):
            return
        lane = self._lanes.setdefault((image["pk"]["S"], image["sk"]["S"]), _Lane())
        lane.records.append((self._clock.now, record))
        if not lane.is_busy:
            lane.is_busy = True
            self._try_later(lane, 0.0)

    def _try_later(self, lane: _Lane, seconds: float) -> None:
        self._clock.at(seconds, lambda: self._try(lane), is_pause=True)

    def _try(self, lane: _Lane) -> None:
        moment, record = lane.records[0]
        if self._handle({"Records": [record]}):
            self._next(lane)
            return
        lane.failures += 1
        is_old = self._clock.now - moment > self._of.most_age_seconds
        if is_old or 0 <= self._of.most_retries < lane.failures:
            self._set_aside(record)
            self._next(lane)
            return
        self._try_later(lane, min(2.0 ** (lane.failures - 1), LONGEST_PAUSE))

    def _next(self, lane: _Lane) -> None:
        lane.records.popleft()
        lane.failures = 0
        lane.is_busy = bool(lane.records)
        if lane.is_busy:
            self._try_later(lane, 0.0)
