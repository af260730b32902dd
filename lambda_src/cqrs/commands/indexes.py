"""The index of commands that are not applied: those under way, and those that failed."""

from __future__ import annotations

from cqrs.aws.item_store import Index
from cqrs.storage.unfinished_work import UNFINISHED

UNFINISHED_COMMANDS = Index(
    UNFINISHED, UNFINISHED, "createdAt", ("status", "requestId", "attempt", "error")
)
