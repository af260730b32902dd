"""Alarms over HTTP."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from cqrs.api.answers import ApiAnswer
from cqrs.aws.alarms import LONGEST_PAGE, OK
from cqrs.core.clock import iso
from cqrs.storage.paging import cursor_of, place_of, refuse_foreign_cursor

if TYPE_CHECKING:
    from cqrs.api.call import ApiCall
    from cqrs.aws.alarms import Alarm
    from cqrs.services import Services

LIST = "alarms"
"""Marks this list's cursors: CloudWatch goes on from whatever text a token has."""


class AlarmCalls:
    """Requests about alarms.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._reader = services.alarm_reader

    def list_alarms(self, call: ApiCall) -> ApiAnswer:
        """The alarms of a page that are not quiet, and how many are."""
        limit = call.query.get("limit", LONGEST_PAGE)
        cursor = call.query.get("cursor")
        refuse_foreign_cursor(cursor, _token)
        page = self._reader.list(limit, None if cursor is None else _token(cursor))
        loud = [_shown(one) for one in page.alarms if one.state != OK]
        quiet = len(page.alarms) - len(loud)
        behind = None if page.cursor is None else cursor_of([LIST, page.cursor])
        return ApiAnswer(200, {"alarms": loud, "quiet": quiet, "cursor": behind})


def _token(cursor: str) -> str | None:
    """The token of CloudWatch in a cursor; None if it is none of this list."""
    try:
        match place_of(cursor):
            case [mark, str(token)] if mark == LIST and token:
                token.encode()
                return token
    except ValueError:  # half of a surrogate pair among them
        pass
    return None


def _shown(alarm: Alarm) -> dict[str, Any]:
    return {
        "name": alarm.name,
        "state": alarm.state,
        "description": alarm.description,
        "reason": alarm.reason,
        "since": None if alarm.since is None else iso(alarm.since.astimezone(UTC)),
    }
