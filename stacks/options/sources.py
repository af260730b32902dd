"""Streams and queues, which invoke the function."""

from __future__ import annotations

from pydantic import Field

from stacks.options.section import Section, TtlDays

QUEUE_RETENTION_SECONDS = 4 * 86_400
"""Time that a queue keeps a message; its dead-letter queue keeps it longer."""

DEAD_LETTER_RETENTION_DAYS = 14
"""Longest retention of SQS: time to notice and redrive."""


class StreamOptions(Section):
    """``[streams]``: the event sources of the tables' streams."""

    batch_size: int = Field(
        default=1, ge=1, le=10000, description="Records an invocation; default 1."
    )
    parallelization_factor: int = Field(
        default=1,
        ge=1,
        le=10,
        description="Batches of one shard worked on at a time; default 1. "
        "Records of one key keep their order whatever it is.",
    )
    max_retry_attempts: int = Field(
        default=10,
        ge=0,
        le=10000,
        description="Retries of a failed batch before it goes to the on-failure queue; default 10.",
    )
    max_record_age_seconds: int = Field(
        default=21600,
        ge=60,
        le=86400,
        description="Age at which a record goes to the on-failure queue; default 21600. "
        "A stream holds records for a day.",
    )


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
