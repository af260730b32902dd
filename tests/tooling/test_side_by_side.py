"""The side-by-side benchmark's own parts, without the emulator that it measures on."""

from __future__ import annotations

from statelint.linter import Linter

from benchmarks.reference.machine import definition
from benchmarks.requests import Request
from benchmarks.side_by_side.chart import chart
from benchmarks.side_by_side.cost import dollars
from benchmarks.side_by_side.counts import Count
from benchmarks.side_by_side.executions import Use
from benchmarks.side_by_side.figures import Figure, shown
from benchmarks.side_by_side.waiting import delayed

PAUSE = "delay_before_finish"


def test_the_reference_has_a_valid_machine() -> None:
    assert Linter().validate(definition("main")) == []


def test_every_way_to_a_delayed_state_leads_through_the_pause() -> None:
    states = delayed(definition("main"), "finish", 2)["States"]

    assert states[PAUSE] == {"Type": "Wait", "Seconds": 2, "Next": "finish"}
    leading = {name for name, state in states.items() if state.get("Next") == "finish"}
    assert leading == {PAUSE}
    assert states["sync_data_all"]["Next"] == PAUSE


def test_a_choice_leads_through_the_pause_too() -> None:
    states = delayed(definition("main"), "wait_prev_command", 5)["States"]

    choice = states["check_version_result"]
    assert choice["Default"] == "delay_before_wait_prev_command"
    assert [each["Next"] for each in choice["Choices"]] == [
        "set_ttl_command",
        "delay_before_wait_prev_command",
        "fail",
    ]


def test_a_ratio_is_that_of_the_rounds() -> None:
    figure = Figure("time", "ms", [10, 30, 90], [100, 100, 100])

    assert figure.ratio == 0.3
    assert Figure("requests, version 10", "", [9]).ratio is None


def test_figures_show_their_spread() -> None:
    assert shown([9, 9, 9]) == "9"
    assert shown([1234.5, 98.76, 0.1234]) == "98.8 (0.12 to 1,234)"


def test_the_price_of_transitions_calls_and_writes() -> None:
    nine_transitions = Count(1, [Request("PutItem", {})], Use(9, 6, 0.6))

    # 225 USD of transitions, 1.60 of calls, 5.33 of time at half a GB, 0.72 of a write.
    assert round(dollars(nine_transitions), 1) == 232.6


def test_an_express_command_pays_for_no_transition() -> None:
    express = Count(1, [], Use(7, 4, 0.0))

    # One execution and six calls.
    assert round(dollars(express, is_express=True), 2) == 2.2


def test_the_chart_shows_what_is_compared() -> None:
    compared, alone = Figure("memory", "MB", [50], [200]), Figure("version 10", "", [9])

    drawn = chart([compared, alone])

    assert "memory" in drawn
    assert ">0.25<" in drawn
    assert "version 10" not in drawn
