"""Streams of tables, and how Lambda reads them.

A shard for each partition, so many lanes in a shard as the parallelization factor says; records of
one item stay in one lane. A lane works on one batch at a time. Source: Lambda guide, "Using AWS
Lambda with Amazon DynamoDB" and its pages on batching, errors and parameters. A batch that was
throttled does not use up its retries; Lambda goes on until the record is too old.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from tests.limits.chance import Chance
from tests.limits.clock import Clock
from tests.limits.function import RETURNED, THROTTLED, Function
from tests.limits.tally import Tally

RETENTION_SECONDS = 86_400
LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class StreamOf:
    """An event source mapping of a table's stream, as it is deployed."""

    stream_arn: str
    patterns: tuple[Mapping[str, Any], ...]
    batch_size: int
    parallelization_factor: int
    most_retries: float
    most_age_seconds: float
    on_failure: str


Record = dict[str, Any]


@dataclass(slots=True, eq=False)
class _Batch:
    records: list[tuple[float, Record]]
    failures: int = 0
    pause: float = 1.0


class _Lane:
    __slots__ = ("current", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[tuple[float, Record]] = deque()
        self.current: _Batch | None = None


class Stream:
    """A stream and its event source mapping.

    Parameters
    ----------
    clock, chance, tally, function
        The services that it works with.
    of
        How it is deployed.
    scale
        The number that the load is divided by. There are so many times fewer lanes.
    bury
        Sends to the on-failure queue.
    """

    def __init__(
        self,
        clock: Clock,
        chance: Chance,
        tally: Tally,
        function: Function,
        of: StreamOf,
        scale: float,
        bury: Callable[[str, Any], None],
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._tally = tally
        self._function = function
        self._of = of
        self._lanes_per_shard = of.parallelization_factor / scale
        self._bury = bury
        self._lanes: dict[tuple[int, int], _Lane] = {}
        self._number = 0

    def emit(self, name: str, image: Mapping[str, Any], shard: int) -> None:
        """Take the record of a write."""
        record = {
            "eventSource": "aws:dynamodb",
            "eventSourceARN": self._of.stream_arn,
            "eventName": name,
            "dynamodb": {
                "Keys": {"pk": image["pk"], "sk": image["sk"]},
                "NewImage": image,
            },
        }
        if self._of.patterns and not any(matches(one, record) for one in self._of.patterns):
            return
        self._number += 1
        record["dynamodb"]["SequenceNumber"] = str(self._number)  # type: ignore[index]
        lane = self._lane(shard, image)
        moment = self._clock.now
        self._clock.at(
            self._chance.seconds("stream_poll"), lambda: self._arrive(lane, moment, record)
        )

    def _lane(self, shard: int, image: Mapping[str, Any]) -> _Lane:
        key = crc32(f"{image['pk']['S']} {image['sk']['S']}".encode())
        if self._lanes_per_shard >= 1:
            at = (shard, key % round(self._lanes_per_shard))
        else:
            at = (int(shard * self._lanes_per_shard), 0)
        return self._lanes.setdefault(at, _Lane())

    @property
    def backlog(self) -> int:
        """Records that are not handled yet."""
        return sum(
            len(lane.waiting) + (len(lane.current.records) if lane.current else 0)
            for lane in self._lanes.values()
        )

    def _arrive(self, lane: _Lane, moment: float, record: Record) -> None:
        lane.waiting.append((moment, record))
        if lane.current is None:
            self._next(lane)

    def _next(self, lane: _Lane) -> None:
        lane.current = None
        if not lane.waiting:
            return
        count = min(self._of.batch_size, len(lane.waiting))
        lane.current = _Batch([lane.waiting.popleft() for _ in range(count)])
        self._try(lane)

    def _try(self, lane: _Lane) -> None:
        batch = lane.current
        assert batch is not None
        oldest = min(self._of.most_age_seconds, RETENTION_SECONDS)
        old = [one for one in batch.records if self._clock.now - one[0] > oldest]
        if old:
            self._set_aside(old, "is too old")
            batch.records = [one for one in batch.records if one not in old]
        if not batch.records:
            self._next(lane)
            return
        event = {"Records": [record for _, record in batch.records]}
        self._function.invoke(event, lambda *told: self._told(lane, *told))

    def _told(self, lane: _Lane, kind: str, value: Any, _cause: str) -> None:
        batch = lane.current
        assert batch is not None
        failures = value.get("batchItemFailures", []) if kind == RETURNED and value else []
        if kind == RETURNED and not failures:
            for moment, _ in batch.records:
                self._tally.measures["stream age"].append(self._clock.now - moment)
            self._next(lane)
            return
        if kind == RETURNED:
            first = failures[0]["itemIdentifier"]
            numbers = [record["dynamodb"]["SequenceNumber"] for _, record in batch.records]
            batch.records = batch.records[numbers.index(first) :]
        if kind != THROTTLED:
            batch.failures += 1
            if batch.failures > self._of.most_retries:
                self._set_aside(batch.records, "failed too often")
                self._next(lane)
                return
            if len(batch.records) > 1 and kind != RETURNED:
                half = len(batch.records) // 2
                lane.waiting.extendleft(reversed(batch.records[half:]))
                batch.records = batch.records[:half]
        pause = self._chance.uniform(batch.pause / 2, batch.pause)
        batch.pause = min(batch.pause * 2, LONGEST_PAUSE)
        self._clock.at(pause, lambda: self._try(lane))

    def _set_aside(self, records: Sequence[tuple[float, Record]], why: str) -> None:
        self._tally.failures[f"stream record {why}"] += len(records)
        for _, record in records:
            self._bury(self._of.on_failure, record)


def matches(pattern: Any, value: Any) -> bool:
    """Whether a value fits an event pattern (Lambda guide, "Event filtering")."""
    if isinstance(pattern, Mapping):
        content = value if isinstance(value, Mapping) else {}
        return all(matches(part, content.get(name)) for name, part in pattern.items())
    return any(_fits(one, value) for one in pattern)


def _fits(rule: Any, value: Any) -> bool:
    if not isinstance(rule, Mapping):
        return bool(rule == value)
    ((kind, wanted),) = rule.items()
    match kind:
        case "exists":
            return bool(wanted == (value is not None))
        case "prefix":
            return isinstance(value, str) and value.startswith(wanted)
        case "anything-but":
            return value is not None and value not in wanted
    raise ValueError(f"Pattern not understood: {rule}")
