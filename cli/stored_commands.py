"""Commands as operators look at them: by a key that they type, and in whatever state they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.commands.models import Command
from cqrs.core.keys import CommandKey
from cqrs.errors import NotFoundError

if TYPE_CHECKING:
    from cqrs.services import Services


def read_command(services: Services, key: CommandKey) -> tuple[Command, str]:
    """Read a command, and say what is missing if its attributes are gone from the bucket.

    Raises
    ------
    NotFoundError
        If there is no such command.
    ValidationError
        If its item is damaged.
    """
    item = services.store.get(services.settings.commands_table, key.pk, key.sk)
    if item is None:
        raise NotFoundError(f"There is no command {key}; it was never published, or has expired.")
    command = Command.from_item(item, {})
    try:
        return services.commands.read(item), ""
    except NotFoundError as error:
        return command, str(error)
