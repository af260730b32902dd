"""The secondary indexes of the tables; all are sparse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.approvals.indexes import BY_EXECUTION
from cqrs.approvals.indexes import BY_TENANT as PENDING_APPROVALS
from cqrs.aws.item_store import Index
from cqrs.commands.indexes import UNFINISHED_COMMANDS
from cqrs.imports.indexes import BY_TENANT as IMPORTS
from cqrs.imports.indexes import UNFINISHED_IMPORTS
from cqrs.resources import Table
from cqrs.tasks.indexes import BY_TENANT, BY_TYPE, RUNNING, UNFINISHED_TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["INDEXES", "Index", "key_attributes"]

INDEXES: Mapping[str, tuple[Index, ...]] = {
    Table.COMMANDS: (UNFINISHED_COMMANDS,),
    Table.TASKS: (BY_TENANT, BY_TYPE, RUNNING, UNFINISHED_TASKS),
    Table.IMPORT_TMP: (IMPORTS, UNFINISHED_IMPORTS),
    Table.APPROVALS: (PENDING_APPROVALS, BY_EXECUTION),
}


def key_attributes(table: str) -> list[str]:
    """Attributes of a table's own keys and of its indexes' keys, each once; all are text."""
    names = [
        name for index in INDEXES.get(table, ()) for name in (index.partition_key, index.sort_key)
    ]
    return list(dict.fromkeys(("pk", "sk", *names)))
