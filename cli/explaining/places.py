"""Places in the application's code, as an editor in this clone opens them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cqrs.core.observability import CODE, FAULT

SOURCES = Path("lambda_src")
"""Folder of this clone from which the function's code is packed."""

CHANGED = "changed"
"""Whether this clone has another line at the place of a fault: it was changed since."""


def with_place(fault: dict[str, Any]) -> dict[str, Any]:
    """The fault with its place in this clone; as it is if this clone has no such line."""
    file, _, rest = fault[FAULT].partition(":")
    number = rest.partition(" ")[0]
    own = SOURCES / file
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
        line = lines[int(number) - 1] if int(number) <= len(lines) else ""
    except (OSError, ValueError):
        return fault
    is_changed = bool(fault[CODE]) and not line.strip().startswith(fault[CODE])
    return {**fault, FAULT: f"{own.as_posix()}:{rest}", CHANGED: is_changed}
