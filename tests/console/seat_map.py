"""A sync handler with a mistake, put into the deployed function for the browser to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.registry import application

if TYPE_CHECKING:
    from cqrs.commands.models import Command


@application.sync_handler("seat_map", item_type="FAULTY")
def seat_map(command: Command) -> None:
    """Count the seats of what has no rows."""
    int(command.attributes["rows"])
