"""The content of a definition: its states, those inside of maps and parallel branches too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, Any]


def scopes(definition: Node) -> Iterator[Node]:
    """The machine, and all that its states hold; a state leads to states of its own scope only."""
    yield definition
    for state in definition["States"].values():
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor")):
            if inner is not None:
                yield from scopes(inner)


def states(definition: Node) -> Iterator[tuple[str, Node]]:
    """All states by name."""
    for scope in scopes(definition):
        yield from scope["States"].items()


def tasks(definition: Node) -> Iterator[tuple[str, Node]]:
    """All Task states by name."""
    return ((name, state) for name, state in states(definition) if state["Type"] == "Task")


def leads_nowhere(definition: Node) -> Iterator[str]:
    """Sentences on the states that lead to one that there is not."""
    for scope in scopes(definition):
        there = ", ".join(scope["States"])
        begins = [("The beginning", scope["StartAt"])]
        followers = [
            (f"State {name!r}", target)
            for name, state in scope["States"].items()
            for target in targets(state)
        ]
        for origin, target in begins + followers:
            if target not in scope["States"]:
                yield f"{origin} leads to {target!r}, and beside it there are {there}."


def targets(state: Node) -> Iterator[str]:
    """The states that a state leads to."""
    for rule in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        if "Next" in rule:
            yield rule["Next"]
    if "Default" in state:
        yield state["Default"]
