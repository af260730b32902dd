"""The import_tmp table's stream: a new job is started, and its start and its end are told.

They are told from the stream and not by the code that moves a job on, so none is lost in a crash
between the two. Chunks and counters are filtered out before, so this is once a job, whatever its
size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.errors import UnsupportedEventError
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, RowCounts
from cqrs.imports.records import MAP_IS_OVER
from cqrs.notifications import Action

if TYPE_CHECKING:
    from cqrs.attribute_values import Item
    from cqrs.events import DynamoDBStreamEvent
    from cqrs.imports.starting import ImportStarter
    from cqrs.notifications import Notifications

NEW = "INSERT"

TOLD = (
    "target",
    "status",
    "bucket",
    "key",
    "startedAt",
    "finishedAt",
    "errorsKey",
    "error",
    "cause",
)
"""Attributes of a job that its notification holds."""


class ImportStream:
    """Follows the jobs of the import_tmp table.

    Parameters
    ----------
    starter
        Starts new jobs.
    notifications
        Tells of changes.
    """

    def __init__(self, starter: ImportStarter, notifications: Notifications) -> None:
        self._starter = starter
        self._notifications = notifications

    def handle(self, event: DynamoDBStreamEvent) -> None:
        """Start a new job; tell that one is worked on, or is over.

        Raises
        ------
        UnsupportedEventError
            The record is not a job's.
        """
        if event.name == NEW:
            self._starter.start(event)
            return
        item = event.new_image
        if item.get("status") not in set(ImportStatus):
            raise UnsupportedEventError(
                f"A record of {event.table} is not a job's; it was not written by ImportService."
            )
        key, status = ImportKey.from_mapping(item), ImportStatus(item["status"])
        # That no more batches come is noted on a job before it is closed.
        is_start = status is ImportStatus.PROCESSING and MAP_IS_OVER not in item
        if is_start or status.is_final:
            self._notifications.send(Action.IMPORT_STATUS, key.pk, key.sk, _content(key, item))


def _content(key: ImportKey, item: Item) -> dict[str, Any]:
    return {
        "id": str(key),
        **{name: item[name] for name in TOLD if name in item},
        "counts": RowCounts.from_item(item).to_mapping(),
    }
