"""Indexes of the import_tmp table: jobs by tenant, and those that are not over.

Both are sparse: chunks and counters are in neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.item_store import Index
from cqrs.storage import status_listing
from cqrs.storage.status_listing import LISTED_AS
from cqrs.storage.unfinished_work import UNFINISHED, shard_of

if TYPE_CHECKING:
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.models import ImportStatus

BY_TENANT = Index("imports_by_tenant", "tenant", LISTED_AS)
UNFINISHED_IMPORTS = Index("unfinished_imports", UNFINISHED, "createdAt")


def listing(key: ImportKey, status: ImportStatus) -> dict[str, str]:
    """Attributes that list a new job in both indexes."""
    return {
        BY_TENANT.partition_key: key.tenant,
        UNFINISHED: shard_of(key.pk, key.sk),
        **listed_as(key, status),
    }


def listed_as(key: ImportKey, status: ImportStatus) -> dict[str, str]:
    """The attribute that changes with a job's status."""
    return status_listing.listed_as(status.value, key.ulid)
