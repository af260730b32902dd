"""The commands table's stream: every stored command is started, and its end is told.

The end is told only if the environment's stream filter lets it pass. It comes from the stream and
not from the code that ends a command, so none is lost in a crash between the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.commands.executions import REQUEST_ID
from cqrs.commands.models import ENDED, ON_APPLIED, SyncMode
from cqrs.core.keys import CommandKey
from cqrs.errors import UnsupportedEventError
from cqrs.notifications.queue import Action
from cqrs.storage.attempts import ATTEMPT

if TYPE_CHECKING:
    from cqrs.commands.starter import CommandStarter
    from cqrs.core.attribute_values import Item
    from cqrs.events.types import DynamoDBStreamEvent
    from cqrs.notifications.heard import HeardNotifications
    from cqrs.notifications.queue import Notifications

TOLD = ("status", "syncMode", REQUEST_ID, ATTEMPT, "createdBy", "finishedAt", "error", "cause")
"""Attributes of a command that its notification holds; what it says about its item is not."""


class CommandStream:
    """Follows the commands of the commands table.

    Parameters
    ----------
    starter
        Starts commands.
    notifications
        Notifies of changes.
    """

    def __init__(
        self, starter: CommandStarter, notifications: Notifications | HeardNotifications
    ) -> None:
        self._starter = starter
        self._notifications = notifications

    def handle(self, event: DynamoDBStreamEvent) -> None:
        """Start a command, now or at the end of the one before it, or notify of its end.

        A record delivered twice starts one execution, or two Express ones of which one applies the
        command. It tells twice.

        Raises
        ------
        UnsupportedEventError
            If the record is not a command's, or is of one that nobody is to start.
        """
        image = event.new_image
        try:
            key, request_id = CommandKey.parse(image["pk"], image["sk"]), image[REQUEST_ID]
        except KeyError as error:
            raise UnsupportedEventError(
                f"A record of {event.table} lacks {error}; it was not written by CommandService."
            ) from None
        if image.get("status") in ENDED:
            self._notifications.send(Action.COMMAND_STATUS, key.pk, key.sk, _content(key, image))
            return
        if image.get("syncMode") == SyncMode.SYNC:
            raise UnsupportedEventError(
                f"Command {key} is {SyncMode.SYNC.value}, and its publisher did not list it as "
                "unfinished: it was not written by CommandService. Delete it, and publish its "
                "content."
            )
        if image.get(ON_APPLIED):
            # The one before was written to the item by then, and so the one before that applied.
            self._starter.start_now(key, request_id)
        else:
            self._starter.start(key, request_id)


def _content(key: CommandKey, image: Item) -> dict[str, Any]:
    return {
        "version": key.version,
        **{name: image[name] for name in TOLD if name in image},
    }
