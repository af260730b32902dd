"""An AWS account in which the environment is deployed, and the application at work in it."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

import cqrs
from cqrs.application import Application
from cqrs.aws.clients import Clients
from cqrs.core import observability
from tests.limits.chance import Chance
from tests.limits.client import Session
from tests.limits.clock import Clock
from tests.limits.deployment import Deployment
from tests.limits.dynamodb import DynamoDb, Values
from tests.limits.function import Function
from tests.limits.objects import Objects
from tests.limits.queues import Message, Queues, QueueSource
from tests.limits.quotas import Quotas
from tests.limits.step_functions import StepFunctions
from tests.limits.streams import Stream, matches
from tests.limits.tally import Tally

Register = Callable[[Application], None]
"""Registers handlers on an application."""


class Account:
    """All services, wired as deployed.

    Parameters
    ----------
    deployment
        The resources that are deployed.
    quotas
        Its limits.
    seed
        Of all chance.
    register
        Registers the handlers of the application.
    """

    def __init__(
        self,
        deployment: Deployment,
        quotas: Quotas,
        seed: int,
        register: Register = lambda _: None,
    ) -> None:
        self.deployment = deployment
        self.quotas = quotas
        self.clock = Clock(seed)
        self.chance = Chance(self.clock)
        self.tally = Tally()
        self._register = register
        self.observers: list[Callable[[str, Values | None, Values], None]] = []
        self.is_dynamodb_away = False
        self.objects = Objects(self.tally)
        self.dynamodb = DynamoDb(self.clock, quotas, self.tally, self._observe)
        self.function = Function(
            self.clock,
            self.chance,
            quotas,
            self.tally,
            deployment.function(),
            self.application,
        )
        self.step_functions = StepFunctions(
            self.clock,
            self.chance,
            quotas,
            self.tally,
            self.function,
            self.objects,
        )
        self.queues = Queues(self.clock, self.tally)
        self.streams: dict[str, Stream] = {}
        self.services: Mapping[str, Any] = {
            "dynamodb": self.dynamodb,
            "stepfunctions": self.step_functions,
            "sqs": self.queues,
            "s3": self.objects,
            "sns": SimpleNamespace(publish=lambda **_: {}),
        }
        self._deploy()

    def application(self) -> Application:
        """An application of a new process."""
        application = Application(self.deployment.settings, Clients(Session(self)))
        self._register(application)
        return application

    def _deploy(self) -> None:
        deployment = self.deployment
        for name, indexes, _ in deployment.tables():
            base = name.removeprefix(deployment.settings.resource_prefix)
            self.dynamodb.make_table(name, base, indexes)
        for machine in deployment.machines():
            self.step_functions.machines[machine.arn] = machine
        for queue in deployment.queues():
            self.queues.make(queue)
        for table, of in deployment.streams():
            stream = self.streams[table] = Stream(
                self.clock,
                self.chance,
                self.tally,
                self.function,
                of,
                self.quotas.scale,
                self._bury,
            )
            self.dynamodb.tables[table].emit = partial(self._emit, table, stream)
        for name, source in deployment.queue_sources():
            queue_of = self.queues.all[name]
            queue_of.source = QueueSource(
                self.clock,
                self.chance,
                self.quotas,
                self.tally,
                self.queues,
                self.function,
                queue_of,
                source,
            )
        patterns = list(deployment.event_patterns())

        def deliver(event: dict[str, Any]) -> None:
            if any(matches(pattern, event) for pattern in patterns):
                self.function.invoke_later(event)

        self.step_functions.on_event = deliver
        self.scheduled = list(deployment.schedules())

    def _bury(self, queue: str, record: Any) -> None:
        self.queues.all[queue].visible.append(Message("record", str(record), {}, 0))

    def _emit(
        self, table: str, stream: Stream, name: str, _before: Values | None, after: Values | None
    ) -> None:
        if after is not None:
            pk, sk = after["pk"]["S"], after["sk"]["S"]
            shard = self.dynamodb.tables[table].partitions.of(pk, sk).number
            stream.emit(name, after, shard)

    def _observe(self, table: str, before: Values | None, after: Values | None) -> None:
        if after is None:
            return
        for observer in self.observers:
            observer(table, before, after)

    def begin_schedules(self, until: float) -> None:
        """Let schedules invoke the function, up to a time."""
        for schedule in self.scheduled:

            def invoke(schedule: Any = schedule) -> None:
                self.function.invoke_later(schedule.event)
                if self.clock.now + schedule.seconds < until:
                    self.clock.at(schedule.seconds, invoke)

            self.clock.at(self.chance.uniform(0, schedule.seconds), invoke)

    def put_away(self, service: str, start: float, seconds: float) -> None:
        """Let Lambda or DynamoDB refuse everything for a while."""

        def change(is_away: bool) -> Callable[[], None]:
            def act() -> None:
                if service == "lambda":
                    self.function.is_away = is_away
                else:
                    self.is_dynamodb_away = is_away

            return act

        self.clock.at(start, change(is_away=True))
        self.clock.at(start + seconds, change(is_away=False))

    @property
    def dead_letters(self) -> dict[str, int]:
        """How many there are in each dead-letter queue that has any."""
        return {
            name: len(queue)
            for name, queue in self.queues.all.items()
            if "dlq" in name and len(queue)
        }

    @property
    def waiting(self) -> int:
        """Work that is under way or waits: records, messages, executions and invocations."""
        streams = sum(stream.backlog for stream in self.streams.values())
        queues = sum(len(queue) for name, queue in self.queues.all.items() if "dlq" not in name)
        executions = self.step_functions.running + len(self.step_functions.running_express)
        return streams + queues + executions + self.function.running

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let the runtime follow the account's clock, and count its metrics here."""
        _import_all()
        kept = observability.metrics
        observability.metrics = self.tally  # type: ignore[assignment]
        logging.disable(logging.CRITICAL)
        try:
            with self.clock.rules():
                yield
        finally:
            observability.metrics = kept
            logging.disable(logging.NOTSET)


def _import_all() -> None:
    """Import the whole runtime: what is imported later would not follow the clock."""
    for module in pkgutil.walk_packages(cqrs.__path__, "cqrs."):
        importlib.import_module(module.name)
