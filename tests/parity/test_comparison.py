"""The comparison itself, without any engine."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from stacks.environment.file import load
from stacks.state_machines.definitions import definitions
from tests.parity import history
from tests.parity.comparison import EVERY, Difference, deviations, findings, in_vain
from tests.parity.definitions import AMPLE, hurried
from tests.parity.differences import TABLE
from tests.parity.documented import DOCUMENTED
from tests.parity.documented.record import Documented, Line, documented, either, perhaps
from tests.parity.edits import instead
from tests.parity.engine import ENVIRONMENTS, Recorded
from tests.parity.executions import EXECUTIONS
from tests.parity.page import PAGE, updated
from tests.synth.definitions import states

SEQUENCE = documented("one", ["a", either("b", "c"), perhaps("d"), "e"], sources=())


def recorded(*lines: str) -> Recorded:
    return Recorded(lines, tells_iterations=True)


@pytest.mark.parametrize("lines", ["abde", "acde", "ace"])
def test_each_line_that_will_do_is_as_documented(lines: str) -> None:
    assert deviations([], SEQUENCE, recorded(*lines)) == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("ace!", ["has !"]),
        ("ae", ["lacks b"]),
        ("abed", ["has d"]),
        ("eba", ["lacks a", "lacks b", "has b", "has a"]),
    ],
)
def test_what_is_missing_too_much_or_out_of_order_is_told(lines: str, told: list[str]) -> None:
    assert deviations([], SEQUENCE, recorded(*lines)) == told


def row(*executions: str) -> Difference:
    return Difference("engine", executions, "at e", "does f", "e", "", instead("e", "f"))


def test_a_row_of_the_table_explains_just_what_it_says() -> None:
    assert findings([row("one")], SEQUENCE, recorded(*"abf")) == []
    assert findings([row("other")], SEQUENCE, recorded(*"abf")) == ["lacks e", "has f"]
    assert findings([row("one")], SEQUENCE, recorded(*"abg")) == [
        "lacks f",
        "has g",
    ]


def test_a_row_that_no_longer_occurs_is_told() -> None:
    assert "lacks f" in findings([row("one")], SEQUENCE, recorded(*"abe"))
    assert findings([row("one")], documented("one", ["a"], sources=()), recorded("a")) == [
        "is in the table and occurs no more: at e: does f"
    ]


def test_a_row_for_every_execution_must_occur_in_one() -> None:
    every = row(*EVERY)
    sequences: dict[str, Documented] = {"one": SEQUENCE}

    assert in_vain([every], sequences, {"one": recorded(*"abf")}) == []
    assert in_vain(
        [row(*EVERY)], {"one": documented("one", ["a"], sources=())}, {"one": recorded("a")}
    ) == ["is in the table and occurs no more: at e: does f"]


def event(number: int, before: int, kind: str, **details: Any) -> dict[str, Any]:
    return {
        "id": number,
        "previousEventId": before,
        "type": kind,
        "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
        **details,
    }


def test_iterations_stand_one_after_another_whatever_ran_first() -> None:
    entered = {"stateEnteredEventDetails": {"name": "s", "input": "1"}}

    def told(number: int, before: int, what: str, index: int) -> dict[str, Any]:
        kind = f"MapIteration{what}"
        name = f"mapIteration{what}EventDetails"
        return event(number, before, kind, **{name: {"name": "m", "index": index}})

    events = [
        event(1, 0, "MapStateEntered", stateEnteredEventDetails={"name": "m", "input": "[1, 1]"}),
        event(2, 1, "MapStateStarted", mapStateStartedEventDetails={"length": 2}),
        told(3, 2, "Started", 0),
        told(4, 2, "Started", 1),
        event(5, 4, "PassStateEntered", **entered),
        told(6, 5, "Succeeded", 1),
        event(7, 3, "PassStateEntered", **entered),
        told(8, 7, "Succeeded", 0),
        event(9, 7, "MapStateSucceeded"),
    ]

    assert history.lines(events) == [
        "MapStateEntered m [1, 1]",
        "MapStateStarted 2",
        "[0] MapIterationStarted m 0",
        "[0] PassStateEntered s 1",
        "[0] MapIterationSucceeded m 0",
        "[1] MapIterationStarted m 1",
        "[1] PassStateEntered s 1",
        "[1] MapIterationSucceeded m 1",
        "MapStateSucceeded",
    ]


def test_causes_that_nobody_said_are_left_out() -> None:
    caught = {"Error": "E", "Cause": '{"errorMessage": "said in it", "requestId": "1"}'}

    assert history.text({"error": caught}) == '{"error": {"Cause": "said in it", "Error": "E"}}'
    assert history.text({"Error": "E", "Cause": "worded"}) == '{"Cause": "-", "Error": "E"}'


def test_every_execution_is_documented_with_its_sources() -> None:
    assert DOCUMENTED.keys() == EXECUTIONS.keys()
    for record in DOCUMENTED.values():
        assert record.sources
        assert all(source.startswith("https://") for source in record.sources)
        several = any(line.may_be_absent or len(line.alternatives) > 1 for line in record.lines)
        assert bool(record.silent) == several, record.execution


def test_rows_name_executions_that_there_are() -> None:
    for difference in TABLE:
        assert difference.executions == EVERY or set(difference.executions) <= EXECUTIONS.keys()


def test_hurrying_changes_timeouts_and_pauses_only() -> None:
    environment = load("local", ENVIRONMENTS, variables={})
    for definition in definitions(environment, environment.function_arn()).values():
        assert _without_times(hurried(definition, AMPLE)) == _without_times(definition)


def _without_times(definition: dict[str, Any]) -> dict[str, Any]:
    bare = copy.deepcopy(definition)
    for _, state in states(bare):
        for name in ("TimeoutSeconds", "HeartbeatSeconds"):
            state[name] = name in state
        state.get("Parameters", {}).get("Payload", {}).pop("timeoutSeconds", None)
        for retrier in state.get("Retry", ()):
            for name in ("IntervalSeconds", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"):
                retrier.pop(name, None)
    return bare


def test_the_section_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert text == updated(text), "run `make docs`"


def test_lines_of_iterations_lose_their_number() -> None:
    assert Line(("[1] a", "[1] b")).outside_of_iterations() == Line(("a", "b"))
