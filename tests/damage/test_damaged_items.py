"""An attribute of a stored item is replaced by anything, and all that meets it comes to an end.

``DAMAGE_CASES`` says how many cases are tried, of all that there are; the same ones each time.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cli.deployed.function import Answer
from cqrs.application import Application
from cqrs.commands.starter import SUCCESSOR_START
from cqrs.core.keys import CommandKey
from cqrs.deployment.indexes import key_attributes
from cqrs.resources import Table
from tests.damage.bounded import Bounds
from tests.damage.listings import misnamed
from tests.damage.lives import LIVES, Life, applied
from tests.damage.values import ODD
from tests.damage.world import Address, Item, World
from tests.unit.importing import PlaceStrategy
from tests.unit.operating import Operator
from tests.unit.tasking import square

CASES = int(os.environ.get("DAMAGE_CASES", "60"))

ALSO = (
    "attempt", "begun", "cancelledCause", "cause", "closed", "closedAt", "deliveredAt", "error",
    "mapIsOver", "restartedAt", "runBy", "status", "successorToken", "ttl", "unfinished",
)  # fmt: skip
"""Attributes that an item may have at another moment of its life."""


FOUND = {
    ("attempt", "zero"), ("runBy", "null"), ("deliveredAt", "null"), ("deliveredAt", "empty text"),
    ("createdAt", "next century"), ("status", "gone"), ("cause", "true"), ("through", "gone"),
    ("through", "zero"), ("closed", "true"), ("cancelledCause", "true"),
    ("successorToken", "nested"),
}  # fmt: skip
"""Values that have stopped something before; each is tried in every life that has it."""

KEYS = {"gone", "text", "long ago", "far future", "next century"}
"""Replacements that a key of an index takes."""

INDEXED = {"unfinished", "createdAt", "startedAt", "restartedAt", "movedAt"}
"""Attributes by which the doctor finds what is under way, and its age."""

COPIES = max(CASES // 50, 1)
"""Items of each life that are copied."""

STRAY = ("!copy", "0", "9")
"""Ends of the sort keys of copies."""

WORK = {Table.COMMANDS, Table.TASKS, Table.IMPORT_TMP, Table.APPROVALS}

ENDED = {
    "FINISHED", "FAILED", "COMPLETED", "COMPLETED_WITH_ERRORS", "CANCELLED", "APPROVED", "REJECTED",
    "EXPIRED",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An attribute of an item of a life at a moment of it, and what it is replaced by."""

    life: Life
    moment: int
    place: int
    attribute: str
    odd: str

    def __str__(self) -> str:
        made = self.life.steps[self.moment - 1].__name__.strip("_")
        return f"{self.life.name} once {made}, item {self.place}: {self.attribute} is {self.odd}"


@pytest.fixture
def world(settings, clients, monkeypatch, capsys) -> World:
    bounds = Bounds()
    for client in (clients.dynamodb, clients.s3, clients.sqs):
        client.meta.events.register("before-call", bounds.count)
    monkeypatch.setattr(time, "sleep", bounds.pause)
    application = Application(settings, clients)
    application.task("square")(square)
    application.import_strategy("places")(PlaceStrategy)
    application.workflow("airport-closure")(type("Closure", (), {}))

    def invoked(_services: Any, event: Any) -> Answer:
        try:
            return Answer(application.handle(event))
        except Exception as error:  # noqa: BLE001 - as Lambda does
            return Answer(None, f"{type(error).__name__}: {error}")

    for module in [*sys.modules.values()]:
        if module.__name__.startswith("cli.") and hasattr(module, "invoke"):
            monkeypatch.setattr(module, "invoke", invoked)
    return World(application, clients, Operator(application.services, monkeypatch, capsys), bounds)


