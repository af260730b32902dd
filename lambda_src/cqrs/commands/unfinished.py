"""The index of commands that are not applied: those under way, and those that failed.

It is sparse: an item is in it as long as it has the attribute, which finishing a command removes.
So it stays small, and finding what is stuck reads no table.
"""

from __future__ import annotations

import zlib

from cqrs.item_store import Index

INDEX = "unfinished"
"""Name of the index, and of its partition key."""

UNFINISHED = Index(INDEX, INDEX, "createdAt", ("status", "requestId", "attempt", "error"))

SHARDS = 16
"""Partitions of the index; DynamoDB takes 1,000 writes a second in each."""


def shard_of(pk: str, sk: str) -> str:
    """The index's partition of a command."""
    return str(zlib.crc32(f"{pk}\n{sk}".encode()) % SHARDS)


def shards() -> list[str]:
    """All partitions of the index."""
    return [str(number) for number in range(SHARDS)]
