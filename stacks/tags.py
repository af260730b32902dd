"""Tags that mean something to the project, beside those that tell whose a resource is."""

from __future__ import annotations

HOLDS_DATA = "holds-data"
NO_DATA = {HOLDS_DATA: "false"}
"""On a resource that stores nothing, although others of its type do: a plan may destroy it."""
