"""Log groups of an environment, read by FilterLogEvents.

An account may make five such requests a second in a region, whatever it reads (CloudWatch Logs
guide, "CloudWatch Logs quotas"). So all groups share one pace, at half of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from cli.deployed.refusals import REFUSALS
from cqrs.aws.clients import send
from cqrs.aws.pace import Pace

if TYPE_CHECKING:
    from cli.deployed.connection import Connection

REQUESTS_A_SECOND = 2.5
REQUESTS_AT_ONCE = 5

LARGEST_PAGE = 10_000
"""Events of one answer (API reference, FilterLogEvents)."""

MOST_STREAMS = 100
"""Streams of one request (the same)."""

MISSING = "ResourceNotFoundException"

LONGEST_PATTERN = 1024
"""Characters (API reference, FilterLogEvents)."""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """An event of a log group.

    Attributes
    ----------
    at
        Milliseconds since 1970, as whoever wrote it says.
    stream
        Its log stream; of a function that is a process.
    id
        Tells it from others.
    """

    at: int
    stream: str
    message: str
    id: str


class _Maker(Protocol):
    def of(self, service: str) -> Any:
        """Make a client of a service."""


class LogGroups:
    """Reads log groups.

    Parameters
    ----------
    connection
        The environment.

    Attributes
    ----------
    refused
        Groups that the caller may not read.
    """

    def __init__(self, connection: Connection) -> None:
        self._client = cast("_Maker", connection.services.clients).of("logs")
        self._pace = Pace(REQUESTS_A_SECOND, REQUESTS_AT_ONCE)
        self.refused: list[str] = []

    def events(
        self,
        group: str,
        *,
        since: int,
        until: int | None = None,
        phrases: Sequence[str] = (),
        streams: Sequence[str] = (),
    ) -> Iterator[LogEvent]:
        """Read the events of a group, in their order; of one that is not there, none.

        Parameters
        ----------
        since, until
            Milliseconds since 1970, both included.
        phrases
            Texts of which each of them has one; a hint, as more may come.
        streams
            Only of these streams; all if there are none.
        """
        request = {
            "logGroupName": group,
            "startTime": max(since, 0),
            **({} if until is None else {"endTime": until}),
            **_pattern(phrases),
        }
        for first in range(0, max(len(streams), 1), MOST_STREAMS):
            some = list(streams[first : first + MOST_STREAMS])
            yield from self._pages({**request, **({"logStreamNames": some} if some else {})})

    def _pages(self, request: dict[str, Any]) -> Iterator[LogEvent]:
        seen: set[str] = set()
        while True:
            answer = self._page(request)
            page = [_event(found) for found in answer.get("events", ())]
            fresh = [event for event in page if event.id not in seen]
            yield from fresh
            if answer.get("nextToken"):
                # An empty page is not the last one.
                request = {**request, "nextToken": answer["nextToken"]}
            elif len(page) >= LARGEST_PAGE and fresh:
                # Emulator difference: MiniStack names no further page.
                request, seen = {**request, "startTime": page[-1].at}, {one.id for one in page}
            else:
                return

    def _page(self, request: dict[str, Any]) -> dict[str, Any]:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        self._pace.keep()
        try:
            answer: dict[str, Any] = send(self._client, "filter_log_events", **request)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in REFUSALS:
                self.refused.append(request["logGroupName"])
            elif code != MISSING:  # a function that nobody has called may have none
                raise
            return {}
        return answer


def _pattern(phrases: Sequence[str]) -> dict[str, str]:
    """The pattern that finds events with one of some texts; none if one cannot be looked for."""
    # JSON writes other characters otherwise.
    plain = [one for one in phrases if one.isprintable() and not {'"', "\\"} & {*one}]
    asked = [f'"{one}"' for one in plain if one]
    # Emulator difference: MiniStack knows no marks of terms that are optional.
    told = asked[0] if len(asked) == 1 else " ".join(f"?{one}" for one in asked)
    if len(asked) < len(phrases) or not asked or len(told) > LONGEST_PATTERN:
        return {}
    return {"filterPattern": told}


def _event(found: dict[str, Any]) -> LogEvent:
    at, stream, message = found["timestamp"], found.get("logStreamName", ""), found["message"]
    # Emulator difference: not every event of MiniStack has an id.
    return LogEvent(at, stream, message, found.get("eventId") or f"{stream} {at} {message}")
