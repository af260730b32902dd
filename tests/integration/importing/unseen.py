"""Jobs that are stored, and that the stream does not start."""

from __future__ import annotations

from typing import Any

from cqrs.aws.item_store import Put, Update
from cqrs.imports.models import ImportKind
from cqrs.services import Services


def store_unseen(services: Services, job: dict[str, Any]) -> None:
    """Store a job as if the record of it were lost: the stream passes over new counters."""
    store, table = services.store, services.settings.import_tmp_table
    store.put(Put(table, {**job, "kind": ImportKind.COUNTERS.value}))
    store.update(Update(table, job["pk"], job["sk"], {"kind": ImportKind.JOB.value}))
