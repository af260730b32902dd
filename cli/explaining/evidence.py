"""Lines of logs and histories of executions about a piece of work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cli.deployed.log_groups import LogGroups
from cli.explaining.histories import Event, logged_histories, standard_history
from cli.explaining.lines import lines_of, without_repeats
from cli.explaining.ways import Way, way_of
from cqrs.aws.clients import send
from cqrs.aws.log_lines import Level, Line
from cqrs.aws.state_visits import ENTERED, EXITED
from cqrs.aws.step_functions import execution_arn
from cqrs.core.json_text import from_json_or_text
from cqrs.core.log_keys import REQUEST
from cqrs.resources import StateMachine

if TYPE_CHECKING:
    from cli.deployed.connection import Connection
    from cli.explaining.wanted import Wanted
    from cqrs.aws.log_events import LogEvent
    from cqrs.core.keys import CommandKey

HTTP_API = "http-api"
"""Source of lines of the access log."""

INVOKED = "functionRequestId"
ACCESS = ("subject", "caller", "error", "authorizerError", "integrationError", "latency")
"""Fields of a line of the access log that are told."""

MOST_INVOCATIONS = 20
"""Invocations that one pattern asks for: it takes 1,024 characters, and an id has 36."""

MOST_EXECUTIONS = 5
"""Express executions of one command that are looked at, the last ones."""

NAME_PART = 7
"""Place of the name in an execution's ARN (Step Functions guide, "Amazon resource names")."""


