"""Events of log groups, read by FilterLogEvents.

An account may make five such requests a second in a region, whatever they read (CloudWatch Logs
guide, "CloudWatch Logs quotas"). So each reader keeps a pace, at half of that.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.aws.cursors import bad_cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cqrs.aws.clients import Clients
    from cqrs.aws.pace import Pace

REQUESTS_A_SECOND = 2.5
AT_ONCE = 2
"""Requests before the first pause, of a reader beside which there are others."""

LARGEST_PAGE = 10_000
"""Events of one answer (API reference, FilterLogEvents)."""

LONGEST_PATTERN = 1024
"""Characters (the same)."""

MISSING = "ResourceNotFoundException"

BAD_TOKEN = "InvalidParameterException"  # noqa: S105 - the code of an error


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


@dataclass(frozen=True, slots=True)
class LogSearch:
    """A search through a log group, from its beginning or from where it got to.

    Attributes
    ----------
    group
        Name of the group.
    since, until
        Milliseconds since 1970, both included.
    pattern
        The filter (:func:`any_of`, :func:`all_of`); empty for all events.
    streams
        Only of these streams, of which one request takes a hundred; all if there are none.
    limit
        Events of a page at most.
    token, skipped
        The place that it got to: AWS's own, or how many events of the first moment are known.
    """

    group: str
    since: int
    until: int | None = None
    pattern: str = ""
    streams: tuple[str, ...] = ()
    limit: int | None = None
    token: str = ""
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class LogPage:
    """Events in their order, and the search for those behind them; None if there are no more."""

    events: list[LogEvent]
    rest: LogSearch | None


class LogEventReader:
    """Reads log groups.

    Parameters
    ----------
    clients
        Source of the client of CloudWatch Logs.
    pace
        The pace of its requests.
    ask
        Makes a request; by default as often as may help.
    """

    def __init__(self, clients: Clients, pace: Pace, ask: Callable[..., Any] = send) -> None:
        self._clients = clients
        self._pace = pace
        self._ask = ask

    def page(self, search: LogSearch) -> LogPage:
        """The next events of a search, of a group that is not there none (one FilterLogEvents).

        A page that is empty is not the last one by that.

        Raises
        ------
        ValidationError
            If AWS does not know the search's place.
        """
        most = min(LARGEST_PAGE, (search.limit or LARGEST_PAGE) + search.skipped)
        answer = self._answer(search, most)
        events = [_event(found) for found in answer.get("events", ())]
        fresh = events if search.token else events[search.skipped :]
        if token := answer.get("nextToken"):
            return LogPage(fresh, replace(search, token=token))
        if len(events) < most or not fresh:
            return LogPage(fresh, None)
        # Emulator difference: MiniStack names no further page.
        last = events[-1].at
        known = sum(event.at == last for event in events)
        return LogPage(fresh, replace(search, since=last, token="", skipped=known))

    def _answer(self, search: LogSearch, most: int) -> dict[str, Any]:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - only those who look need it

        self._pace.keep()
        try:
            answer: dict[str, Any] = self._ask(
                self._clients.logs, "filter_log_events", **_request(search, most)
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == BAD_TOKEN and search.token:
                raise bad_cursor(search.token) from None
            if code != MISSING:  # a function that nobody has called may have none
                raise
            return {}
        return answer


def any_of(phrases: Sequence[str]) -> str:
    """The pattern that finds events with one of some texts; all events if it cannot be written."""
    asked = [f'"{one}"' for one in phrases if _is_plain(one)]
    # Emulator difference: MiniStack knows no marks of terms that are optional.
    told = asked[0] if len(asked) == 1 else " ".join(f"?{one}" for one in asked)
    return "" if len(asked) < len(phrases) or len(told) > LONGEST_PATTERN else told


def all_of(phrases: Iterable[str]) -> str:
    """The pattern that finds events with each of some texts, as far as it can be written."""
    told = ""
    for one in phrases:
        more = f'{told} "{one}"'.strip()
        told = more if _is_plain(one) and len(more) <= LONGEST_PATTERN else told
    return told


def _is_plain(phrase: str) -> bool:
    """Whether JSON writes a text as it is, so that it can be looked for."""
    return bool(phrase) and phrase.isprintable() and not {'"', "\\"} & {*phrase}


def _request(search: LogSearch, most: int) -> dict[str, Any]:
    request: dict[str, Any] = {
        "logGroupName": search.group,
        "startTime": max(search.since, 0),
        "limit": most,
    }
    optional: dict[str, Any] = {
        "endTime": search.until,
        "filterPattern": search.pattern or None,
        "logStreamNames": list(search.streams) or None,
        "nextToken": search.token or None,
    }
    return request | {name: value for name, value in optional.items() if value is not None}


def _event(found: dict[str, Any]) -> LogEvent:
    at, stream, message = found["timestamp"], found.get("logStreamName", ""), found["message"]
    # Emulator difference: not every event of MiniStack has an id.
    return LogEvent(at, stream, message, found.get("eventId") or _made_id(stream, at, message))


def _made_id(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode(errors="replace")).hexdigest()[:32]
