"""What a list holds and nobody can read: told beside the rest, which it does not hide."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Damaged:
    """An item that cannot be read.

    Attributes
    ----------
    key
        Which one.
    problem
        What is wrong with it, and what to do.
    """

    key: str
    problem: str

    def to_mapping(self) -> dict[str, str]:
        """By name, as answers hold it."""
        return asdict(self)
