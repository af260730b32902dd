"""A task and an import that give back what they get, put into the deployed function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.registry import application
from cqrs.imports.models import ImportedItem

if TYPE_CHECKING:
    from cqrs.tasks.models import Task


@application.task("echo")
def echo(task: Task) -> Any:
    """Give back the input."""
    return task.input


@application.import_strategy("cells")
class CellStrategy:
    """Keeps a cell as it is."""

    columns = ("id", "cell")

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        """Make an item of a row."""
        return ImportedItem("CELL", row["id"], attributes={"cell": row["cell"]})
