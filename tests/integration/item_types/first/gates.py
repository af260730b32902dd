"""Gates of airports, in the first version of their schema."""

from __future__ import annotations

from collections.abc import Mapping

from app.registry import application
from cqrs import ImportedItem

application.item_type(
    "GATE",
    {
        "type": "object",
        "properties": {
            "seats": {"type": "integer", "minimum": 1},
            "doors": {"type": "array", "items": {"type": "string", "pattern": "^[A-Z][0-9]+$"}},
        },
        "required": ["seats"],
        "additionalProperties": False,
    },
)


@application.import_strategy("gates")
class GateStrategy:
    """Makes gates of rows, and checks nothing by itself."""

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        return ImportedItem("GATE", row["code"], attributes={"seats": int(row["seats"])})
