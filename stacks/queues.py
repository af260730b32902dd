"""SQS queues, and where messages and stream records end that cannot be handled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.resources import DEAD_LETTER_RETENTION_DAYS, dead_letter_queue
from stacks.access.resource_policies import refuse_plain_http
from stacks.bindings import Construct, SqsQueue, TerraformResourceLifecycle
from stacks.documents import render
from stacks.encryption import EncryptionKey, arn_of
from stacks.options.sources import QUEUE_RETENTION_SECONDS

if TYPE_CHECKING:
    from stacks.environment.model import Environment

RedriveAllow = dict[str, str | list[str]]

ALLOW_FROM_NONE: RedriveAllow = {"redrivePermission": "denyAll"}
"""An on-failure queue is written to by Lambda, and is not a queue's dead-letter queue."""


def allow_from(queue_arn: str) -> RedriveAllow:
    """Let one queue alone move messages to its dead-letter queue."""
    return {"redrivePermission": "byQueue", "sourceQueueArns": [queue_arn]}


class Queues(Construct):
    """Queues with their dead-letter queues, and on-failure queues of other sources.

    The provider polls every new queue for 25 seconds, and every change of one. Nothing but a
    dead-letter queue, which must be there before the queue that names it, is therefore waited for.
    """

    def __init__(
        self, scope: Construct, environment: Environment, key: EncryptionKey | None
    ) -> None:
        super().__init__(scope, "queues")
        self._environment = environment
        self._key = key
        queues = environment.queue_names
        self._dead_letters = {
            source: self._dead_letter_queue(
                source,
                allow_from(environment.queue_arn(source)) if source in queues else ALLOW_FROM_NONE,
            )
            for source in environment.dead_letter_sources
        }
        self._queues = {queue: self._queue(queue) for queue in queues}

    def url(self, queue: str) -> str:
        """URL of a queue."""
        return str(self._queues[queue].url)

    def arn(self, queue: str) -> str:
        """ARN of a queue."""
        return str(self._queues[queue].arn)

    def dead_letter_url(self, source: str) -> str:
        """URL of a queue's dead-letter queue or another source's on-failure queue."""
        return str(self._dead_letters[source].url)

    def dead_letter_arn(self, source: str) -> str:
        """ARN of a queue's dead-letter queue or another source's on-failure queue."""
        return str(self._dead_letters[source].arn)

    def _queue(self, queue: str) -> SqsQueue:
        environment = self._environment
        redrive = {
            "deadLetterTargetArn": environment.queue_arn(dead_letter_queue(queue)),
            "maxReceiveCount": environment.queues.max_receive_count,
        }
        return SqsQueue(
            self,
            queue,
            **self._common(queue),
            visibility_timeout_seconds=environment.queue_visibility_seconds,
            message_retention_seconds=QUEUE_RETENTION_SECONDS,
            redrive_policy=render(redrive),
            depends_on=[self._dead_letters[queue]],
        )

    def _dead_letter_queue(self, source: str, redrive_allow: RedriveAllow) -> SqsQueue:
        name = dead_letter_queue(source)
        return SqsQueue(
            self,
            name,
            **self._common(name),
            message_retention_seconds=DEAD_LETTER_RETENTION_DAYS * 86_400,
            redrive_allow_policy=render(redrive_allow),
        )

    def _common(self, base_name: str) -> dict[str, Any]:
        """Name, encryption and protection, which all queues have alike."""
        environment = self._environment
        protected = environment.deletion_protection
        return {
            "name": environment.qualified(base_name),
            # SQS takes either its own key or one of the account's.
            "sqs_managed_sse_enabled": True if self._key is None else None,
            "kms_master_key_id": arn_of(self._key),
            "policy": refuse_plain_http(environment, "sqs:*", environment.queue_arn(base_name)),
            "lifecycle": TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        }
