"""Looks for the shortest way in which a mistake shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.model.search import Broken, RandomRuns, World, explore, shortest


@dataclass(frozen=True, slots=True)
class Catch:
    """How a mistake was found, if it was; ``mistake`` is its name."""

    mistake: str
    broken: Broken | None

    def __str__(self) -> str:
        if self.broken is None:
            return f"{self.mistake}: not found"
        where = f"seed {self.broken.seed}" if self.broken.seed else self.broken.scenario.name
        rule, steps = self.broken.violation.rule, len(self.broken.schedule)
        return f"{self.mistake}: breaks {rule!r} in {steps} steps, {where}"


def hunt(mistake: str, worlds: Iterable[World]) -> Catch:
    """Find a mistake in any of the worlds, each of which is a scenario's beginning."""
    for world in worlds:
        broken = _find(world)
        if broken is not None:
            return Catch(mistake, broken)
    return Catch(mistake, None)


def hunt_at_random(mistake: str, randomised: RandomRuns[Any], runs: int) -> Catch:
    """Find a mistake in random runs."""
    for number in range(runs):
        try:
            randomised.run(f"hunt-{number}")
        except Broken as broken:
            return Catch(mistake, broken)
    return Catch(mistake, None)


def _find(root: World) -> Broken | None:
    try:
        explore(root)
    except Broken as broken:
        return shortest(root) or broken
    return None
