"""Searches of any model: every schedule, the shortest failing one, a random one, and one again.

A model's world says what can happen next, lets it happen, and knows when a rule is broken. All else
about it is its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Generic, Protocol, Self, TypeVar

from tests.model.choice import Choice
from tests.model.violation import Violation

Schedule = tuple[Choice, ...]


class World(Protocol):
    """A system with everything around it, at one moment.

    Each method but ``copy`` and ``key`` raises :class:`~tests.model.violation.Violation` if a rule
    is broken.
    """

    @property
    def scenario(self) -> Any:
        """The scenario that the run began with; its text tells all of it, and it has a name."""

    def copy(self) -> Self:
        """Another world in the same state, which goes its own way."""

    def key(self) -> int:
        """Hash of all that the future depends on."""

    def choices(self) -> Sequence[Choice]:
        """Everything that can happen next; nothing at the end of a run."""

    def moves(self) -> Sequence[Choice]:
        """The choices while nothing goes wrong; none at the end of a run."""

    def faults(self) -> Sequence[Choice]:
        """The faults that can come next."""

    def take(self, choice: Choice) -> None:
        """Let something happen."""

    def check_end(self) -> None:
        """See that all is well in the end."""


AnyWorld = TypeVar("AnyWorld", bound=World)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a search saw.

    Attributes
    ----------
    states
        Different states.
    ends
        Complete runs that it followed; all others met a state that was known.
    schedules
        Complete runs that there are: different paths through those states.
    """

    states: int
    ends: int
    schedules: int


class Broken(Exception):
    """A rule was broken, and this is how."""

    def __init__(
        self, scenario: Any, schedule: Sequence[Choice], violation: Violation, seed: str = ""
    ) -> None:
        steps = "\n".join(f"  {choice}" for choice in schedule)
        origin = f"seed {seed}, " if seed else ""
        super().__init__(f"{violation}\n{origin}{scenario}\nschedule:\n{steps}")
        self.scenario = scenario
        self.schedule = tuple(schedule)
        self.violation = violation
        self.seed = seed


def explore(root: World) -> Counts:
    """Follow every schedule, depth first, each state once.

    Raises
    ------
    Broken
        If a rule was broken.
    """
    return _DepthFirst(root).counts()


@dataclass(slots=True)
class _Visit:
    """A state on the way, the choices that are left in it, and the ways to an end found so far."""

    key: int
    world: World
    left: list[Choice]
    schedules: int = 0


class _DepthFirst:
    """Depth-first search that counts the ways to an end as it goes back."""

    def __init__(self, root: World) -> None:
        self._scenario = root.scenario
        self._schedules: dict[int, int] = {}
        self._ends = 0
        self._trail: list[Choice] = []
        self._way = [_Visit(root.key(), root, list(root.choices()))]

    def counts(self) -> Counts:
        root = self._way[0]
        try:
            while self._way:
                if self._way[-1].left:
                    self._go(self._way[-1], self._way[-1].left.pop())
                else:
                    self._back()
        except Violation as violation:
            raise Broken(self._scenario, self._trail, violation) from None
        return Counts(len(self._schedules), self._ends, root.schedules)

    def _go(self, visit: _Visit, choice: Choice) -> None:
        self._trail.append(choice)
        world = visit.world.copy()
        world.take(choice)
        key = world.key()
        known = self._schedules.get(key)
        if known is None:
            choices = list(world.choices())
            if choices:
                self._way.append(_Visit(key, world, choices))
                return
            world.check_end()
            self._ends += 1
            known = self._schedules[key] = 1
        visit.schedules += known
        self._trail.pop()

    def _back(self) -> None:
        done = self._way.pop()
        self._schedules[done.key] = done.schedules
        if self._way:
            self._way[-1].schedules += done.schedules
            self._trail.pop()


def shortest(root: World, most_states: int = 300_000) -> Broken | None:
    """The shortest schedule that breaks a rule, if one of the states breaks any."""
    came: dict[int, tuple[int, Choice] | None] = {root.key(): None}
    waiting = deque([(root.key(), root)])
    while waiting and len(came) < most_states:
        key, world = waiting.popleft()
        try:
            choices = world.choices()
            if not choices:
                world.check_end()
        except Violation as violation:
            return Broken(root.scenario, _way_to(came, key), violation)
        for choice in choices:
            following = world.copy()
            try:
                following.take(choice)
            except Violation as violation:
                return Broken(root.scenario, [*_way_to(came, key), choice], violation)
            reached = following.key()
            if reached not in came:
                came[reached] = key, choice
                waiting.append((reached, following))
    return None


def _way_to(came: dict[int, tuple[int, Choice] | None], key: int) -> list[Choice]:
    way: list[Choice] = []
    step = came[key]
    while step is not None:
        key, choice = step
        way.append(choice)
        step = came[key]
    return way[::-1]


def replay(root: AnyWorld, schedule: Iterable[Choice]) -> AnyWorld:
    """Follow a schedule again; the end is checked if it leads to one.

    Raises
    ------
    Violation
        If a rule is broken.
    """
    world = root.copy()
    for choice in schedule:
        world.take(choice)
    if not world.choices():
        world.check_end()
    return world


class RandomRuns(Generic[AnyWorld]):
    """Runs drawn from seeds, one after the other; the same seed gives the same run.

    Parameters
    ----------
    begin
        Draws the world that a run begins with.
    """

    def __init__(self, begin: Callable[[Random], AnyWorld]) -> None:
        self._begin = begin

    def run(self, seed: str) -> AnyWorld:
        """Follow one schedule to its end.

        Raises
        ------
        Broken
            If a rule was broken.
        """
        random = Random(seed)  # noqa: S311 - a schedule, not a secret
        world, schedule = self._begin(random), list[Choice]()
        try:
            _follow(world, random, schedule)
        except Violation as violation:
            raise Broken(world.scenario, schedule, violation, seed) from None
        return world


def _follow(world: World, random: Random, schedule: list[Choice]) -> None:
    fault_rate = random.choice((0.02, 0.05, 0.1, 0.3))
    stickiness = random.choice((0.0, 0.5, 0.9))
    while moves := world.moves():
        faults = world.faults() if random.random() < fault_rate else []
        if faults:
            choice = random.choice(faults)
        elif schedule and schedule[-1] in moves and random.random() < stickiness:
            choice = schedule[-1]
        else:
            choice = random.choice(moves)
        schedule.append(choice)
        world.take(choice)
    world.check_end()
