"""Searches: every schedule of a scenario, its shortest failing one, random ones, and one again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from cqrs.resources import StateMachine as Machine
from stacks.environment import CommandOptions
from stacks.state_machines.asl import Definition, Invocation
from stacks.state_machines.command import command_definition
from tests.model.invariants import check_end
from tests.model.monitor import Violation
from tests.model.program import PREFIX, Program
from tests.model.scenarios import Scenario, randomised
from tests.model.state_machine import StateMachine
from tests.model.world import Choice, Setting, World

Schedule = tuple[Choice, ...]


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
        self, scenario: Scenario, schedule: Sequence[Choice], violation: Violation, seed: str = ""
    ) -> None:
        steps = "\n".join(f"  {choice}" for choice in schedule)
        origin = f"seed {seed}, " if seed else ""
        super().__init__(f"{violation}\n{origin}{scenario}\nschedule:\n{steps}")
        self.scenario = scenario
        self.schedule = tuple(schedule)
        self.violation = violation
        self.seed = seed


def definition() -> Definition:
    """The real definition of the command-handler."""
    return command_definition(Invocation("function", 60), CommandOptions())


def interpreter(of: Definition) -> StateMachine:
    """An interpreter of a definition under the name of the command-handler."""
    return StateMachine(f"{PREFIX}{Machine.COMMAND}", of)


def setting(scenario: Scenario) -> Setting:
    """What stays the same in a search of the real code and the real definition."""
    return Setting(scenario, Program(ttl_days=scenario.ttl_days), interpreter(definition()))


def explore(given: Setting) -> Counts:
    """Follow every schedule, depth first, each state once.

    Raises
    ------
    Broken
        A rule was broken.
    """
    return _DepthFirst(given).counts()


@dataclass(slots=True)
class _Visit:
    """A state on the way, the choices that are left in it, and the ways to an end found so far."""

    key: int
    world: World
    left: list[Choice]
    schedules: int = 0


class _DepthFirst:
    """Depth-first search that counts the ways to an end as it goes back."""

    def __init__(self, given: Setting) -> None:
        self._scenario = given.scenario
        self._schedules: dict[int, int] = {}
        self._ends = 0
        self._trail: list[Choice] = []
        root = World(given)
        self._way = [_Visit(root.key(), root, root.choices())]

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
            choices = world.choices()
            if choices:
                self._way.append(_Visit(key, world, choices))
                return
            check_end(world)
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


def shortest(given: Setting, most_states: int = 300_000) -> Broken | None:
    """The shortest schedule that breaks a rule, if one of the states breaks any."""
    root = World(given)
    came: dict[int, tuple[int, Choice] | None] = {root.key(): None}
    waiting = deque([(root.key(), root)])
    while waiting and len(came) < most_states:
        key, world = waiting.popleft()
        try:
            choices = world.choices()
            if not choices:
                check_end(world)
        except Violation as violation:
            return Broken(given.scenario, _way_to(came, key), violation)
        for choice in choices:
            following = world.copy()
            try:
                following.take(choice)
            except Violation as violation:
                return Broken(given.scenario, [*_way_to(came, key), choice], violation)
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


def replay(given: Setting, schedule: Iterable[Choice]) -> World:
    """Follow a schedule once more; the end is checked if it leads to one.

    Raises
    ------
    Violation
        A rule is broken.
    """
    world = World(given)
    for choice in schedule:
        world.take(choice)
    if not world.choices():
        check_end(world)
    return world


class Randomised:
    """Runs drawn from seeds, one after the other; the same seed gives the same run.

    Parameters
    ----------
    settings
        Gives the program and the interpreter for a scenario; by default the real ones, shared by
        all runs.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()

    def run(self, seed: str) -> World:
        """Follow one schedule to its end.

        Raises
        ------
        Broken
            A rule was broken.
        """
        random = Random(seed)  # noqa: S311 - a schedule, not a secret
        scenario = randomised(random)
        schedule: list[Choice] = []
        try:
            return self._follow(World(self._settings.of(scenario)), random, schedule)
        except Violation as violation:
            raise Broken(scenario, schedule, violation, seed) from None

    def _follow(self, world: World, random: Random, schedule: list[Choice]) -> World:
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
        check_end(world)
        return world


class Settings:
    """Programs and interpreters, each made once and used by all runs."""

    def __init__(self, of: Definition | None = None) -> None:
        self._machine = interpreter(of or definition())
        self._programs: dict[int, Program] = {}

    def of(self, scenario: Scenario) -> Setting:
        """What stays the same in a run of a scenario."""
        days = scenario.ttl_days
        if days not in self._programs:
            self._programs[days] = self.program(days)
        return Setting(scenario, self._programs[days], self._machine)

    def program(self, ttl_days: int) -> Program:
        """A new program."""
        return Program(ttl_days=ttl_days)
