"""The register of all that holds data of tenants: what is erased, and what expires by itself.

It has one entry for each table, queue, state machine, log group and bucket of an environment, and
for each folder of its own bucket. A test compares it with what the stacks synthesise. So a store
that somebody adds is erased, or says when it expires, or says why it holds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cqrs.resources import (
    API_TABLE,
    ATTRIBUTES_PREFIX,
    CONNECTIONS_TABLE,
    DEAD_LETTER_RETENTION_DAYS,
    DEAD_LETTERS_PREFIX,
    DISCARDED_PREFIX,
    ERASURES_PREFIX,
    EXPORTS_PREFIX,
    IMPORT_COPIES_PREFIX,
    IMPORTS_PREFIX,
    RESULTS_PREFIX,
    TASKS_PREFIX,
    TRIES_PREFIX,
    UPLOADS_PREFIX,
    WHOLE_ITEMS_PREFIX,
    Table,
)


class Kind(StrEnum):
    """Kinds of stores."""

    TABLE = "table"
    FOLDER = "folder"
    BUCKET = "bucket"
    DEAD_LETTERS = "dead letters"
    QUEUE = "queue"
    STREAM = "stream"
    BACKUP = "backup"
    HISTORY = "executions"
    LOG = "log"
    TRACE = "traces"
    USERS = "users"


class Tenancy(StrEnum):
    """How the entries of a store tell whose they are."""

    PARTITION_KEY = "the text behind the last # of the partition key"
    IDEMPOTENCY_KEY = "the second part of the partition key"
    ATTRIBUTE = "the attribute tenant, or the partition key"
    FOLDER = "the tenant's folder, and the keys that items name"
    NAMED_FOLDER = "the folder of the tenant's name"
    IMPORT = "the import that the folder is named after"
    RESULT = "the import that the first child of the map was given"
    LETTER = "the key or the tenant that the letter names"


@dataclass(frozen=True, slots=True)
class Store:
    """A store, of which the data of a tenant is erased.

    Attributes
    ----------
    kind, name
        The kind, and the base name.
    tenancy
        How an entry tells whose it is.
    """

    kind: Kind
    name: str
    tenancy: Tenancy

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Expiry:
    """A store from which nothing can be taken out for one tenant, and that forgets by itself.

    Attributes
    ----------
    kind, name
        The kind, and the base name; an empty one stands for all of the kind.
    why
        Why nothing can be taken out.
    days
        After how many days it has forgotten; None if the environment's file says so.
    """

    kind: Kind
    name: str
    why: str
    days: int | None = None


ERASED: tuple[Store, ...] = (
    # Letters and results tell whose they are by what they hold, so they come first.
    Store(Kind.DEAD_LETTERS, "", Tenancy.LETTER),
    Store(Kind.FOLDER, DEAD_LETTERS_PREFIX, Tenancy.LETTER),
    Store(Kind.FOLDER, DISCARDED_PREFIX, Tenancy.LETTER),
    Store(Kind.FOLDER, RESULTS_PREFIX, Tenancy.RESULT),
    # A table comes after the objects that its items alone lead to.
    Store(Kind.FOLDER, IMPORT_COPIES_PREFIX, Tenancy.IMPORT),
    Store(Kind.TABLE, Table.TASKS, Tenancy.PARTITION_KEY),
    Store(Kind.TABLE, Table.IMPORT_TMP, Tenancy.PARTITION_KEY),
    Store(Kind.TABLE, Table.APPROVALS, Tenancy.PARTITION_KEY),
    Store(Kind.TABLE, API_TABLE, Tenancy.IDEMPOTENCY_KEY),
    Store(Kind.TABLE, CONNECTIONS_TABLE, Tenancy.ATTRIBUTE),
    # An application's own tables and buckets.
    Store(Kind.TABLE, "", Tenancy.PARTITION_KEY),
    Store(Kind.BUCKET, "", Tenancy.NAMED_FOLDER),
    # Its runs are of all tenants, and what they note of an item is taken out of them.
    Store(Kind.TABLE, Table.READ_MODELS, Tenancy.PARTITION_KEY),
    Store(Kind.TABLE, Table.DATA, Tenancy.PARTITION_KEY),
    Store(Kind.TABLE, Table.HISTORY, Tenancy.PARTITION_KEY),
    Store(Kind.TABLE, Table.COMMANDS, Tenancy.PARTITION_KEY),
    Store(Kind.FOLDER, ATTRIBUTES_PREFIX, Tenancy.FOLDER),
    Store(Kind.FOLDER, TASKS_PREFIX, Tenancy.FOLDER),
    Store(Kind.FOLDER, IMPORTS_PREFIX, Tenancy.FOLDER),
    Store(Kind.FOLDER, WHOLE_ITEMS_PREFIX, Tenancy.FOLDER),
    Store(Kind.FOLDER, UPLOADS_PREFIX, Tenancy.NAMED_FOLDER),
    Store(Kind.FOLDER, EXPORTS_PREFIX, Tenancy.FOLDER),
)
"""In the order in which they are erased: a store that leads to another one comes after that."""

STREAM_DAYS = 1
"""A stream keeps records for 24 hours (DynamoDB guide, "Change data capture for DynamoDB Streams").
"""

RECOVERY_DAYS = 35
"""Point-in-time recovery reaches back so far, as does the last backup of a deleted table (DynamoDB
guide, "Point-in-time recovery")."""

EXECUTION_DAYS = 90
"""Step Functions keeps the history of an execution that ended (its guide, "Quotas")."""

TRACE_DAYS = 30
"""X-Ray keeps traces (its FAQ, "How long is data kept")."""

EXPIRING: tuple[Expiry, ...] = (
    Expiry(
        Kind.QUEUE,
        "",
        "a message is read to be removed, and the function does that within seconds",
    ),
    Expiry(
        Kind.DEAD_LETTERS,
        "",
        "letters that do not tell whose they are stay until they expire",
        DEAD_LETTER_RETENTION_DAYS,
    ),
    Expiry(Kind.STREAM, "", "DynamoDB takes no record out of a stream", STREAM_DAYS),
    Expiry(Kind.BACKUP, "", "DynamoDB takes no item out of a backup", RECOVERY_DAYS),
    Expiry(
        Kind.HISTORY,
        "",
        "Step Functions deletes no history; it goes some time after the execution's end",
        EXECUTION_DAYS,
    ),
    Expiry(
        Kind.LOG,
        "",
        "CloudWatch Logs deletes whole streams only, and all tenants share them",
    ),
    Expiry(Kind.TRACE, "", "X-Ray deletes no trace", TRACE_DAYS),
)

NO_DATA = {
    (Kind.FOLDER, TRIES_PREFIX): "numbers of stream records alone, for two days",
    (Kind.FOLDER, ERASURES_PREFIX): "that something was erased; of an item, a digest of its key",
    (Kind.USERS, ""): (
        "people, who may work for several tenants: whoever runs the user pool removes them, or "
        "takes the tenant out of their attributes"
    ),
}
"""Stores that nothing is erased from, and why."""

FOLDERS = frozenset(
    {store.name for store in ERASED if store.kind is Kind.FOLDER}
    | {name for kind, name in NO_DATA if kind is Kind.FOLDER}
)
"""All folders of the environment's bucket."""
