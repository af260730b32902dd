"""Roles allow what their services need, on what they need it for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.synth.conftest import Synthesis

Statement = dict[str, Any]

ANY_RESOURCE = {"function": {"SendTraces"}}
ANY_RESOURCE_OF_A_MACHINE = {"SendTraces", "DeliverLogs"}
"""Statements on actions for which AWS offers nothing narrower, by construct and Sid."""

INLINE_POLICY_CHARACTERS = 10_240
"""Of all inline policies of a role, white space aside."""

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}


def statements(synthesis: Synthesis) -> list[tuple[str, Statement]]:
    """All statements with the construct that they belong to."""
    return [
        (policy["//"]["metadata"]["path"].split("/")[1], statement)
        for policy in synthesis.resources("aws_iam_role_policy").values()
        for statement in json.loads(policy["policy"])["Statement"]
    ]


def function_actions(synthesis: Synthesis, resource: str) -> set[str]:
    """Actions that the function may do on one resource."""
    return {
        action.partition(":")[2]
        for owner, statement in statements(synthesis)
        if owner == "function" and any(arn.endswith(resource) for arn in statement["Resource"])
        for action in statement["Action"]
    }


def test_every_role_has_statements(synthesis: Synthesis) -> None:
    owners = {owner for owner, _ in statements(synthesis)}

    assert owners == {"function", "healing-schedule", *synthesis.environment.state_machines}
    assert len(synthesis.resources("aws_iam_role")) == len(owners)


def test_policies_fit_into_their_roles(synthesis: Synthesis) -> None:
    """Every custom workflow adds to the function's (IAM guide, "IAM and AWS STS quotas")."""
    for policy in synthesis.resources("aws_iam_role_policy").values():
        size = len("".join(policy["policy"].split()))
        if size > INLINE_POLICY_CHARACTERS:
            pytest.fail(
                f"The policy {policy['//']['metadata']['path']} has {size:,} characters, and IAM "
                f"takes {INLINE_POLICY_CHARACTERS:,} in a role: name what it allows by a pattern, "
                "in stacks/function/permissions.py for the function.",
                pytrace=False,
            )


def test_no_action_is_a_pattern(synthesis: Synthesis) -> None:
    patterns = [
        (owner, action)
        for owner, statement in statements(synthesis)
        for action in statement["Action"]
        if "*" in action
    ]

    assert patterns == []


ON_THE_EMULATOR = {("function", "AnswerCallbacks"), ("function", "ReadMapRuns")}
"""An emulator does not see whose task a task token is, nor which Map Run is asked for."""


def test_any_resource_only_where_nothing_is_narrower(synthesis: Synthesis) -> None:
    unlimited = {(o, s["Sid"]) for o, s in statements(synthesis) if "*" in s["Resource"]}

    machines = dict.fromkeys(synthesis.environment.state_machines, ANY_RESOURCE_OF_A_MACHINE)
    assert unlimited == {
        (owner, sid) for owner, sids in {**ANY_RESOURCE, **machines}.items() for sid in sids
    } | (ON_THE_EMULATOR if synthesis.environment.dialect == "emulator" else set())


def is_own(arn: str) -> bool:
    """Whether an ARN is read from a resource of the stack itself."""
    return any(kind in arn for kind in ("${aws_cloudwatch_log_group.", "${aws_kms_key."))


def test_resources_belong_to_the_environment(synthesis: Synthesis) -> None:
    prefix = f"{synthesis.environment.name}-cqrs-"
    foreign = [
        (owner, arn)
        for owner, statement in statements(synthesis)
        for arn in statement["Resource"]
        if arn != "*" and prefix not in arn and not is_own(arn)
    ]

    assert foreign == []


def test_statements_of_a_role_have_names_of_their_own(synthesis: Synthesis) -> None:
    names = [(owner, statement["Sid"]) for owner, statement in statements(synthesis)]

    assert len(names) == len(set(names))


def test_history_is_never_changed(prod: Synthesis) -> None:
    assert function_actions(prod, "-history") & WRITES == {"PutItem"}


@pytest.mark.parametrize(
    "table", ["commands", "data", "history", "tasks", "import_tmp", "approvals"]
)
def test_nothing_is_deleted_or_scanned(prod: Synthesis, table: str) -> None:
    actions = function_actions(prod, f"table/prod-cqrs-{table}")

    assert "GetItem" in actions
    # A rebuild of a read model reads all data.
    assert actions & {"DeleteItem", "Scan"} == ({"Scan"} if table == "data" else set())


