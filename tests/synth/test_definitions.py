"""The tests' reading of the state machines' definitions, and the builders that make these."""

from __future__ import annotations

import pytest
from statelint.linter import Linter

from stacks.asl import (
    ALL_ERRORS,
    Invocation,
    branch,
    catch,
    choice,
    inline_map,
    is_true,
    machine,
    parallel,
    succeed,
    wait,
)
from tests.synth.definitions import Node, leads_nowhere, states, tasks

FUNCTION = Invocation("arn:aws:lambda:ap-northeast-1:111111111111:function:f", 60)


def trip(**changed: str) -> Node:
    """A machine with branches, one of which holds a map; names of targets may be changed."""
    names = {"join": "join", "rooms": "rooms", "paid": "paid", "cancel": "cancel", **changed}
    return machine(
        "Books a trip",
        "book",
        {
            "book": parallel(
                branch("flight", {"flight": FUNCTION.task(End=True)}),
                branch(
                    "hotel",
                    {
                        "hotel": FUNCTION.task(Next=names["rooms"]),
                        "rooms": inline_map(
                            "room", {"room": FUNCTION.task(End=True)}, max_concurrency=0, End=True
                        ),
                    },
                ),
                Next=names["join"],
                Catch=[catch(ALL_ERRORS, names["cancel"], ResultPath="$.error")],
            ),
            "join": wait(60, Next="is_paid"),
            "is_paid": choice(is_true("$[0].paid", names["paid"]), default="cancel"),
            "paid": succeed(),
            "cancel": FUNCTION.task(End=True),
        },
    )


def test_branches_and_waits_are_what_the_language_allows() -> None:
    assert Linter.validate(trip()) == []


def test_states_of_branches_and_of_maps_within_them_are_found() -> None:
    assert [name for name, _ in tasks(trip())] == ["cancel", "flight", "hotel", "room"]
    assert {"book", "join", "rooms"} <= {name for name, _ in states(trip())}


def test_every_state_of_a_sound_definition_leads_somewhere() -> None:
    assert list(leads_nowhere(trip())) == []


OUTSIDE = "book, join, is_paid, paid, cancel"


@pytest.mark.parametrize(
    ("place", "origin", "target", "there"),
    [
        ("join", "book", "joyn", OUTSIDE),
        ("cancel", "book", "cancle", OUTSIDE),
        ("paid", "is_paid", "payed", OUTSIDE),
        ("rooms", "hotel", "romms", "hotel, rooms"),
        # A branch cannot lead out of itself.
        ("rooms", "hotel", "cancel", "hotel, rooms"),
    ],
)
def test_a_state_that_leads_nowhere_is_told_with_its_target(
    place: str, origin: str, target: str, there: str
) -> None:
    assert list(leads_nowhere(trip(**{place: target}))) == [
        f"State {origin!r} leads to {target!r}, and beside it there are {there}."
    ]


@pytest.mark.parametrize("field", ["StartAt", "Default"])
def test_a_beginning_and_a_default_that_lead_nowhere_are_told(field: str) -> None:
    definition = trip()
    holder = definition if field == "StartAt" else definition["States"]["is_paid"]
    holder[field] = "bok"

    (told,) = leads_nowhere(definition)

    assert "leads to 'bok'" in told
