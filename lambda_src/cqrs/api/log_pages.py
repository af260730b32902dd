"""Pages of the function's log over HTTP, of one piece of a tenant's work.

The log has the lines of all tenants. One goes out only if its keys say that it is of the tenant,
and about the work. The prints of a handler have no keys, and stay inside. Tracebacks are for those
who repair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cqrs.api.answers import ApiAnswer
from cqrs.api.roles import REPAIRERS
from cqrs.api.time_limits import has_time
from cqrs.aws.log_events import LARGEST_PAGE, LogSearch, all_of
from cqrs.aws.log_lines import METRICS, logged_line
from cqrs.core.clock import iso, now_iso
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.log_keys import APPROVAL, COMMAND, EXECUTION, ITEM, JOB, STATE, TASK, TENANT
from cqrs.core.moments import asked_moment
from cqrs.core.observability import TRACEBACK
from cqrs.resources import FUNCTION_LOGS
from cqrs.storage.paging import cursor_of, place_of, refuse_foreign_cursor

if TYPE_CHECKING:
    from cqrs.api.call import ApiCall
    from cqrs.aws.log_events import LogEvent
    from cqrs.aws.log_lines import Line
    from cqrs.services import Services

DEFAULT_PAGE = 200
"""Lines of an answer, unless the request says otherwise."""

MOST_REQUESTS = 5
LOOK_SECONDS = 8.0
"""How often, and for how long, one answer looks for lines: an account has few requests a second."""

CLOCKS = timedelta(minutes=1)
"""How far the clocks of AWS's services may be apart."""

LAST_MOMENT = 10**15
"""In milliseconds since 1970, beyond what Python has of times."""

LIST = "log"
"""Marks this list's cursors: CloudWatch Logs goes on from whatever text a token has."""

NAMING = {COMMAND: " ", ITEM: " ", TASK: "/", JOB: "/", APPROVAL: "/"}
"""Keys that name something by its two keys, and what stands between these."""

SHOWN = (EXECUTION, STATE, TENANT, TRACEBACK)
"""Keys that an answer has elsewhere, or that its path says."""


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work that lines are about.

    Attributes
    ----------
    key, name
        The key of the log that tells it, and its value there.
    phrase
        Text that each line about it has.
    began, ended
        When; None while it goes on.
    """

    key: str
    name: str
    phrase: str
    began: datetime
    ended: datetime | None


class LogPages:
    """Answers requests for lines of the log.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self._reader = services.log_reader
        self._group = f"{FUNCTION_LOGS}{settings.function_name}"
        self._longest = timedelta(seconds=settings.function_timeout_seconds) + CLOCKS

    def answer(self, call: ApiCall, work: Work) -> ApiAnswer:
        """A page of the lines about a piece of work of the call's tenant, the oldest first.

        It ends with the first answer of AWS that has any (at most five FilterLogEvents).

        Raises
        ------
        ValidationError
            If the cursor is none, or a time is.
        """
        read_at = now_iso()
        since, until = span = self._span(call, work)
        search = _resumed(self._search(call, work, span), call.query.get("cursor"))
        if until is not None and until < since:
            return _page(call, [], None, read_at)
        goes_on = has_time(call, LOOK_SECONDS)
        for _ in range(MOST_REQUESTS):
            page = self._reader.page(search)
            logged = (_logged(event) for event in page.events)
            lines = [line for line in logged if line and _is_wanted(line, call, work, span)]
            if lines or page.rest is None or not goes_on():
                return _page(call, lines, page.rest, read_at)
            search = page.rest
        return _page(call, [], search, read_at)

    def _span(self, call: ApiCall, work: Work) -> tuple[datetime, datetime | None]:
        """The time that lines are of: that of the work, or the part of it that is asked for."""
        since, until = work.began - CLOCKS, None
        if work.ended is not None:
            # A call goes on if its state or execution has given it up.
            until = work.ended + self._longest
        if (asked := call.query.get("since")) is not None:
            since = max(since, asked_moment(asked))
        if (asked := call.query.get("until")) is not None:
            latest = asked_moment(asked, "until")
            until = latest if until is None else min(until, latest)
        return since, until

    def _search(
        self, call: ApiCall, work: Work, span: tuple[datetime, datetime | None]
    ) -> LogSearch:
        since, until = span
        # Emulator difference: MiniStack gives all lines of an invocation the time of its end.
        last = None if until is None else _milliseconds(until) + _milliseconds_of(self._longest)
        pattern = all_of((work.phrase, call.query.get("state", "")))
        limit = call.query.get("limit", DEFAULT_PAGE)
        return LogSearch(self._group, _milliseconds(since), last, pattern, limit=limit)


