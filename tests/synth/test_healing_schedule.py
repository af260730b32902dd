"""The schedule by which the function heals."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from cqrs.actions import ACTIONS
from cqrs.events.sources import detect_source
from cqrs.events.types import EventSource
from tests.synth.conftest import Synthesis

Synthesise = Callable[..., Synthesis]


def only(synthesis: Synthesis, kind: str) -> dict:
    (one,) = synthesis.resources(kind).values()
    return one


def test_its_event_is_an_action_of_the_function(prod: Synthesis) -> None:
    schedule = only(prod, "aws_scheduler_schedule")
    event = json.loads(schedule["target"]["input"])

    assert schedule["name"] == "prod-cqrs-healer"
    assert schedule["schedule_expression"] == "rate(5 minutes)"
    assert "aws_lambda_function.function_" in schedule["target"]["arn"]
    assert detect_source(event) is EventSource.DIRECT
    assert event["action"] in {name for names in ACTIONS.values() for name in names}


def test_an_event_that_cannot_be_delivered_is_given_up_before_the_next(prod: Synthesis) -> None:
    policy = only(prod, "aws_scheduler_schedule")["target"]["retry_policy"]

    assert policy == {"maximum_event_age_in_seconds": 300, "maximum_retry_attempts": 2}


def test_its_role_may_invoke_the_function_and_nothing_else(prod: Synthesis) -> None:
    (role,) = (
        one for one in prod.resources("aws_iam_role").values() if one["name"] == "prod-cqrs-healer"
    )
    (policy,) = (
        json.loads(one["policy"])
        for one in prod.resources("aws_iam_role_policy").values()
        if "healing-schedule" in one["//"]["metadata"]["path"]
    )
    (statement,) = policy["Statement"]
    (trust,) = json.loads(role["assume_role_policy"])["Statement"]

    assert statement["Action"] == ["lambda:InvokeFunction"]
    assert statement["Resource"] == [prod.environment.function_arn()]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {
        "aws:SourceAccount": "333333333333",
        "aws:SourceArn": "arn:aws:scheduler:ap-northeast-1:333333333333:schedule-group/default",
    }


@pytest.mark.parametrize(
    ("minutes", "expression"), [(1, "rate(1 minute)"), (30, "rate(30 minutes)")]
)
def test_its_rate_is_the_environment_s(
    synthesise: Synthesise, minutes: int, expression: str
) -> None:
    schedule = only(
        synthesise("stg", f"\n[healing]\nrate_minutes = {minutes}\n"), "aws_scheduler_schedule"
    )

    assert schedule["schedule_expression"] == expression


def test_a_rate_of_0_is_none(synthesise: Synthesise) -> None:
    without = synthesise("stg", "\n[healing]\nrate_minutes = 0\n")

    assert without.resources("aws_scheduler_schedule") == {}
    assert "healer" not in {
        one["name"].rpartition("-")[2] for one in without.resources("aws_iam_role").values()
    }
