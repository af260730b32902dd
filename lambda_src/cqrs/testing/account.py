"""The services of an environment in memory, wired as they are deployed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from cqrs.core.attribute_values import plain_value
from cqrs.deployment.healing import HEAL_EVENT
from cqrs.execution_events import ERRORS
from cqrs.resources import FAILED_EVENTS, STREAMED_TABLES, OwnKind, dead_letter_queue
from cqrs.testing.aws.dynamodb import DynamoDb, Values
from cqrs.testing.aws.runs import Machine, Outcome
from cqrs.testing.aws.s3 import Objects
from cqrs.testing.aws.sns import Topics
from cqrs.testing.aws.sqs import Queue, Queues
from cqrs.testing.aws.step_functions import StepFunctions
from cqrs.testing.schedules import next_after
from cqrs.testing.streams import Stream, StreamOf

if TYPE_CHECKING:
    from cqrs.testing.clock import Clock
    from cqrs.testing.deployed import Deployed
    from cqrs.testing.function import Function

SCHEDULED_EVENT = "Scheduled Event"
HEALER = "healer"


class Account:
    """All services.

    Parameters
    ----------
    deployed
        The environment as it would be deployed.
    clock
        The clock.
    function
        The function.
    healing
        Whether the healer runs by its schedule.
    """

    def __init__(
        self, deployed: Deployed, clock: Clock, function: Function, *, healing: bool
    ) -> None:
        self._deployed = deployed
        self._clock = clock
        self._function = function
        self._environment = deployed.environment
        self.objects = Objects(put=self._object_put)
        self.dynamodb = DynamoDb(self._written)
        self.step_functions = StepFunctions(clock, self.objects, function.invoke, self._execution)
        self.queues = Queues(clock)
        self.topics = Topics(deployed.settings.resource_prefix)
        self.services: Mapping[str, Any] = {
            "dynamodb": self.dynamodb,
            "stepfunctions": self.step_functions,
            "sqs": self.queues,
            "sns": self.topics,
            "s3": self.objects,
        }
        self.schedules: dict[str, Callable[[], None]] = {}
        function.lost = self._event_lost
        self._make_queues()
        self._make_tables()
        self._make_machines()
        self._make_topics()
        self._make_schedules(healing=healing)

    # Resources

    def _make_queues(self) -> None:
        environment = self._environment
        for source in environment.dead_letter_sources:
            name = environment.qualified(dead_letter_queue(source))
            self.queues.all[name] = Queue(name, environment.queue_arn(dead_letter_queue(source)))
        for base in environment.queue_names:
            name = environment.qualified(base)
            self.queues.all[name] = Queue(
                name,
                environment.queue_arn(base),
                environment.queue_visibility_seconds,
                environment.queues.max_receive_count,
                self._deliver_message,
                self.dead_letter_queue(base),
            )

    def dead_letter_queue(self, source: str) -> Queue:
        """The queue of what a source could not deliver."""
        return self.queues.all[self._environment.qualified(dead_letter_queue(source))]

    def _make_tables(self) -> None:
        environment = self._environment
        for base in environment.table_names:
            name = environment.qualified(base)
            self.dynamodb.make_table(name, base, self._deployed.indexes(base))
        for base in environment.streamed_table_names:
            of = StreamOf(
                f"{environment.table_arn(base)}/stream/memory",
                self._deployed.filters.get(base, ()),
                base not in STREAMED_TABLES,
                environment.streams.max_retry_attempts,
                environment.streams.max_record_age_seconds,
            )
            set_aside = partial(self._record_lost, base)
            stream = Stream(self._clock, of, self._handle_batch, set_aside)
            self.dynamodb.tables[environment.qualified(base)].emit = stream.emit

    def _make_machines(self) -> None:
        environment = self._environment
        for base, definition in self._deployed.definitions.items():
            self.step_functions.make_machine(
                Machine(
                    environment.state_machine(base),
                    environment.state_machine_arn(base),
                    definition,
                    base not in environment.standard_machines,
                )
            )

    def _make_topics(self) -> None:
        settings = self._deployed.settings
        if settings.notification_topic_arn:
            self.topics.subscribers[settings.notification_topic_arn] = None
        for base in settings.own(OwnKind.TOPIC):
            arn = self._environment.topic_arn(base)
            self.topics.subscribers[arn] = self._function.invoke_later

    def _make_schedules(self, *, healing: bool) -> None:
        from stacks.declarations.resources import OwnSchedule  # noqa: PLC0415 - of the stacks

        environment = self._environment
        for own in environment.own(OwnSchedule):
            self.schedules[own.name] = partial(self._run_schedule, own.name)
            self._schedule(own.expression, self.schedules[own.name])
        minutes = environment.healing.rate_minutes
        self.schedules[HEALER] = lambda: self._function.invoke_later(HEAL_EVENT)
        if healing and minutes:
            self._schedule(f"rate({minutes} minutes)", self.schedules[HEALER])

    def _schedule(self, expression: str, act: Callable[[], None]) -> None:
        now = self._clock.moment()
        seconds = (next_after(expression, now) - now).total_seconds()

        def run() -> None:
            act()
            self._schedule(expression, act)

        self._clock.at(seconds, run)

    # Invocations of the function

    def _handle_batch(self, event: dict[str, Any]) -> bool:
        outcome = self._function.invoke(event)
        return not outcome.error and not (outcome.answer or {}).get("batchItemFailures")

    def _deliver_message(self, record: Mapping[str, Any]) -> bool:
        return self._handle_batch({"Records": [dict(record)]})

    def _run_schedule(self, name: str) -> None:
        environment = self._environment
        self._function.invoke_later(
            {
                "id": f"scheduled-{name}",
                "detail-type": SCHEDULED_EVENT,
                "source": "aws.events",
                "account": environment.account_id,
                "time": f"{self._clock.moment():%Y-%m-%dT%H:%M:%SZ}",
                "region": environment.region,
                "resources": [environment.arn("events", f"rule/{environment.qualified(name)}")],
                "detail": {},
            }
        )

    def _execution(self, event: dict[str, Any]) -> None:
        if event["detail"]["status"] in ERRORS:
            self._function.invoke_later(event)

    def _object_put(self, bucket: str, key: str, content: bytes, etag: str) -> None:
        environment = self._environment
        own = self._deployed.settings.own(OwnKind.BUCKET)
        if bucket not in {environment.own_bucket(base) for base in own}:
            return
        record = {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "awsRegion": environment.region,
            "eventTime": f"{self._clock.moment():%Y-%m-%dT%H:%M:%S.000Z}",
            "s3": {
                "bucket": {"name": bucket, "arn": environment.bucket_arn(bucket)},
                "object": {
                    "key": quote_plus(key, safe="/"),
                    "size": len(content),
                    "eTag": etag.strip('"'),
                },
            },
        }
        self._function.invoke_later({"Records": [record]})

    # Losses, and ends of items

    def _record_lost(self, table: str, record: Mapping[str, Any]) -> None:
        """Keep the place of a record in its stream, as an on-failure destination does."""
        number = record["dynamodb"]["SequenceNumber"]
        batch = {
            "startSequenceNumber": number,
            "endSequenceNumber": number,
            "batchSize": 1,
            "streamArn": record["eventSourceARN"],
        }
        self.queues.put(
            self.dead_letter_queue(table), json.dumps({"DDBStreamBatchInfo": batch}), {}
        )

    def _event_lost(self, event: Any, outcome: Outcome) -> None:
        if not self._environment.has_own_events:
            return
        body = {
            "requestContext": {"condition": "RetriesExhausted"},
            "requestPayload": event,
            "responsePayload": {"errorType": outcome.error, "errorMessage": outcome.cause},
        }
        self.queues.put(self.dead_letter_queue(FAILED_EVENTS), json.dumps(body), {})

    def _written(self, table: str, _before: Values | None, after: Values | None) -> None:
        expires = None if after is None else after.get("ttl")
        if after is None or expires is None or "N" not in expires:
            return
        at = float(plain_value(expires))
        seconds = max(at - self._clock.moment().timestamp(), 0.0)
        pk, sk = after["pk"]["S"], after["sk"]["S"]

        def expire() -> None:
            name = self._environment.qualified(table)
            known = self.dynamodb.tables[name].get(pk, sk)
            if known is not None and known[0].get("ttl") == expires:
                self.dynamodb.delete_item(TableName=name, Key={"pk": {"S": pk}, "sk": {"S": sk}})

        self._clock.at(seconds, expire)


def moment_of(text: str) -> datetime:
    """A moment in ISO 8601.

    Raises
    ------
    ValueError
        If it has no time zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone: write it as 2026-01-01T09:00:00+09:00.")
    return moment
