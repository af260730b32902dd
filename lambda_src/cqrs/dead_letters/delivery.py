"""Handing an event to the function, whoever does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of the function.

    Attributes
    ----------
    result
        Its result, any JSON value.
    problem
        The error that it raised instead; empty if it raised none.
    """

    result: Any
    problem: str = ""


Deliver = Callable[[dict[str, Any]], Answer]
"""Hands an event to the function, and waits for its answer."""
