"""Indexes of the import_tmp table: jobs by tenant, and those that are not over.

Both are sparse: chunks and counters are in neither.
"""

from __future__ import annotations

from cqrs.aws.item_store import Index
from cqrs.storage.status_listing import by_tenant
from cqrs.storage.unfinished_work import UNFINISHED

BY_TENANT = by_tenant("imports_by_tenant")
UNFINISHED_IMPORTS = Index("unfinished_imports", UNFINISHED, "createdAt")
