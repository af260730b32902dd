"""Refusals of what a service in memory does not know, so that nothing differs in silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ALTERNATIVES = "Test it on the emulator instead (`make up`)."


class NotInMemory(NotImplementedError):
    """A request, or a part of one, that a service in memory does not know."""


def refuse_others(service: str, operation: str, request: Mapping[str, Any], *known: str) -> None:
    """Refuse parameters that an operation does not know.

    Raises
    ------
    NotInMemory
        If there is one.
    """
    others = sorted(request.keys() - set(known))
    if others:
        raise NotInMemory(
            f"{operation} of {service} in memory does not know {', '.join(others)}; it knows "
            f"{', '.join(known)}. {ALTERNATIVES}"
        )


def unknown_operation(service: str, operation: str, known: Iterable[str]) -> NotInMemory:
    """The error of an operation that a service does not have."""
    return NotInMemory(
        f"{service} in memory does not know {operation}; it knows {', '.join(sorted(known))}. "
        f"{ALTERNATIVES}"
    )
