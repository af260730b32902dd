"""Indexes of the approvals table: what is not over, by tenant and by execution.

Both are sparse. A request is in them until its answer is known to have reached the execution, or
until it is known that nobody waits; so what a crash has left half done is found there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.item_store import Index
from cqrs.keys import KEY_SEPARATOR

if TYPE_CHECKING:
    from cqrs.approvals.keys import ApprovalKey
    from cqrs.item_store import ItemStore
    from cqrs.serialization import Item

PENDING_SINCE = "pendingSince"

BY_TENANT = Index("pending_approvals", "pendingOf", PENDING_SINCE)
BY_EXECUTION = Index("approvals_of_executions", "pendingIn", PENDING_SINCE)

LISTING = (BY_TENANT.partition_key, BY_EXECUTION.partition_key, PENDING_SINCE)
"""Attributes that list a request."""

_BEFORE_ALL, _BEHIND_ALL = "0", "~"
"""Times begin with a digit."""


def listing(key: ApprovalKey, execution: str, created_at: str) -> dict[str, str]:
    """Attributes that list a request in both indexes."""
    return {
        BY_TENANT.partition_key: key.tenant,
        BY_EXECUTION.partition_key: execution,
        PENDING_SINCE: f"{created_at}{KEY_SEPARATOR}{key.request_id}",
    }


def is_listed(item: Item) -> bool:
    """Whether a request is not over."""
    return PENDING_SINCE in item


def find_listed(
    store: ItemStore, table: str, index: Index, partition: str, limit: int, cursor: str | None
) -> tuple[list[Item], str | None]:
    """Keys of the requests in a partition of an index, the newest first, and the next cursor.

    One Query. An index follows its table a moment later.
    """
    between = _BEFORE_ALL, cursor or _BEHIND_ALL
    # Two more: the page before's last one, and one to tell whether there is more.
    found = store.query_index(table, index, partition, between, limit=limit + 2)
    rest = [item for item in found if item[PENDING_SINCE] != cursor]
    page = rest[:limit]
    return page, page[-1][PENDING_SINCE] if len(rest) > limit else None
