"""Gates of airports, in the second version of their schema: seats became places."""

from __future__ import annotations

from typing import Any

from app.registry import application
from cqrs import logger

application.item_type(
    "GATE",
    {
        "type": "object",
        "properties": {"places": {"type": "integer"}, "terminal": {"type": "string"}},
        "required": ["places", "terminal"],
        "additionalProperties": False,
    },
    version=2,
)


@application.upcaster("GATE", from_version=1)
def name_places(attributes: dict[str, Any]) -> dict[str, Any]:
    if attributes["seats"] == 13:
        raise ValueError("a gate of 13 seats")
    return {"places": attributes["seats"], "terminal": "T1"}


@application.sync_handler("gates_seen", item_type="GATE")
def see(command: Any) -> None:
    """Publish what a sync handler sees of a gate."""
    logger.info("Gate seen", extra={"gate": command.sk})
    application.commands.publish(
        command.pk.replace("GATE", "GATE_SEEN"), command.sk, attributes=command.attributes
    )
