"""Names in the records of the HTTP API's requests, each under its tenant and principal."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cqrs.core.keys import ItemKey

IDEMPOTENCY = "IDEMPOTENCY"
"""The beginning of partition keys, before the tenant and the principal's subject."""

PUBLISHED = "published_"
"""Begins the attributes with the versions that were published."""


def published_mark(key: ItemKey) -> str:
    """Name of the attribute with the version of an item that a request has published."""
    digest = hashlib.sha256(f"{key.pk}\n{key.sk}".encode()).hexdigest()
    return f"{PUBLISHED}{digest[:32]}"
