"""Indexes of the import_tmp table: jobs by tenant, and those that are not over.

Both are sparse: chunks and counters are in neither.
"""

from __future__ import annotations

from cqrs.storage.status_listing import by_tenant
from cqrs.storage.unfinished_work import unfinished_index

BY_TENANT = by_tenant("imports_by_tenant")
UNFINISHED_IMPORTS = unfinished_index("unfinished_imports")
