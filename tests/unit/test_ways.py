"""The way of an execution, out of its history as AWS tells it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from cli.explaining.graphs import drawn, nodes_of
from cli.explaining.histories import logged_histories, standard_history
from cli.explaining.ways import Outcome, Way, way_of
from cqrs.aws.executions import ExecutionReader
from cqrs.aws.log_events import LogEvent
from tests.unit.conftest import RecordingStepFunctions
from tests.unit.logged import DEFINITION, INVOCATION, History, failed_history

ARN = "arn:aws:states:ap-northeast-1:123456789012:express:test-cqrs-command-express:run:01"


def read(history: History) -> Way:
    recorded = RecordingStepFunctions()
    recorded.histories["run"] = history.events
    events = standard_history(ExecutionReader(SimpleNamespace(step_functions=recorded)), "arn:run")
    assert events is not None
    way = way_of("command-handler", "run", events)
    way.definition = DEFINITION
    return way


@pytest.fixture
def way() -> Way:
    return read(failed_history({"pk": "A#acme", "sk": "A#1@1"}))


def outcomes(way: Way) -> list[tuple[str, str]]:
    return [(visit.state, visit.outcome.value) for visit in way.visits]


def test_states_and_what_became_of_them(way):
    assert outcomes(way) == [
        ("check_version", "passed"),
        ("sync_data_all", "caught"),
        ("sync_data", "passed"),
        ("sync_data", "failed"),
        ("fail_command", "passed"),
        ("fail", "failed"),
    ]
    assert (way.status, way.error) == ("FAILED", "SyncHandlerFailed")


def test_each_try_that_failed(way):
    failed = [visit for visit in way.visits if visit.failed_tries]

    assert [visit.state for visit in failed] == ["sync_data"]
    assert [one["cause"] for one in failed[0].failed_tries] == [
        "Sync handler seat_map: KeyError: 'rows'"
    ] * 2


def test_items_of_a_map_are_counted(way):
    assert way.visits[1].items == {"begun": 2, "succeeded": 1, "failed": 1}


def test_the_invocations_of_the_function_are_known(way):
    assert INVOCATION in way.invocations


def test_the_log_of_a_machine_tells_the_same(way):
    events = failed_history({"pk": "A#acme", "sk": "A#1@1"}).logged(ARN)
    lines = [
        LogEvent(0, "s", json.dumps(event), str(number)) for number, event in enumerate(events)
    ]

    (logged,) = logged_histories(reversed(lines)).values()

    assert outcomes(way_of("command-express", "run", logged)) == outcomes(way)


def test_an_execution_under_way():
    history = History()
    history.add(0, "ExecutionStarted")
    history.add(1, "TaskStateEntered", name="wait_prev_command")

    way = read(history)

    assert (way.status, outcomes(way)) == ("RUNNING", [("wait_prev_command", "running")])


def test_the_machine_is_drawn_with_the_way_through_it(way):
    assert drawn(way)[2:] == [
        "+ check_version         Task",
        "    --> check_version_result",
        ". check_version_result  Choice",
        "    --> wait_prev_command  (result = 1)",
        "    --> sync_data_all  (otherwise)",
        ". wait_prev_command     Task",
        "    --> sync_data_all",
        "! sync_data_all         Map      2 begun, 1 succeeded, 1 failed",
        "    --> finish",
        "    ==> fail_command  (on States.ALL)",
        "x     sync_data         Task     2 times; 2 tries failed: SyncHandlerFailed",
        ". finish                Task",
        "+ fail_command          Task",
        "    ==> fail",
        "x fail                  Fail",
    ]


def test_what_was_not_reached_is_told_to_programs(way):
    left = [node.state for node in nodes_of(way) if node.outcome is Outcome.NOT_REACHED]

    assert left == ["check_version_result", "wait_prev_command", "finish"]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"Variable": "$.a.b", "BooleanEquals": True}, "a.b = true"),
        ({"Variable": "$.a", "StringEquals": "x"}, 'a = "x"'),
        ({"Variable": "$.a", "NumericGreaterThanEqualsPath": "$.b"}, "a >= b"),
        ({"Variable": "$.a", "IsPresent": False}, "a is not present"),
        ({"Variable": "$.a", "StringMatches": "x*"}, 'a string matches "x*"'),
        (
            {
                "And": [
                    {"Variable": "$.a", "IsNull": True},
                    {"Not": {"Variable": "$.b", "NumericLessThan": 3}},
                ]
            },
            "a is null and not (b < 3)",
        ),
        ({"Condition": "{% $n > 3 %}"}, "$n > 3"),
    ],
)
def test_the_rule_of_a_choice_is_told_as_people_say_it(way, rule, told):
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "end"}]}
    way.definition = {"StartAt": "choose", "States": {"choose": choice, "end": {"Type": "Fail"}}}

    assert f"    --> end  ({told})" in drawn(way)
