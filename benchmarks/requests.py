"""Counts what was asked of AWS, by the record that the emulator's CloudTrail keeps of it."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.stack import session

FUNCTION, WATCHER = "000000000000", "watcher"
"""Access keys, by which requests are told apart; MiniStack gives a function its account's id."""

INVOKE = "Invoke"

AWS_NAMES = {"POST.sns": "Publish"}
"""Operations by MiniStack's names, if AWS has others."""

LONGEST_ANSWER = 50
"""Events of one LookupEvents; MiniStack has no further pages."""

OVERLAP = timedelta(milliseconds=1)
"""How much two pages have in common: times in answers are rounded."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes
    ----------
    operation
        As AWS calls it.
    parameters
        Those of the request.
    """

    operation: str
    parameters: dict[str, Any]


class RequestRecord:
    """The requests that reached the emulator while it was told to record them.

    Parameters
    ----------
    endpoint
        The emulator's address.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._cloudtrail = session(WATCHER).client("cloudtrail", endpoint_url=endpoint)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record what is asked within the block, which takes the emulator some time."""
        self._switch(on=True)
        try:
            yield
        finally:
            self._switch(on=False)

    def of_the_function(self) -> Counter[str]:
        """Calls of the function and the requests that it made, by operation."""
        return Counter(
            event["EventName"]
            for event in self._events()
            if event["AccessKeyId"] == FUNCTION or event["EventName"] == INVOKE
        )

    def made_by_the_function(self, since: float) -> list[Request]:
        """Requests that a function has made since a moment, in seconds since the epoch."""
        key = {"AttributeKey": "AccessKeyId", "AttributeValue": FUNCTION}
        start = datetime.fromtimestamp(since, UTC)
        return [_request(event) for event in self._events(StartTime=start, LookupAttributes=[key])]

    def _switch(self, *, on: bool) -> None:
        request = urllib.request.Request(  # noqa: S310 - the emulator
            f"{self._endpoint}/_ministack/config",
            data=json.dumps({"cloudtrail._recording_enabled": on}).encode(),
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        direct.open(request, timeout=5).close()

    def _events(self, **bounds: Any) -> list[dict[str, Any]]:
        """All events within bounds, page by page towards the oldest."""
        events: dict[str, dict[str, Any]] = {}
        until: datetime | None = None
        while True:
            page = self._page(bounds if until is None else {**bounds, "EndTime": until})
            new = {event["EventId"]: event for event in page if event["EventId"] not in events}
            events |= new
            if len(page) < LONGEST_ANSWER:
                return list(events.values())
            if not new:
                raise RuntimeError("More requests at one moment than an answer holds.")
            until = min(event["EventTime"] for event in page) + OVERLAP

    def _page(self, bounds: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._cloudtrail.lookup_events(**bounds)["Events"]
        return found


def _request(event: dict[str, Any]) -> Request:
    parameters = json.loads(event["CloudTrailEvent"])["requestParameters"]
    operation = event["EventName"]
    return Request(AWS_NAMES.get(operation, operation), parameters or {})
