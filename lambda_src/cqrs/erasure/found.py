"""Entries of a subject in a store, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """Some entries of a store, and their removal, which may be repeated.

    Attributes
    ----------
    count
        How many there are.
    remove
        Removes them, and before that what nothing else leads to.
    """

    count: int
    remove: Callable[[], None]
