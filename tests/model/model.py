"""A model as the long run takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from tests.model.hunt import Catch
from tests.model.search import Counts, RandomRuns


class Named(Protocol):
    """An object with a name."""

    @property
    def name(self) -> str:
        """Its name."""


Scenario = TypeVar("Scenario", bound=Named)
Mutation = TypeVar("Mutation", bound=Named)


@dataclass(frozen=True, slots=True)
class Model(Generic[Scenario, Mutation]):
    """A model, which each process makes for itself.

    Attributes
    ----------
    name
        The subject of the model.
    scenarios, explore
        Scenarios of which every schedule is followed, and how that is done.
    mutations, find
        Mistakes, each of which must be found, and how that is done.
    randomised, runs
        Makes what follows random schedules, and how many of them.
    redundant, doubt
        Mistakes that must change nothing, and how they are looked for.
    """

    name: str
    scenarios: Sequence[Scenario]
    explore: Callable[[Scenario], Counts]
    mutations: Sequence[Mutation]
    find: Callable[[Mutation], Catch]
    randomised: Callable[[], RandomRuns[Any]]
    runs: int
    redundant: Sequence[Mutation] = ()
    doubt: Callable[[Mutation], Catch] | None = None