@pytest.mark.parametrize("table", ["tasks", "import_tmp", "approvals"])
def test_indexes_are_queried(prod: Synthesis, table: str) -> None:
    assert function_actions(prod, f"table/prod-cqrs-{table}/index/*") == {"Query"}


def test_the_history_of_every_machines_executions_is_read(prod: Synthesis) -> None:
    for machine in prod.environment.standard_machines:
        executions = f"execution:{prod.environment.state_machine(machine)}:*"
        assert "GetExecutionHistory" in function_actions(prod, executions)


def test_the_failed_batches_of_imports_are_read(prod: Synthesis) -> None:
    batches = "prod-cqrs-import-csv/import-csv:*"

    assert function_actions(prod, f"mapRun:{batches}") == {"DescribeMapRun", "ListExecutions"}
    assert function_actions(prod, f"express:{batches}") == {"DescribeExecution"}
    assert "ListMapRuns" in function_actions(prod, "execution:prod-cqrs-import-csv:*")


def test_machines_invoke_the_function_alone(prod: Synthesis) -> None:
    invoked = {
        tuple(statement["Resource"])
        for owner, statement in statements(prod)
        if owner in prod.environment.state_machines
        and "lambda:InvokeFunction" in statement["Action"]
    }

    function = "arn:aws:lambda:ap-northeast-1:333333333333:function:prod-cqrs-main"
    assert invoked == {(function, f"{function}:*")}


def test_only_the_import_starts_children(prod: Synthesis) -> None:
    starters = {
        owner: statement["Resource"]
        for owner, statement in statements(prod)
        if "states:StartExecution" in statement["Action"] and owner != "function"
    }

    assert starters == {
        "import-csv": [
            "arn:aws:states:ap-northeast-1:333333333333:stateMachine:prod-cqrs-import-csv"
        ]
    }


def test_the_function_posts_to_topics_of_its_own_alone(synthesis: Synthesis) -> None:
    posts = {
        resource
        for _, statement in statements(synthesis)
        if "sns:Publish" in statement["Action"]
        for resource in statement["Resource"]
    }
    topics = {
        synthesis.environment.arn("sns", topic["name"])
        for name, topic in synthesis.resources("aws_sns_topic").items()
        if not name.startswith("monitoring_")
    }

    assert posts == topics
    assert bool(posts) >= synthesis.environment.notifications.topic


def test_step_functions_takes_a_role_for_the_environments_machines_alone(prod: Synthesis) -> None:
    trusts = [
        statement
        for role in prod.resources("aws_iam_role").values()
        for statement in json.loads(role["assume_role_policy"])["Statement"]
        if statement["Principal"] == {"Service": "states.amazonaws.com"}
    ]

    assert len(trusts) == len(prod.environment.state_machines)
    for statement in trusts:
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "333333333333"},
            "ArnLike": {
                "aws:SourceArn": "arn:aws:states:ap-northeast-1:333333333333:"
                "stateMachine:prod-cqrs-*"
            },
        }


OF_OPERATORS = {
    "ShowMachines",
    "GiveLettersBackOrUp",
    "ListAlarms",
    "ReadOwnLog",
    "RemoveLettersBodies",
}
"""Statements beyond the function's own work, for people who come by the HTTP API."""


def test_only_an_http_api_lets_the_function_work_on_dead_letters(synthesis: Synthesis) -> None:
    given = {statement["Sid"]: statement for _, statement in statements(synthesis)}
    has_api = synthesis.environment.api.enabled

    assert OF_OPERATORS & set(given) == (OF_OPERATORS if has_api else set())
    received = [
        arn
        for owner, statement in statements(synthesis)
        for arn in statement["Resource"]
        if owner == "function" and "sqs:ReceiveMessage" in statement["Action"]
    ]
    assert any(arn.endswith("-dlq") for arn in received) == has_api
    if has_api:
        assert all(arn.endswith("-dlq") for arn in given["GiveLettersBackOrUp"]["Resource"])
        (bodies,) = given["RemoveLettersBodies"]["Resource"]
        assert bodies.endswith("/dead-letters/*")
