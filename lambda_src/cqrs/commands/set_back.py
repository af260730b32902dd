"""Items whose data is behind a command that was applied, as after a restored backup."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cqrs.core.keys import CommandKey


def set_back(command: CommandKey, applied: int) -> str:
    """Say that an item does not hold what its finished command says.

    Parameters
    ----------
    command
        The command.
    applied
        The version of its data item, as it was read after that command was seen FINISHED.
    """
    return (
        f"{command.item} was set back: its data is at version {applied}, and its command {command} "
        "is FINISHED. `cqrs retry` of that command applies it again."
    )
