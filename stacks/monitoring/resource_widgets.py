"""The parts of the dashboard that show function, queues and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import dead_letter_queue
from stacks.declarations.resources import OwnSchedule, OwnTopic
from stacks.monitoring.metrics import (
    MAXIMUM,
    P99,
    SUM,
    of_function,
    of_queue,
    of_rule,
    of_table,
    of_topic,
)
from stacks.monitoring.queue_alarms import OLDEST_MESSAGE, VISIBLE_MESSAGES
from stacks.monitoring.widgets import Line, Widget, graph, heading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment
    from stacks.monitoring.metrics import Metric


def resource_widgets(environment: Environment) -> Iterator[Widget]:
    """Function, queues, tables, and what else of the application's own invokes the function."""
    yield from _function(environment)
    yield from _queues(environment)
    yield from _tables(environment)
    yield from _own_events(environment)


def _function(environment: Environment) -> Iterator[Widget]:
    yield heading("Function and streams")
    graphs = {
        "Invocations": (("Invocations", SUM), ("Errors", SUM), ("Throttles", SUM)),
        "Duration, ms": (("Duration", "p50"), ("Duration", P99), ("Duration", MAXIMUM)),
        "Concurrent executions": (("ConcurrentExecutions", MAXIMUM),),
    }
    for title, metrics in graphs.items():
        lines = [
            Line(f"{name} {statistic}", of_function(environment, name, statistic))
            for name, statistic in metrics
        ]
        yield graph(environment.region, title, lines)
    age = Line("latest stream", of_function(environment, "IteratorAge", MAXIMUM))
    limit = environment.monitoring.iterator_age_seconds * 1000
    yield graph(environment.region, "Age of stream records, ms", [age], limit=limit)


def _queues(environment: Environment) -> Iterator[Widget]:
    yield heading("Queues")
    waiting = [
        Line(queue, of_queue(environment, queue, VISIBLE_MESSAGES))
        for queue in environment.queue_names
    ]
    yield graph(environment.region, "Messages that wait", waiting)
    oldest = [
        Line(queue, of_queue(environment, queue, OLDEST_MESSAGE))
        for queue in environment.queue_names
    ]
    limit = environment.monitoring.oldest_message_seconds
    yield graph(environment.region, "Age of the oldest message, s", oldest, limit=limit)
    set_aside = [dead_letter_queue(source) for source in environment.dead_letter_sources]
    letters = [Line(name, of_queue(environment, name, VISIBLE_MESSAGES)) for name in set_aside]
    yield graph(environment.region, "Dead letters", letters)


def _tables(environment: Environment) -> Iterator[Widget]:
    yield heading("Tables")
    graphs = {
        "Read units, indexes left out": "ConsumedReadCapacityUnits",
        "Write units, indexes left out": "ConsumedWriteCapacityUnits",
    }
    for title, name in graphs.items():
        lines = [
            Line(table, of_table(environment, table, name)[0]) for table in environment.table_names
        ]
        yield graph(environment.region, title, lines)
    throttled = [
        Line(_label(direction, metric, environment), metric)
        for table in environment.table_names
        for direction in ("Read", "Write")
        for metric in of_table(environment, table, f"{direction}ThrottleEvents")
    ]
    yield graph(environment.region, "Throttled reads and writes", throttled)


def _own_events(environment: Environment) -> Iterator[Widget]:
    topics = [own.name for own in environment.own(OwnTopic)]
    schedules = [own.name for own in environment.own(OwnSchedule)]
    if topics or schedules:
        yield heading("Topics and schedules")
    if topics:
        names = {"published": "NumberOfMessagesPublished", "failed": "NumberOfNotificationsFailed"}
        lines = [
            Line(f"{topic} {label}", of_topic(environment, topic, name))
            for topic in topics
            for label, name in names.items()
        ]
        yield graph(environment.region, "Messages of topics", lines)
    if schedules:
        names = {"invoked": "Invocations", "failed": "FailedInvocations"}
        lines = [
            Line(f"{schedule} {label}", of_rule(environment, schedule, name))
            for schedule in schedules
            for label, name in names.items()
        ]
        yield graph(environment.region, "Times of schedules", lines)


def _label(direction: str, metric: Metric, environment: Environment) -> str:
    names = [name.removeprefix(environment.prefix) for name in metric.dimensions.values()]
    return " ".join([direction.lower(), *names])
