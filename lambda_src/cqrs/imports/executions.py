"""Executions of imports: their names, and what they are started with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.execution_names import execution_name
from cqrs.imports.models import COLUMNS, ETAG, VERSION_ID

if TYPE_CHECKING:
    from cqrs.core.attribute_values import Item
    from cqrs.imports.keys import ImportKey


def execution_input(key: ImportKey, job: Item) -> dict[str, Any]:
    """Input of a job's execution, which every batch gets with its rows."""
    return {
        **key.to_mapping(),
        "bucket": job["bucket"],
        "key": job["key"],
        "publishMode": job["publishMode"],
        VERSION_ID: job[VERSION_ID],
        ETAG: job[ETAG],
        COLUMNS: job[COLUMNS],
    }


def import_execution_name(key: ImportKey) -> str:
    """Name of the execution of a job."""
    return execution_name(key.sk, key.pk, key.sk)
