"""The import_tmp table's stream: a new job is started, and its start and its end are told.

The stream reports them and not the code that moves a job on, so none is lost in a crash between the
two. A cancelled job is ended from here for the same reason. Chunks and counters are filtered out
before, so this is once or twice a job, whatever its size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.errors import UnsupportedEventError
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import MAP_IS_OVER, ImportStatus, RowCounts
from cqrs.imports.records import CANCELLED_AT
from cqrs.notifications.queue import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.core.attribute_values import Item
    from cqrs.events.types import DynamoDBStreamEvent
    from cqrs.imports.canceller import ImportCanceller
    from cqrs.imports.starter import ImportStarter
    from cqrs.notifications.queue import Notifications

NEW = "INSERT"

TOLD = (
    "target",
    "status",
    "bucket",
    "key",
    "startedAt",
    "finishedAt",
    "errorsKey",
    "errorsListed",
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
        Notifies of changes.
    canceller
        Makes what ends cancelled jobs.
    """

    def __init__(
        self,
        starter: ImportStarter,
        notifications: Notifications,
        canceller: Callable[[], ImportCanceller],
    ) -> None:
        self._starter = starter
        self._notifications = notifications
        self._canceller = canceller

    def handle(self, event: DynamoDBStreamEvent) -> None:
        """Start a new job; end a cancelled one; tell that one is worked on, or is over.

        Raises
        ------
        UnsupportedEventError
            If the record is not a job's.
        """
        if event.name == NEW:
            self._starter.start(event)
            return
        item = event.new_image
        if not isinstance(item.get("status"), str) or item["status"] not in set(ImportStatus):
            raise UnsupportedEventError(
                f"A record of {event.table} is not a job's; it was not written by ImportService."
            )
        key, status = ImportKey.from_mapping(item), ImportStatus(item["status"])
        if CANCELLED_AT in item and not status.is_final:
            self._canceller().go_on(key)
            return
        # The reason for a job's end, or for its failure, is noted on it before it is closed.
        is_noted = MAP_IS_OVER in item or "error" in item
        if status.is_final or (status is ImportStatus.PROCESSING and not is_noted):
            self._notifications.send(Action.IMPORT_STATUS, key.pk, key.sk, _content(key, item))


def _content(key: ImportKey, item: Item) -> dict[str, Any]:
    return {
        "id": str(key),
        **{name: item[name] for name in TOLD if name in item},
        "counts": RowCounts.from_item(item).to_mapping(),
    }
