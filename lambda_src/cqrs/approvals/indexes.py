"""Indexes of the approvals table: what is not over, by tenant and by execution.

Both are sparse. A request is in them until its answer is known to have reached the execution, or
until it is known that nobody waits. So a request that a crash has left half done is found there.
The one by execution has the partitions of all indexes of what is not over, so it can be read as a
whole.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Index
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.timed_keys import BEFORE_ALL, BEHIND_ALL, dated
from cqrs.storage.paging import refuse_foreign_cursor
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

Found = tuple[list["Item"], str | None]
"""Keys of some requests, the newest first, and the cursor of those behind them."""

_CURSOR = re.compile(".+#.+", re.DOTALL)
"""Sort keys of the index by tenant."""


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
) -> Found:
    """A tenant's requests that are not over (one Query).

    Raises
    ------
    ValidationError
        If the cursor is none.
    """
    refuse_foreign_cursor(cursor, _CURSOR.fullmatch)
    between = BEFORE_ALL, cursor or BEHIND_ALL
    found = store.query_index(table, BY_TENANT, tenant, between, limit=_with_neighbours(limit))
    return _page(found, PENDING_SINCE, limit, cursor)


def find_of_execution(
    store: ItemStore, table: str, execution: str, limit: int, cursor: str | None
) -> Found:
    """An execution's requests that are not over (one Query)."""
    prefix, shard = _prefix(execution), _shard_of(execution)
    between = f"{prefix}{BEFORE_ALL}", cursor or f"{prefix}{BEHIND_ALL}"
    found = store.query_index(table, BY_EXECUTION, shard, between, limit=_with_neighbours(limit))
    return _page(found, PENDING_IN, limit, cursor)


def _with_neighbours(limit: int) -> int:
    """Two more: the page before's last one, and one to tell whether there is more."""
    return limit + 2


def _page(found: list[Item], sort_key: str, limit: int, cursor: str | None) -> Found:
    rest = [item for item in found if item[sort_key] != cursor]
    page = rest[:limit]
    return page, page[-1][sort_key] if len(rest) > limit else None


def _prefix(execution: str) -> str:
    """The beginning of an execution's sort keys; no name of one holds the separator."""
    return f"{execution}{KEY_SEPARATOR}"


def _shard_of(execution: str) -> str:
    return shard_of(execution, "")
