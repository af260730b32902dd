"""Items of a list that cannot be read, and are told beside those that can."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Damaged:
    """An item that no service has written so.

    Attributes
    ----------
    key
        Which one: its key as text, as ids are written.
    problem
        What is wrong with it, and what to do about it.
    """

    key: str
    problem: str
