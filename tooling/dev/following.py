"""Following the deployed environment: the function's log, and executions that end.

Each is a source: a call that returns what is new, a line each. Another follower may take its place.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from cqrs.aws.log_events import LogEvent
from cqrs.errors import CqrsError
from tooling.dev.report import Report, Topic

Source = Callable[[], Iterable[str]]

OVERLAP_SECONDS = 10.0
"""Entries reach a log late, and out of order: so much is read again, and told once."""

LONGEST_LINE = 300
MOST_ENDS = 20


class FunctionLog:
    """Lines that the function has logged.

    Parameters
    ----------
    client
        A client of CloudWatch Logs.
    group
        Name of the function's log group.
    lines
        Puts its events into words.
    """

    def __init__(
        self, client: Any, group: str, lines: Callable[[Iterable[LogEvent]], Iterable[str]]
    ) -> None:
        self._client = client
        self._group = group
        self._lines = lines
        self._since = time.time()
        self._told: dict[str, float] = {}

    def __call__(self) -> Iterator[str]:
        """Return the lines since the last call."""
        start = time.time()
        pages = self._client.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, startTime=int(self._since * 1000)
        )
        found: list[LogEvent] = []
        for page in pages:
            for event in page["events"]:
                identity = _identity(event)
                if identity not in self._told:
                    self._told[identity] = start
                    stream = event.get("logStreamName", "")
                    found.append(LogEvent(event["timestamp"], stream, event["message"], identity))
        yield from self._lines(found)
        self._since = max(self._since, start - OVERLAP_SECONDS)
        oldest = self._since - OVERLAP_SECONDS
        self._told = {known: told for known, told in self._told.items() if told > oldest}


class EndedExecutions:
    """Executions that have ended.

    Parameters
    ----------
    client
        A client of Step Functions.
    machines
        ARNs of the machines. An Express one has no list of executions.
    """

    def __init__(self, client: Any, machines: Sequence[str]) -> None:
        self._client = client
        self._machines = machines
        self._since = time.time()
        self._told: set[str] = set()

    def __call__(self) -> Iterator[str]:
        """Return the ends since the last call."""
        for machine in self._machines:
            answer = self._client.list_executions(stateMachineArn=machine, maxResults=MOST_ENDS)
            for execution in reversed(answer["executions"]):
                ended, arn = execution.get("stopDate"), execution["executionArn"]
                if ended and ended.timestamp() >= self._since and arn not in self._told:
                    self._told.add(arn)
                    yield self._end(machine, execution)

    def _end(self, machine: str, execution: dict[str, Any]) -> str:
        name, status = execution["name"], execution["status"]
        text = f"{machine.rpartition(':')[2]} {name} {status}"
        if status == "SUCCEEDED":
            return text
        found = self._client.describe_execution(executionArn=execution["executionArn"])
        reason = " ".join(str(found[key]) for key in ("error", "cause") if found.get(key))
        return f"{text}: {reason}"[:LONGEST_LINE] if reason else text


class Follower:
    """Tells what sources have, from a thread of its own, until its block ends.

    Parameters
    ----------
    sources
        The sources, by what their lines are about.
    report
        Is told.
    pause_seconds
        From one look at all of them to the next.
    """

    def __init__(
        self, sources: dict[Topic, Source], report: Report, pause_seconds: float = 1.0
    ) -> None:
        self._sources = sources
        self._report = report
        self._pause_seconds = pause_seconds
        self._ended = threading.Event()
        self._last_error: dict[Topic, str] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Follower":
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End; a request that is under way is not waited for."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._pause_seconds):
            for topic, source in self._sources.items():
                self._tell(topic, source)

    def _tell(self, topic: Topic, source: Source) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            for text in source():
                if self._ended.is_set():
                    return
                self._report.line(topic, text)
            self._last_error.pop(topic, None)
        except (BotoCoreError, ClientError, CqrsError) as error:
            # One that stays is told once.
            if self._last_error.get(topic) != str(error):
                self._last_error[topic] = str(error)
                self._report.error(topic, str(error))


def _identity(event: Mapping[str, Any]) -> str:
    """Tells an entry from the others. Emulator difference: MiniStack 1.5.33 gives it no id."""
    known = event.get("eventId")
    return str(known or (event.get("logStreamName"), event["timestamp"], event["message"]))
