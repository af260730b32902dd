"""A state machine drawn with characters, with the way that an execution took through it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cli.explaining.ways import Outcome, Visit, Way, inner_machines
from cqrs.core.json_text import to_json

SIGNS = {
    Outcome.PASSED: "+",
    Outcome.CAUGHT: "!",
    Outcome.FAILED: "x",
    Outcome.RUNNING: ">",
    Outcome.NOT_REACHED: ".",
}
"""Signs that every terminal has."""

LEGEND = "+ passed   ! failed, and its Catch went on   x failed   > under way   . not reached"

WORST = [Outcome.FAILED, Outcome.RUNNING, Outcome.CAUGHT, Outcome.PASSED]

INDENT = "    "

CONDITION_LENGTH = 100
"""Characters of a rule that are shown."""

NO_TESTS = frozenset({"Variable", "Next", "Comment", "Assign", "Output"})

COMPARED = ("Numeric", "String", "Boolean", "Timestamp")

SIGNS_OF_TESTS = {
    "Equals": "=",
    "LessThan": "<",
    "GreaterThan": ">",
    "LessThanEquals": "<=",
    "GreaterThanEquals": ">=",
}

WORD_STARTS = re.compile("(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Node:
    """A state, as it is drawn.

    Attributes
    ----------
    depth
        How many maps it is in.
    ways
        The states that may follow it, and whether that was taken.
    """

    depth: int
    state: str
    kind: str
    outcome: Outcome
    note: str
    ways: tuple[tuple[str, str, bool], ...]

    def to_mapping(self) -> dict[str, Any]:
        """The node as JSON."""
        return {
            "state": self.state,
            "type": self.kind,
            "within": self.depth,
            "outcome": self.outcome.value,
            "next": [{"state": to, "when": when, "taken": taken} for to, when, taken in self.ways],
        }


def nodes_of(way: Way) -> list[Node]:
    """The states of a machine, each behind one that leads to it."""
    return list(_nodes(way.definition, way.visits, 0))


def drawn(way: Way) -> list[str]:
    """The lines of the drawing."""
    nodes = nodes_of(way)
    if not nodes:
        return []
    width = max(len(INDENT) * node.depth + len(node.state) for node in nodes) + 2
    lines = [LEGEND, ""]
    for node in nodes:
        indent = INDENT * node.depth
        name = f"{indent}{node.state}"
        lines.append(f"{SIGNS[node.outcome]} {name:<{width}}{node.kind:<9}{node.note}".rstrip())
        for to, when, taken in node.ways:
            arrow = "==>" if taken else "-->"
            told = f"  ({when})" if when else ""
            lines.append(f"  {indent}  {arrow} {to}{told}")
    return lines


def _nodes(machine: Mapping[str, Any], visits: Sequence[Visit], depth: int) -> Iterator[Node]:
    states: Mapping[str, Any] = machine.get("States", {})
    passed = [visit.state for visit in visits if visit.state in states]
    steps = set(pairwise(passed))
    for name in _in_order(machine):
        state = states[name]
        own = [visit for visit in visits if visit.state == name]
        ways = tuple(_taken(name, state, steps, own))
        yield Node(depth, name, str(state.get("Type", "")), _outcome(own, depth), _note(own), ways)
        for inner in inner_machines(state):
            yield from _nodes(inner, _within(inner, visits, own), depth + 1)


def _taken(
    name: str, state: Mapping[str, Any], steps: set[tuple[str, str]], visits: Sequence[Visit]
) -> Iterator[tuple[str, str, bool]]:
    """The states that may follow one, and which did; two ways may lead to the same."""
    taken: set[str] = set()
    catches = {_errors(catch) for catch in state.get("Catch", ())}
    outcomes = {visit.outcome for visit in visits}
    for to, when in _successors(state):
        is_open = Outcome.CAUGHT in outcomes if when in catches else outcomes != {Outcome.CAUGHT}
        is_taken = is_open and to not in taken and (name, to) in steps
        taken |= {to} if is_taken else set()
        yield to, when, is_taken


def _within(
    inner: Mapping[str, Any], visits: Sequence[Visit], own: Sequence[Visit]
) -> Sequence[Visit]:
    """The visits of states within a map.

    Emulator difference: MiniStack tells none. Its first state gets all that is known of a map.
    """
    names = inner.get("States", {})
    if any(visit.state in names for visit in visits):
        return visits
    first = str(inner.get("StartAt", ""))
    return [Visit(first, "Task", one.entered, one.left, _of_inner(one)) for one in own]


def _of_inner(visit: Visit) -> Outcome:
    return Outcome.FAILED if visit.outcome is Outcome.CAUGHT else visit.outcome


def _in_order(machine: Mapping[str, Any]) -> list[str]:
    """Names of states as one meets them from the start, and then those that nothing leads to."""
    states: Mapping[str, Any] = machine.get("States", {})
    found: dict[str, None] = {}
    coming = [str(machine.get("StartAt", ""))]
    while coming:
        name = coming.pop(0)
        if name in found or name not in states:
            continue
        found[name] = None
        coming = [to for to, _ in _successors(states[name])] + coming
    return [*found, *(name for name in states if name not in found)]


def _successors(state: Mapping[str, Any]) -> list[tuple[str, str]]:
    choices = state.get("Choices", ())
    found = [(str(choice.get("Next", "")), _condition(choice)) for choice in choices]
    if "Default" in state:
        found.append((str(state["Default"]), "otherwise"))
    if "Next" in state:
        found.append((str(state["Next"]), ""))
    catches = state.get("Catch", ())
    return found + [(str(one.get("Next", "")), _errors(one)) for one in catches]


def _errors(catch: Mapping[str, Any]) -> str:
    return f"on {', '.join(catch.get('ErrorEquals', ()))}"


def _condition(choice: Mapping[str, Any]) -> str:
    """The rule of a Choice as people say it (Amazon States Language, "Choice Rule")."""
    if "Condition" in choice:  # in JSONata
        told = str(choice["Condition"]).removeprefix("{%").removesuffix("%}").strip()
    else:
        told = _rule(choice)
    return told if len(told) <= CONDITION_LENGTH else f"{told[: CONDITION_LENGTH - 3]}..."


def _rule(rule: Mapping[str, Any]) -> str:
    for name, word in (("And", " and "), ("Or", " or ")):
        if name in rule:
            parts = [_rule(one) for one in rule[name]]
            return word.join(f"({part})" if " or " in part else part for part in parts)
    if "Not" in rule:
        return f"not ({_rule(rule['Not'])})"
    subject = str(rule.get("Variable", "")).removeprefix("$.")
    tests = [(name, value) for name, value in rule.items() if name not in NO_TESTS]
    return " and ".join(_test(subject, name, value) for name, value in tests)


def _test(subject: str, name: str, value: Any) -> str:
    name, is_path = name.removesuffix("Path"), name.endswith("Path")
    told = str(value).removeprefix("$.") if is_path else to_json(value)
    if name.startswith("Is"):
        what = WORD_STARTS.sub(" ", name.removeprefix("Is")).strip().lower()
        return f"{subject} is {what if value else f'not {what}'}"
    kind = next((kind for kind in COMPARED if name.startswith(kind)), "")
    sign = SIGNS_OF_TESTS.get(name.removeprefix(kind))
    if sign is None:
        return f"{subject} {WORD_STARTS.sub(' ', name).strip().lower()} {told}"
    return f"{subject} {sign} {told}"


def _outcome(visits: Sequence[Visit], depth: int) -> Outcome:
    """The last outcome of a state; of one that each item of a map is in, the worst."""
    outcomes = [visit.outcome for visit in visits]
    if not outcomes:
        return Outcome.NOT_REACHED
    return min(outcomes, key=WORST.index) if depth else outcomes[-1]


def _note(visits: Sequence[Visit]) -> str:
    if not visits:
        return ""
    parts = [f"{len(visits)} times"] if len(visits) > 1 else []
    tries = sum(len(visit.failed_tries) for visit in visits)
    if tries:
        last = next(one for one in reversed(visits) if one.failed_tries).failed_tries[-1]
        told = "1 try failed" if tries == 1 else f"{tries} tries failed"
        parts.append(f"{told}: {last['error']}")
    items = visits[-1].items
    if items is not None:
        parts.append(
            ", ".join(f"{number} {name}" for name, number in items.items() if number) or "no items"
        )
    return "; ".join(parts)
