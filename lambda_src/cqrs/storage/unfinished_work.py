"""Indexes of what is not over, by which what is stuck is found without reading a table.

They are sparse: an item is in one as long as it has the attribute, which its end removes.
"""

from __future__ import annotations

import zlib

from cqrs.aws.item_store import Index

UNFINISHED = "unfinished"
"""Partition key of the indexes."""

CREATED_AT = "createdAt"
"""Their sort key."""

SHARDS = 16
"""Partitions of an index; DynamoDB takes 1,000 writes a second in each."""


def unfinished_index(name: str, *projected: str) -> Index:
    """An index of what is not over, with the other attributes that its entries have."""
    return Index(name, UNFINISHED, CREATED_AT, projected)


def shard_of(pk: str, sk: str) -> str:
    """An index's partition of an item."""
    return str(zlib.crc32(f"{pk}\n{sk}".encode(errors="surrogatepass")) % SHARDS)


def shards() -> list[str]:
    """All partitions of an index."""
    return [str(number) for number in range(SHARDS)]
