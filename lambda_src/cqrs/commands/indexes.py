"""The index of commands that are not applied: those under way, and those that failed."""

from __future__ import annotations

from cqrs.aws.item_store import Index
from cqrs.storage import unfinished

INDEX = unfinished.UNFINISHED
"""Name of the index, and of its partition key."""

UNFINISHED = Index(INDEX, INDEX, "createdAt", ("status", "requestId", "attempt", "error"))