def _is_wanted(
    line: Line, call: ApiCall, work: Work, span: tuple[datetime, datetime | None]
) -> bool:
    """Whether a line is of the tenant, about the work, and of the state and time."""
    keys, (since, until) = line.keys, span
    state = call.query.get("state")
    return (
        _is_of(call.tenant, keys)
        and keys.get(work.key) == work.name
        and (state is None or keys.get(STATE) == state)
        and since <= line.at
        and (until is None or line.at <= until)
    )


def _is_of(tenant: str, keys: Mapping[str, Any]) -> bool:
    """Whether a line is of a tenant; one about an item of another one is not, whoever logged it."""
    return keys.get(TENANT) == tenant and all(
        _may_name(keys.get(kind), tenant, separator) for kind, separator in NAMING.items()
    )


def _may_name(value: Any, tenant: str, separator: str) -> bool:
    """Whether the key of a line names something of a tenant, or nothing that has one.

    A type may have spaces or ``#`` in it, but hardly both.
    """
    if not isinstance(value, str) or KEY_SEPARATOR not in value:
        return True
    named = re.escape(f"{KEY_SEPARATOR}{tenant}{separator}")
    return re.match(rf"([^{KEY_SEPARATOR}]*|[^{separator}]*){named}", value) is not None


def _logged(event: LogEvent) -> Line | None:
    line = logged_line(event)
    return None if line is None or METRICS in line.keys else line


def _page(call: ApiCall, lines: list[Line], rest: LogSearch | None, read_at: str) -> ApiAnswer:
    is_told_code = not call.principal.roles.isdisjoint(REPAIRERS)
    shown = [_shown(line, is_told_code) for line in sorted(lines, key=lambda line: line.at)]
    cursor = None if rest is None else _cursor(rest)
    return ApiAnswer(200, {"lines": shown, "cursor": cursor, "read_at": read_at})


def _shown(line: Line, is_told_code: bool) -> dict[str, Any]:
    return {
        "id": line.id,
        "at": iso(line.at),
        "level": line.level.value,
        "message": line.message,
        "execution": _text(line.keys, EXECUTION),
        "state": _text(line.keys, STATE),
        "invocation": line.invocation or None,
        "keys": {name: value for name, value in line.keys.items() if name not in SHOWN},
        "traceback": (line.traceback or None) if is_told_code else None,
    }


def _text(keys: Mapping[str, Any], name: str) -> str | None:
    value = keys.get(name)
    return value if isinstance(value, str) else None


def _cursor(search: LogSearch) -> str:
    return cursor_of([LIST, search.since, search.until, search.token, search.skipped])


def _resumed(search: LogSearch, cursor: str | None) -> LogSearch:
    """The search from where the page before got to; the time is that of the first page."""
    refuse_foreign_cursor(cursor, _place)
    place = None if cursor is None else _place(cursor)
    return search if place is None else replace(search, **place)


def _place(cursor: str) -> dict[str, Any] | None:
    """The place that a search got to, as a cursor says; None if it is none of this list."""
    try:
        match place_of(cursor):
            case [mark, int(since), int() | None as until, str(token), int(skipped)] if (
                mark == LIST and 0 <= skipped < LARGEST_PAGE and (token or skipped)
            ):
                token.encode()
                last = LAST_MOMENT if until is None else until
                is_span = 0 <= since <= last <= LAST_MOMENT
                place = {"since": since, "until": until, "token": token, "skipped": skipped}
                return place if is_span else None
    except ValueError:  # half of a surrogate pair among them
        pass
    return None


def _milliseconds(moment: datetime) -> int:
    return max(0, _milliseconds_of(moment - datetime.fromtimestamp(0, UTC)))


def _milliseconds_of(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
