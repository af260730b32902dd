"""A kind of resource that Terraform manages, with what it calls for it."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.access.statements import Conditions, Statement


@dataclass(frozen=True, slots=True)
class Managed:
    """One kind of resource.

    Attributes
    ----------
    kind
        Its name, for the statements' identifiers.
    resources
        ARNs, or patterns of them.
    reads
        Actions that a plan needs.
    writes
        Further actions that a deployment needs.
    conditions
        Under which conditions.
    """

    kind: str
    resources: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    conditions: Conditions | None = None

    def reading(self) -> list[Statement]:
        """Statements that a plan needs."""
        return self._statements("Read", self.reads)

    def writing(self) -> list[Statement]:
        """Statements that a deployment needs beyond those."""
        return self._statements("Change", self.writes)

    def _statements(self, verb: str, actions: tuple[str, ...]) -> list[Statement]:
        if not actions:
            return []
        return [Statement(f"{verb}{self.kind}", actions, self.resources, self.conditions)]
