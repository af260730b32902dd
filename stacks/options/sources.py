"""Streams and queues, which invoke the function."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cqrs.resources import Queue
from stacks.options.section import Section, TtlDays

QUEUE_RETENTION_SECONDS = 4 * 86_400
"""Time that a queue keeps a message; its dead-letter queue keeps it longer."""


RECORD_AGE_SECONDS = 20 * 3600
"""Of a stream's 24 hours, which leaves four to give back what is then set aside."""


class StreamOptions(Section):
    """``[streams]``: the event sources of the tables' streams."""

    # There is no batching window: a batch takes what is there, and a single record waits for none.
    batch_size: int = Field(
        default=10,
        ge=1,
        le=10000,
        description="Most records an invocation; default 10. A batch goes on from the first record "
        "that fails, and those before it are not repeated.",
    )
    parallelization_factor: int = Field(
        default=10,
        ge=1,
        le=10,
        description="Batches of one shard worked on at a time; default 10. "
        "Records of one key keep their order whatever it is.",
    )
    # A batch that Lambda throttles uses up no try, an outage of AWS uses up one after the other.
    # (Lambda guide, "Retaining discarded records for a DynamoDB event source in Lambda"). An
    # outage that is long enough would set records aside at any number.
    max_retry_attempts: int = Field(
        default=-1,
        ge=-1,
        le=10000,
        description="Retries of a failed batch before it goes to the on-failure queue, -1 for no "
        "limit; default -1. The function itself sets aside records that fail for good, or again "
        "and again while AWS is there.",
    )
    max_record_age_seconds: int = Field(
        default=RECORD_AGE_SECONDS,
        ge=60,
        le=86400,
        description="Age at which a record goes to the on-failure queue; default 72000. A stream "
        "holds records for 86400, and the rest of that is for their redrive.",
    )


Concurrency = Annotated[int, Field(ge=2, le=1000)]
"""Limits of an event source's concurrency (Lambda API reference, ScalingConfig)."""


class QueueConcurrency(Section):
    """``[queues.max_concurrency]``: batches of each queue that are worked on at a time.

    Without such a cap a queue takes up to 1,000 of the function's concurrency. That is all that an
    account has as a rule, so states and streams would be throttled. A cap throttles nothing:
    messages beyond it wait in their queue, and no receive of them is counted. (Lambda guide,
    "Configuring scaling behavior for SQS event source mappings").
    """

    task_action: Concurrency = Field(
        default=100,
        description="Of the queue of single tasks, whose handlers may take long; default 100.",
    )
    notification: Concurrency = Field(
        default=20, description="Of the queue of notifications; default 20."
    )
    import_action: Concurrency = Field(
        default=20,
        description="Of the queue of imports. Twenty at a time bring a table's partition to its "
        "limit already; default 20.",
    )
    own: Concurrency = Field(
        default=20, description="Of each queue of the application's own; default 20."
    )

    def of(self, queue: str) -> int:
        """Concurrency of a queue, by its base name."""
        match queue:
            case Queue.TASK_ACTION:
                return self.task_action
            case Queue.NOTIFICATION:
                return self.notification
            case Queue.IMPORT_ACTION:
                return self.import_action
            case _:
                return self.own


class QueueOptions(Section):
    """``[queues]``: the queues and their event sources."""

    # A batch above ten needs a batching window, which would delay every single message.
    batch_size: int = Field(
        default=1, ge=1, le=10, description="Messages an invocation; default 1."
    )
    max_receive_count: int = Field(
        default=5,
        ge=1,
        le=1000,
        description="Receives before a message goes to the dead-letter queue; default 5.",
    )
    discarded_days: TtlDays = Field(
        default=0,
        description="Days after which the records of dead letters that `cqrs discard` gave up "
        "expire, 0 to keep them; default 0.",
    )
    max_concurrency: QueueConcurrency = Field(
        default_factory=QueueConcurrency, description="Batches worked on at a time."
    )
