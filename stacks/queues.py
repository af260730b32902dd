"""SQS queues, and where messages and stream records end that cannot be handled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cqrs.resources import STREAMED_TABLES, Queue, Table, dead_letter_queue
from stacks.bindings import Construct, SqsQueue

if TYPE_CHECKING:
    from stacks.environment import Environment

RETENTION_SECONDS = 14 * 24 * 60 * 60
"""Longest retention of SQS: time to notice and redrive."""


class Queues(Construct):
    """Queues with their dead-letter queues, and an on-failure queue for each stream.

    The provider polls every new queue for 25 seconds. All queues are therefore named by rule, so
    that they can be created side by side; only AWS needs a dead-letter queue to be there before
    the queue that names it.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "queues")
        self._environment = environment
        self._dead_letters = {
            **{queue: self._dead_letter_queue(queue, [queue]) for queue in Queue},
            **{table: self._dead_letter_queue(table, []) for table in STREAMED_TABLES},
        }
        self._queues = {queue: self._queue(queue) for queue in Queue}

    def url(self, queue: Queue) -> str:
        """URL of a queue."""
        return str(self._queues[queue].url)

    def arn(self, queue: Queue) -> str:
        """ARN of a queue."""
        return str(self._queues[queue].arn)

    def dead_letter_url(self, source: Queue | Table) -> str:
        """URL of a queue's dead-letter queue or a stream's on-failure queue."""
        return str(self._dead_letters[source].url)

    def dead_letter_arn(self, source: Queue | Table) -> str:
        """ARN of a queue's dead-letter queue or a stream's on-failure queue."""
        return str(self._dead_letters[source].arn)

    def _queue(self, queue: Queue) -> SqsQueue:
        environment = self._environment
        redrive = {
            "deadLetterTargetArn": environment.queue_arn(dead_letter_queue(queue)),
            "maxReceiveCount": environment.queues.max_receive_count,
        }
        return SqsQueue(
            self,
            queue,
            name=environment.qualified(queue),
            sqs_managed_sse_enabled=True,
            visibility_timeout_seconds=environment.queue_visibility_seconds,
            redrive_policy=json.dumps(redrive),
            depends_on=[self._dead_letters[queue]] if environment.dialect == "aws" else None,
        )

    def _dead_letter_queue(self, source: Queue | Table, sources: list[Queue]) -> SqsQueue:
        environment = self._environment
        arns = [environment.queue_arn(queue) for queue in sources]
        allow = {"redrivePermission": "byQueue", "sourceQueueArns": arns} if arns else DENY_ALL
        name = dead_letter_queue(source)
        return SqsQueue(
            self,
            name,
            name=environment.qualified(name),
            sqs_managed_sse_enabled=True,
            message_retention_seconds=RETENTION_SECONDS,
            redrive_allow_policy=json.dumps(allow),
        )


DENY_ALL = {"redrivePermission": "denyAll"}
