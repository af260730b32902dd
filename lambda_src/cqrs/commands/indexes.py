"""The index of commands that are not applied: those under way, and those that failed."""

from __future__ import annotations

from cqrs.storage.unfinished_work import UNFINISHED, unfinished_index

UNFINISHED_COMMANDS = unfinished_index(UNFINISHED, "status", "requestId", "attempt", "error")
