"""One step of a schedule."""

from __future__ import annotations

from typing import NamedTuple

from tests.model.faults import Fault


class Choice(NamedTuple):
    """Who goes on, and what goes wrong with it, if anything."""

    actor: str
    fault: Fault | None = None

    def __str__(self) -> str:
        return self.actor if self.fault is None else f"{self.actor} | {self.fault}"

    @classmethod
    def parse(cls, text: str) -> Choice:
        """Read a choice from its text form."""
        actor, separator, fault = text.partition(" | ")
        return cls(actor, Fault(fault) if separator else None)
