"""The beginning of a run: which machine asks, who answers, what operators do, what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, NamedTuple

from tests.model.approvals.machines import MACHINES
from tests.model.faults import Fault

RUN = "run"
"""Name of the execution."""

TITLES = {"lead": "Spend 100 EUR", "board": "Spend 1,000,000 EUR"}

PROCESS_FAULTS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.REPEAT, Fault.STRAGGLE)
ALL_FAULTS = frozenset({*PROCESS_FAULTS, Fault.BEHIND})


class Act(StrEnum):
    """Something that happens to an execution from outside."""

    TIME_OUT = "time out"
    """The state that waits does so no longer."""
    STOP = "stop"
    """It ends as a whole, which none of its states can catch."""
    REDRIVE = "redrive"
    """It goes on where it failed or was stopped."""
    START = "start again"
    """Long after it ended, another one of its name is started."""
    TELL_AGAIN = "tell again"
    """EventBridge reports again that it ended, however late."""


class Person(NamedTuple):
    """Somebody who answers or closes a request once."""

    name: str
    action: str = "approve"
    state: str = "lead"


@dataclass(frozen=True, slots=True)
class Scenario:
    """The beginning of a run.

    Attributes
    ----------
    machine
        The machine that asks.
    shares_id
        Whether all states ask by the execution's name, and not each by a request id of its own.
    people
        Those who answer.
    acts
        The other acts that happen, each at most so often.
    kinds, faults
        The faults that may happen, and how often altogether.
    """

    name: str
    machine: str = "one question"
    people: tuple[Person, ...] = ()
    acts: Mapping[Act, int] = field(default_factory=dict)
    faults: int = 0
    kinds: frozenset[Fault] = ALL_FAULTS
    shares_id: bool = True

    def input(self) -> dict[str, Any]:
        """The input of executions."""
        ids = {state: self.request_id(state) for state in TITLES}
        return {"ids": ids, "titles": TITLES}

    def request_id(self, state: str) -> str:
        """By which id a state asks."""
        return RUN if self.shares_id else f"{RUN}-{state}"


ANN, BOB, EVE = Person("ann"), Person("bob", "reject"), Person("eve", "close_approval")


def answered() -> Iterator[Scenario]:
    """One question, and people that answer it."""
    yield Scenario("one answer", people=(ANN,), faults=2)
    yield Scenario("two answers at once", people=(ANN, BOB), faults=1)
    yield Scenario("an answer and a time-out", people=(ANN,), acts={Act.TIME_OUT: 1}, faults=1)
    yield Scenario("two answers and a time-out", people=(ANN, BOB), acts={Act.TIME_OUT: 1})
    yield Scenario("an answer and a closing", people=(ANN, EVE), faults=1)
    yield Scenario("nobody answers", acts={Act.TIME_OUT: 1}, faults=2)


def ended() -> Iterator[Scenario]:
    """The execution ends while it is waited for, and may go on."""
    stop, again = {Act.STOP: 1}, {Act.STOP: 1, Act.REDRIVE: 1}
    yield Scenario("an answer and a stop", people=(ANN,), acts=stop, faults=1)
    yield Scenario("a stop that is told twice", acts={**stop, Act.TELL_AGAIN: 1}, faults=1)
    yield Scenario("a redrive", acts=again, faults=1)
    yield Scenario("an answer and a redrive", people=(ANN,), acts=again)
    yield Scenario("a redrive, and a late end", acts={**again, Act.TELL_AGAIN: 1})


def asked_again() -> Iterator[Scenario]:
    """More than one question."""
    both = (ANN, Person("cyd", state="board"))
    yield Scenario("two questions, one id", "two questions", (ANN,), faults=1)
    yield Scenario(
        "two questions, two ids", "two questions", both, {Act.TIME_OUT: 1}, shares_id=False
    )
    yield Scenario("a question that is escalated", "escalation", both, {Act.TIME_OUT: 1})
    yield Scenario("the same name again", people=(ANN,), acts={Act.START: 1}, faults=1)
    yield Scenario(
        "the same name again after a stop", people=(ANN,), acts={Act.STOP: 1, Act.START: 1}
    )
    yield Scenario("asked until approved", "until approved", (BOB,), faults=1)
    yield Scenario("answered anew", "until approved", (BOB, ANN), {Act.TIME_OUT: 1})
    yield Scenario("asked after a time-out", "until approved", (ANN,), {Act.TIME_OUT: 1}, faults=1)


def exhaustive() -> list[Scenario]:
    """All scenarios of which every schedule is followed."""
    return [*answered(), *ended(), *asked_again()]


ACTIONS = ("approve", "approve", "reject", "reject", "close_approval")


def randomised(random: Random) -> Scenario:
    """Any machine, people, acts and faults."""
    machine = random.choice(("one question", "one question", *MACHINES))
    states = ("lead", "board") if machine in {"two questions", "escalation"} else ("lead",)
    people = tuple(
        Person(name, random.choice(ACTIONS), random.choice(states))
        for name in ("ann", "bob", "cyd", "dan")[: random.randint(0, 4)]
    )
    acts = {act: random.choice((0, 0, 1, 1, 2)) for act in Act}
    return Scenario(
        "random",
        machine,
        people,
        {act: most for act, most in acts.items() if most},
        faults=random.choice((0, 1, 1, 2, 2, 3)),
        shares_id=random.random() < 0.5,
    )
