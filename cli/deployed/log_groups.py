"""Log groups of an environment, as far as the caller may read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cli.deployed.refusals import REFUSALS
from cqrs.aws.log_events import (
    REQUESTS_A_SECOND,
    LogEvent,
    LogEventReader,
    LogPage,
    LogSearch,
    any_of,
)
from cqrs.aws.pace import Pace

if TYPE_CHECKING:
    from cli.deployed.connection import Connection

REQUESTS_AT_ONCE = 5

MOST_STREAMS = 100
"""Streams of one request (API reference, FilterLogEvents)."""


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
        self._pace = Pace(REQUESTS_A_SECOND, REQUESTS_AT_ONCE)
        self._reader = LogEventReader(connection.services.clients, self._pace)
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
        for first in range(0, max(len(streams), 1), MOST_STREAMS):
            some = tuple(streams[first : first + MOST_STREAMS])
            rest: LogSearch | None = LogSearch(group, since, until, any_of(phrases), some)
            while rest is not None:
                page = self._page(rest)
                yield from page.events
                rest = page.rest

    def _page(self, search: LogSearch) -> LogPage:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            return self._reader.page(search)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code", "") not in REFUSALS:
                raise
            self.refused.append(search.group)
            return LogPage([], None)
