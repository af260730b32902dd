"""The state machines."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from cqrs.settings import UnknownTypes
from cqrs.states import Lane
from stacks.options.section import Section, StateSeconds, TtlDays

BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
"""Name of a bucket, old ones of us-east-1 included (S3 guide, "General purpose bucket naming
rules")."""


def _bucket_name(name: str) -> str:
    if not BUCKET_NAME.fullmatch(name):
        raise ValueError("must be a bucket's name, such as my-team-files")
    return name


BucketName = Annotated[str, AfterValidator(_bucket_name)]


class CommandOptions(Section):
    """``[command]``: the command-handler state machine."""

    lane: Annotated[Lane, Field(strict=False)] = Field(
        default=Lane.STANDARD,
        description="Kind of execution that commands are started in; default standard. `standard` "
        "has a history, and waits for its turn. `express` costs no state transitions, and sync "
        "handlers may see a version again after a later one (docs/scale.md).",
    )
    unknown_types: Annotated[UnknownTypes, Field(strict=False)] = Field(
        default=UnknownTypes.ALLOW,
        description="Whether items are published whose type no `application.item_type` names, "
        "`allow` or `refuse`; default allow. docs/item-types.md is about types.",
    )
    wait_seconds: StateSeconds = Field(
        default=3600,
        description="How long a command waits for a signal of its predecessor before it looks "
        "for itself, an hour by default; default 3600. A signal is lost only in a crash, and under "
        "load each look adds three states.",
    )
    execution_timeout_seconds: StateSeconds = Field(
        default=86_400,
        description="Longest execution in seconds, a day by default; default 86400. Each call and "
        "each wait has a timeout of its own. A command whose execution times out is begun again.",
    )

    @model_validator(mode="after")
    def _waits_within_execution(self) -> CommandOptions:
        if self.wait_seconds >= self.execution_timeout_seconds:
            raise ValueError(
                "wait_seconds must be less than execution_timeout_seconds, "
                f"{self.execution_timeout_seconds}"
            )
        return self


PATIENT_EXECUTION_SECONDS = 30 * 86_400
"""An execution has no work of its own to be late with: it waits for calls, which have timeouts.

A timeout would end one that waits for AWS, for concurrency, or for the pace that a table allows.
Rows at 100 a second are 260 million in this time, and 2,857 sub-tasks of 15 minutes, two at a time,
take half of it. The longest execution is a year (Step Functions guide, "Service quotas")."""


class TaskOptions(Section):
    """``[task]``: the task-handler state machine."""

    max_concurrency: int = Field(
        default=2, ge=0, le=40, description="Sub-tasks run at a time, 0 for no limit; default 2."
    )
    execution_timeout_seconds: StateSeconds = Field(
        default=PATIENT_EXECUTION_SECONDS,
        description="Longest execution in seconds, 30 days by default; default 2592000. Each call "
        "has a timeout of its own.",
    )


class ImportOptions(Section):
    """``[import_csv]``: the import-csv state machine."""

    max_concurrency: int = Field(
        default=50, ge=1, le=10000, description="Batches worked on at a time; default 50."
    )
    max_items_per_batch: int = Field(default=10, ge=1, description="Rows in a batch; default 10.")
    execution_timeout_seconds: StateSeconds = Field(
        default=PATIENT_EXECUTION_SECONDS,
        description="Longest execution in seconds, 30 days by default; default 2592000. Each call "
        "has a timeout of its own.",
    )
    source_buckets: list[BucketName] = Field(
        default_factory=list,
        description="Buckets beside the environment's own to import from; default none.",
    )
    results_days: TtlDays = Field(
        default=30,
        description="Days after which the answers of an import's batches expire, 0 to keep them; "
        "default 30. Step Functions writes them into the bucket, and only its console reads them.",
    )
    uploads_days: TtlDays = Field(
        default=0,
        description="Days after which files that `cqrs import` uploaded expire, 0 to keep them; "
        "default 0.",
    )


class ApprovalOptions(Section):
    """``[approval]``: states that wait for somebody's approval."""

    timeout_seconds: int = Field(
        default=7 * 86_400,
        ge=1,
        le=365 * 86_400,
        description="How long an answer is waited for: a week by default; default 604800.",
    )
    heartbeat_seconds: int = Field(
        default=86_400,
        ge=0,
        description="Longest time between two heartbeats (`cqrs approvals heartbeat`) while it is "
        "waited for, a day by default; default 86400. 0 needs none.",
    )
    verified_only: bool = Field(
        default=False,
        description="Whether only answers over the HTTP API count, whose principals are verified; "
        "default false.",
    )

    @model_validator(mode="after")
    def _beats_while_it_waits(self) -> ApprovalOptions:
        if self.heartbeat_seconds >= self.timeout_seconds:
            raise ValueError(
                f"heartbeat_seconds must be less than timeout_seconds, {self.timeout_seconds}"
            )
        return self