def cases(world: World, life: Life) -> Iterator[Case]:
    for moment in range(1, len(life.steps) + 1):
        lead_to(world, life, moment)
        assert not world.wrong, f"{life.name} at {moment}, undamaged: {world.wrong}"
        for place, item in enumerate(world.items().values()):
            names = {*item, *ALSO} - {"pk", "sk"}
            yield from (
                Case(life, moment, place, name, odd) for name in sorted(names) for odd in ODD
            )


def lead_to(world: World, life: Life, moment: int) -> None:
    world.begin_anew()
    for step in life.steps[:moment]:
        step(world)


def chosen(every: list[Case], count: int) -> list[Case]:
    """So many of them, the same ones each time, and one for each fault that was found."""
    shuffled = sorted(every, key=lambda case: hashlib.sha256(str(case).encode()).digest())
    found = {(case.attribute, case.odd): case for case in shuffled}
    return [*shuffled[:count], *(case for kind, case in found.items() if kind in FOUND)]


def tried(world: World, case: Case) -> list[str]:
    """The fault."""
    lead_to(world, case.life, case.moment)
    address, item = [*world.items().items()][case.place]
    if case.attribute in key_attributes(address[0]) and case.odd not in KEYS:
        return []  # a key of an index takes nothing but text, and DynamoDB refuses the rest
    was_over = str(item.get("status")) in ENDED
    world.damage(address, case.attribute, ODD[case.odd])
    for step in (*case.life.steps[case.moment :], *case.life.afterwards):
        step(world)
    world.wrong += misnamed(world)
    if case.attribute not in INDEXED and not was_over:
        see_ends(world, case.life, case.attribute)
    return [f"{case}: {wrong}" for wrong in world.wrong]


def see_ends(world: World, life: Life, damaged: str = "", strays: tuple[str, ...] = ()) -> None:
    """See that work ends, or that the doctor names it, once it is old."""
    world.age(damaged)
    world.run("doctor", "--fix")
    for step in (*life.steps[1:], applied):
        step(world)
    world.age(damaged)
    told = world.run("--json", "doctor")
    items = world.items()
    for (table, pk, sk), item in items.items():
        is_work = table in WORK and sk.count("#") < 2 and sk not in strays
        if (
            is_work
            and str(item.get("status")) not in ENDED
            and not is_told(items, (table, pk, sk), told)
        ):
            world.wrong.append(f"{pk} {sk} is {item.get('status')!r:.40}, and nothing says so")


def is_told(items: dict[Address, Item], address: Address, told: str) -> bool:
    """Whether the doctor names an item, or a command before it whose end starts it."""
    table, pk, sk = address
    if sk in told or table is not Table.COMMANDS:
        return sk in told
    before = CommandKey.parse(pk, sk).predecessor
    starts = before is not None and any(
        name.startswith(SUCCESSOR_START) for name in items.get((table, pk, before.sk), {})
    )
    return starts and is_told(items, (table, pk, before.sk), told)


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.name)
def test_damage_ends_nothing_but_itself(world: World, life: Life) -> None:
    every = [*cases(world, life)]
    some = chosen(every, max(CASES // len(LIVES), 1))

    wrong = [found for case in some for found in tried(world, case)]

    assert not wrong, "\n".join([f"{len(wrong)} of {len(some)} of {len(every)}", *wrong])


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.name)
def test_copies_end_nothing_but_themselves(world: World, life: Life) -> None:
    every = []
    for moment in range(1, len(life.steps) + 1):
        lead_to(world, life, moment)
        every += [(moment, place) for place in range(len(world.items()))]
    wrong = []
    for moment, place in random.Random(life.name).sample(every, min(len(every), COPIES)):  # noqa: S311
        lead_to(world, life, moment)
        address = [*world.items()][place]
        strays = tuple(world.copy(address, name)[2] for name in STRAY)
        for step in (*life.steps[moment:], *life.afterwards):
            step(world)
        world.wrong += misnamed(world)
        see_ends(world, life, strays=strays)
        wrong += [f"{address[2]} copied at {moment}: {each}" for each in world.wrong]

    assert not wrong, "\n".join(wrong)
