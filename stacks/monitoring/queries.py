"""Saved queries of CloudWatch Logs Insights (CloudWatch Logs guide, "Query syntax")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

EXAMPLE_KEY = "AIRPORT#KIX@3"
"""Stands in a query for the key that its user writes there."""


class Logs(Enum):
    """Logs that a query reads."""

    FUNCTION = "the function's"
    COMMANDS = "both lanes'"
    MACHINES = "all state machines'"
    API = "the HTTP API's"
    LIVE = "the live channel's"
    LISTENERS = "the function's, if there is a live channel"


@dataclass(frozen=True, slots=True)
class Query:
    """A saved query.

    Attributes
    ----------
    name
        Its name in lists.
    logs
        The logs that it reads.
    purpose
        The question that it answers.
    text
        The query.
    """

    name: str
    logs: tuple[Logs, ...]
    purpose: str
    text: str


QUERIES = (
    Query(
        "function-errors",
        (Logs.FUNCTION,),
        "Errors of the function, and invocations that ran out of time or memory.",
        "fields @timestamp, message, error, reason, execution, state, @message\n"
        '| filter level in ["ERROR", "CRITICAL"] or @message like /Task timed out|Runtime\\.|'
        "errorType/\n"
        "| sort @timestamp desc\n"
        "| limit 200",
    ),
    Query(
        "api-errors",
        (Logs.API,),
        "Requests that the HTTP API answered with an error, and why; it is there if the API is.",
        "fields @timestamp, status, method, path, subject, caller, authorizerError, error, "
        "integrationError, latency, functionRequestId\n"
        "| filter status >= 400\n"
        "| sort @timestamp desc\n"
        "| limit 200",
    ),
    Query(
        "live-errors",
        (Logs.LIVE,),
        "Connections and messages that the live channel refused; it is there if the channel is.",
        "fields @timestamp, status, event, ip, connection, error, integrationError, "
        "integrationStatus, functionRequestId\n"
        "| filter status >= 400\n"
        "| sort @timestamp desc\n"
        "| limit 200",
    ),
    Query(
        "live-dropped",
        (Logs.LISTENERS,),
        "Live messages that their connections did not get, and why.",
        "fields @timestamp, connection, reason\n"
        '| filter message = "Live message dropped"\n'
        "| sort @timestamp desc\n"
        "| limit 200",
    ),
    Query(
        "command-story",
        (Logs.COMMANDS, Logs.FUNCTION),
        f"All that happened to one command: write its key in the place of `{EXAMPLE_KEY}`.",
        "fields @timestamp, type, details.name, details.error, details.cause, level, message, "
        "execution_arn\n"
        f'| filter @message like "{EXAMPLE_KEY}"\n'
        "| sort @timestamp asc\n"
        "| limit 1000",
    ),
    Query(
        "slow-states",
        (Logs.MACHINES,),
        "States by the time from their entry to their exit, in milliseconds; the states of a map "
        "count as one in each execution.",
        "filter type like /State(Entered|Exited)$/\n"
        "| stats max(@timestamp) - min(@timestamp) as milliseconds by execution_arn, details.name\n"
        "| sort milliseconds desc\n"
        "| limit 100",
    ),
    Query(
        "rejected-rows",
        (Logs.FUNCTION,),
        "Imports that rejected rows or failed; `cqrs import errors` tells the rows.",
        "fields @timestamp, job, status, total, succeeded, skipped, failed\n"
        '| filter message = "Import ended" and (failed > 0 or status = "FAILED")\n'
        "| sort @timestamp desc\n"
        "| limit 100",
    ),
    Query(
        "dead-lettered-records",
        (Logs.FUNCTION,),
        "Records and messages that the function set aside, and why.",
        "fields @timestamp, record, error, reason\n"
        '| filter message = "Record set aside"\n'
        "| sort @timestamp desc\n"
        "| limit 200",
    ),
)
