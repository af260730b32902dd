"""Reading what CloudWatch knows of an environment's alarms.

Source: CloudWatch API reference, DescribeAlarms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.aws.cursors import bad_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cqrs.aws.clients import Clients

OK = "OK"
"""The state of an alarm that is quiet; the others are ALARM and INSUFFICIENT_DATA."""

BAD_CURSORS = frozenset({"InvalidNextToken", "InvalidNextTokenException"})
"""Errors of a list that goes on from a place that it never told, in each of CloudWatch's
protocols."""

LONGEST_PAGE = 100
"""Alarms that CloudWatch tells at once."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm and its state.

    Attributes
    ----------
    name
        Its name without the environment's prefix.
    state, reason
        Its state, and why it has it.
    description
        Its meaning, as its deployment wrote it.
    since
        When it came to this state; None if CloudWatch does not say.
    """

    name: str
    state: str
    reason: str
    description: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class AlarmPage:
    """A page of alarms, and the cursor of the next one; None on the last page."""

    alarms: list[Alarm]
    cursor: str | None


class AlarmReader:
    """Reads the alarms of an environment.

    Parameters
    ----------
    clients
        Source of the CloudWatch client.
    prefix
        Beginning of the names of all that belongs to the environment.
    """

    def __init__(self, clients: Clients, prefix: str) -> None:
        self._clients = clients
        self._prefix = prefix

    def list(self, limit: int, cursor: str | None) -> AlarmPage:
        """A page of the alarms by their names, quiet ones among them (one DescribeAlarms).

        Parameters
        ----------
        limit, cursor
            The page's length, and the cursor of the page before.

        Raises
        ------
        ValidationError
            If the cursor is none.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415 - only those who look need it

        request: dict[str, Any] = {
            "AlarmNamePrefix": self._prefix,
            "AlarmTypes": ["MetricAlarm"],
            "MaxRecords": limit,
        }
        request |= {"NextToken": cursor} if cursor else {}
        try:
            answer = send(self._clients.cloudwatch, "describe_alarms", **request)
        except ClientError as error:
            if cursor is not None and error.response["Error"]["Code"] in BAD_CURSORS:
                raise bad_cursor(cursor) from None
            raise
        found = [self._alarm(one) for one in answer.get("MetricAlarms", ())]
        return AlarmPage(found, answer.get("NextToken"))

    def _alarm(self, found: Mapping[str, Any]) -> Alarm:
        # The time of the update moves with the reason as well.
        since = found.get("StateTransitionedTimestamp", found.get("StateUpdatedTimestamp"))
        return Alarm(
            found["AlarmName"].removeprefix(self._prefix),
            found["StateValue"],
            found.get("StateReason", ""),
            found.get("AlarmDescription", ""),
            since,
        )
