"""The event by which a schedule lets the function heal: a direct invocation, as anybody's is."""

from __future__ import annotations

from cqrs.events.types import DIRECT_SOURCE

HEAL = "heal"
"""Name of the action."""

HEAL_EVENT = {"source": DIRECT_SOURCE, "action": HEAL}
