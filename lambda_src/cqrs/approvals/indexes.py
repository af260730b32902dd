"""Indexes of the approvals table: what is not over, by tenant and by execution.

Both are sparse. A request is in them until its answer is known to have reached the execution, or
until it is known that nobody waits. So a request that a crash has left half done is found there.
The one by execution has the partitions of all indexes of what is not over, so it can be read as a
whole.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Index
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.timed_keys import dated
from cqrs.storage.index_pages import IndexPage, Range, newest
from cqrs.storage.unfinished_work import UNFINISHED, shard_of

if TYPE_CHECKING:
    from cqrs.approvals.keys import ApprovalKey
    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item

PENDING_SINCE = "pendingSince"
PENDING_IN = "pendingIn"

BY_TENANT = Index("pending_approvals", "pendingOf", PENDING_SINCE)
BY_EXECUTION = Index("approvals_of_executions", UNFINISHED, PENDING_IN)

LISTING = (BY_TENANT.partition_key, PENDING_SINCE, UNFINISHED, PENDING_IN)
"""Attributes that list a request."""


def listing(key: ApprovalKey, execution: str, created_at: str) -> dict[str, str]:
    """Attributes that list a request in both indexes."""
    # Beside the execution's ARN, an id of the longest does not fit into a sort key.
    digest = hashlib.sha256(key.request_id.encode(errors="surrogatepass")).hexdigest()[:32]
    return {
        BY_TENANT.partition_key: key.tenant,
        PENDING_SINCE: dated(created_at, key.request_id),
        UNFINISHED: _shard_of(execution),
        PENDING_IN: f"{_prefix(execution)}{dated(created_at, digest)}",
    }


def is_listed(item: Item) -> bool:
    """Whether a request is not over."""
    return PENDING_SINCE in item


def find_of_tenant(
    store: ItemStore, table: str, tenant: str, limit: int, cursor: str | None
) -> IndexPage:
    """A tenant's requests that are not over, the newest first (one Query).

    Raises
    ------
    ValidationError
        If the cursor is none.
    """
    asked = Range(table, BY_TENANT, tenant)
    return newest(store, [asked], limit=limit, cursor=cursor, tenant=tenant)


def find_of_execution(
    store: ItemStore, table: str, execution: str, limit: int, cursor: str | None
) -> IndexPage:
    """An execution's requests that are not over, the newest first (one Query)."""
    asked = Range(table, BY_EXECUTION, _shard_of(execution), _prefix(execution))
    return newest(store, [asked], limit=limit, cursor=cursor)


def _prefix(execution: str) -> str:
    """The beginning of an execution's sort keys; no name of one holds the separator."""
    return f"{execution}{KEY_SEPARATOR}"


def _shard_of(execution: str) -> str:
    return shard_of(execution, "")
