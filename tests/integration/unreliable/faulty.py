"""Handlers with a mistake each, put into the deployed function to see how it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.registry import application
from cqrs.imports.models import ImportedItem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.commands.models import Command
    from cqrs.tasks.models import Task


@application.sync_handler("seat_map", item_type="FAULTY")
def seat_map(command: Command) -> None:
    """Count seats, unless there are none."""
    print(f"counting the seats of {command.sk}")  # noqa: T201 - what the test looks for
    rows_of(command.attributes)


def rows_of(attributes: Mapping[str, Any]) -> int:
    """How many rows there are."""
    return int(attributes["rows"])  # the line at fault


@application.task("faulty")
def faulty(task: Task) -> int:
    """Count the rows of the input."""
    return rows_of(task.input)


@application.import_strategy("faulty")
class Faulty:
    """Rows without a name fail."""

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        """Make an item of a row, with as many rows as it does not say."""
        return ImportedItem("FAULTY", row["id"], attributes={"rows": rows_of(row)})