class Evidence:
    """Reads what an environment knows of its work.

    Parameters
    ----------
    connection
        The environment.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def logs(self) -> LogGroups:
        """Its log groups."""
        return LogGroups(self.connection)

    @property
    def function_group(self) -> str:
        """Name of the function's log group."""
        return self.connection.environment.function_log_group

    def machine_group(self, machine: str) -> str:
        """Name of a state machine's log group."""
        return self.connection.environment.machine_log_group(machine)

    def lines(
        self,
        wanted: Wanted,
        since: datetime,
        until: datetime | None = None,
        invocations: Sequence[str] = (),
    ) -> list[Line]:
        """The function's lines that are wanted, with what their invocations printed.

        Parameters
        ----------
        invocations
            Further invocations that are known to be about the work.
        """
        first = _milliseconds(since)
        last = None if until is None else _milliseconds(until)
        events: dict[str, LogEvent] = {}
        for phrase in wanted.phrases or ("",):
            events |= self._found(first, last, phrase)
        for begin in range(0, len(invocations), MOST_INVOCATIONS):
            events |= self._found(first, last, *invocations[begin : begin + MOST_INVOCATIONS])
        if wanted.is_narrow and events:
            # In the order of each process, which times do not tell.
            events = {**self._beside(list(events.values())), **events}
        lines = lines_of(sorted(events.values(), key=lambda event: event.at))
        return without_repeats(wanted.selected(lines, frozenset(invocations)))

    def _found(self, first: int, last: int | None, *phrases: str) -> dict[str, LogEvent]:
        return _by_id(
            self.logs.events(self.function_group, since=first, until=last, phrases=phrases)
        )

    def _beside(self, events: Sequence[LogEvent]) -> dict[str, LogEvent]:
        """The lines of the same processes about then, among them those that invocations printed."""
        reach = self.connection.settings.function_timeout_seconds * 1000
        streams = sorted({event.stream for event in events if event.stream})
        found = self.logs.events(
            self.function_group,
            since=min(event.at for event in events) - reach,
            until=max(event.at for event in events) + reach,
            streams=streams,
        )
        return _by_id(found)

    def way(self, machine: str, name: str) -> Way | None:
        """The way of a Standard execution; None if there is no such execution."""
        services = self.connection.services
        arn = execution_arn(self.connection.settings.state_machine_arn(machine), name)
        known = services.step_functions.describe(arn)
        if known is None:
            return None
        history = standard_history(services.execution_reader, arn)
        way = way_of(machine, name, history or (), known.status)
        way.started = way.started or known.started.astimezone(UTC)
        way.stopped = way.stopped or known.stopped
        if known.error is not None:
            way.error, way.cause = known.error, known.cause or ""
        way.is_hidden, way.given = history is None, known.input
        return way

    def express_ways(self, key: CommandKey, since: datetime) -> list[Way]:
        """The ways of Express executions of a command, as far as their log has them."""
        machine = StateMachine.EXPRESS_COMMAND
        group, first = self.machine_group(machine), _milliseconds(since)
        # Not every event has what its execution was started with.
        named = logged_histories(self.logs.events(group, since=first, phrases=(key.sk,)))
        own = [arn for arn, history in named.items() if any(_is_given(key, one) for one in history)]
        ways = []
        for arn in own[-MOST_EXECUTIONS:]:
            of_one = logged_histories(self.logs.events(group, since=first, phrases=(arn,)))
            ways.append(way_of(machine, execution_name_of(arn), of_one.get(arn, named[arn])))
        return ways

    def access_lines(self, request: str, since: datetime) -> list[Line]:
        """Lines of the access log of the HTTP API about a request; none if there is no API."""
        environment = self.connection.environment
        if not environment.api.enabled:
            return []
        first = _milliseconds(since)
        events = self.logs.events(environment.api_log_group, since=first, phrases=(request,))
        read = [(event, from_json_or_text(event.message)) for event in events]
        return [
            _access_line(event, said)
            for event, said in read
            if isinstance(said, dict) and request in {said.get("requestId"), said.get(INVOKED)}
        ]

    def machine_lines(self, machine: str, since: datetime, phrase: str = "") -> list[Line]:
        """Events of a machine's log as lines."""
        events = self.logs.events(
            self.machine_group(machine), since=_milliseconds(since), phrases=(phrase,)
        )
        return [
            line
            for arn, history in logged_histories(events).items()
            for line in history_lines(machine, execution_name_of(arn), history)
        ]

    def history_lines(self, machine: str, name: str) -> list[Line] | None:
        """The history of a Standard execution as lines; None if it may not be read."""
        arn = execution_arn(self.connection.settings.state_machine_arn(machine), name)
        history = standard_history(self.connection.services.execution_reader, arn)
        return None if history is None else history_lines(machine, name, history)

    def definition(self, machine: str) -> dict[str, Any]:
        """The definition of a state machine as it is deployed; empty if it may not be read."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        client = self.connection.services.clients.step_functions
        arn = self.connection.settings.state_machine_arn(machine)
        try:
            answer = send(client, "describe_state_machine", stateMachineArn=arn)
        except ClientError:
            return {}
        found = from_json_or_text(answer["definition"])
        return found if isinstance(found, dict) else {}


def _by_id(events: Iterable[LogEvent]) -> dict[str, LogEvent]:
    """Events by what tells each from the others.

    Emulator difference: events of MiniStack have no ids, and a traceback may have a line twice.
    """
    found: dict[str, LogEvent] = {}
    times: Counter[str] = Counter()
    for event in events:
        times[event.id] += 1
        found[f"{event.id} {times[event.id]}"] = event
    return found


def history_lines(machine: str, name: str, history: Iterable[Event]) -> list[Line]:
    """Events of an execution as lines."""
    events = list(history)
    return [_history_line(machine, name, event) for event in events if _tells(event)]


def _tells(event: Event) -> bool:
    """Whether an event tells something that those around it do not."""
    is_whole = event.kind.startswith("Execution")
    return is_whole or event.is_failure or event.kind.endswith((ENTERED, EXITED))


def _history_line(machine: str, name: str, event: Event) -> Line:
    keys: dict[str, Any] = {"execution": name}
    if event.state:
        keys["state"] = event.state
    if event.error:
        keys |= {"error": event.error, "reason": event.cause}
    return Line(
        event.at,
        machine,
        Level.ERROR if event.is_failure else Level.INFO,
        event.kind,
        keys,
        event.invocation,
        id=f"{name} {event.id}",
    )


def _access_line(event: LogEvent, said: dict[str, Any]) -> Line:
    """A line of the access log (``stacks/api/stage.py``)."""
    status = str(said.get("status", ""))
    keys = {name: said[name] for name in ACCESS if said.get(name) not in (None, "", "-")}
    is_fault = status.startswith("5")
    return Line(
        datetime.fromtimestamp(event.at / 1000, UTC),
        HTTP_API,
        Level.ERROR if is_fault else Level.INFO,
        f"{said.get('method', '')} {said.get('path', '')}: {status}",
        {REQUEST: str(said.get("requestId", "")), **keys},
        str(said.get(INVOKED) or "").removeprefix("-"),
        id=event.id,
    )


def _is_given(key: CommandKey, event: Event) -> bool:
    given = event.given if isinstance(event.given, dict) else {}
    return (given.get("pk"), given.get("sk")) == key.address


def execution_name_of(arn: str) -> str:
    """Name of an execution; the ARN of an Express one ends in an id of its run."""
    return arn.split(":")[NAME_PART]


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
