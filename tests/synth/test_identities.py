"""The policies of those who plan, deploy and operate an environment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stacks.environment.file import load
from stacks.environment_files import names
from stacks.identities.policies import IDENTITIES, LARGEST_POLICY, policies, write_policies
from tests.synth.conftest import ENVIRONMENTS

if TYPE_CHECKING:
    from pathlib import Path

READING = ("Describe", "Get", "List", "BatchGet", "Query", "Validate", "Filter")

ATTACHED_POLICIES = 10
"""Policies that a role takes (IAM guide, "IAM and AWS STS quotas")."""


def statements(environment: str, identity: str) -> list[dict[str, Any]]:
    documents = policies(load(environment, ENVIRONMENTS, variables={}), identity)
    return [statement for document in documents for statement in document["Statement"]]


def actions(environment: str, identity: str) -> set[str]:
    return {action for one in statements(environment, identity) for action in one["Action"]}


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("environment", names())
def test_policies_fit_into_iam(environment: str, identity: str) -> None:
    documents = policies(load(environment, variables={}), identity)
    identifiers = [one["Sid"] for document in documents for one in document["Statement"]]

    assert 0 < len(documents) <= ATTACHED_POLICIES
    for document in documents:
        assert len(json.dumps(document, separators=(",", ":"))) <= LARGEST_POLICY
    assert len(set(identifiers)) == len(identifiers)
    assert all(identifier.isalnum() for identifier in identifiers)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_no_action_is_a_pattern(identity: str) -> None:
    assert not [action for action in actions("prod", identity) if "*" in action]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_everything_belongs_to_the_environment(identity: str) -> None:
    unnamed = {"arn:aws:lambda:ap-northeast-1:333333333333:event-source-mapping:*"}
    foreign = {
        resource
        for one in statements("prod", identity)
        for resource in one["Resource"]
        if "prod-cqrs-" not in resource and "Condition" not in one
    }

    assert foreign - unnamed <= {"*"}


def test_on_everything_there_is_hardly_more_than_lists() -> None:
    on_everything = {
        action
        for one in statements("prod", "deployer")
        if one["Resource"] == ["*"] and "Condition" not in one
        for action in one["Action"]
    }

    assert on_everything == {
        "cloudwatch:DescribeAlarms",
        "kms:ListAliases",
        "logs:DeleteQueryDefinition",
        "logs:DescribeLogGroups",
        "logs:DescribeQueryDefinitions",
        "logs:PutQueryDefinition",
        "states:ValidateStateMachineDefinition",
    }


def test_a_planner_reads() -> None:
    changing = {
        action
        for action in actions("prod", "planner")
        if not action.split(":")[1].startswith(READING)
    }

    # Without the key, Lambda does not tell the function's variables.
    assert changing == {"kms:Decrypt"}


def test_a_planner_uses_the_key_through_lambda_and_step_functions_alone() -> None:
    decrypting = [o for o in statements("prod", "planner") if "kms:Decrypt" in o["Action"]]

    assert [statement["Condition"]["StringEquals"] for statement in decrypting] == [
        {
            "aws:ResourceTag/application": "cqrs",
            "aws:ResourceTag/environment": "prod",
            "kms:ViaService": f"{service}.ap-northeast-1.amazonaws.com",
        }
        for service in ("lambda", "states")
    ]


def test_a_deployer_makes_keys_with_their_tags() -> None:
    """A key that does not exist yet has no tags to ask for, but those of the request."""
    making, tagging = (
        one
        for one in statements("prod", "deployer")
        if one["Resource"] == ["*"] and one["Action"] in (["kms:CreateKey"], ["kms:TagResource"])
    )
    own = {"aws:RequestTag/application": "cqrs", "aws:RequestTag/environment": "prod"}

    assert making["Condition"] == {"StringEquals": own}
    assert tagging["Condition"] == {
        "StringEquals": own,
        "Null": {
            "aws:ResourceTag/application": "true",
            "aws:ResourceTag/environment": "true",
        },
    }


def test_a_deployer_cannot_say_that_a_key_holds_no_data() -> None:
    (tagging,) = (
        one
        for one in statements("prod", "deployer")
        if "kms:TagResource" in one["Action"] and one["Resource"] != ["*"]
    )

    assert tagging["Condition"] == {
        "StringEquals": {
            "aws:ResourceTag/application": "cqrs",
            "aws:ResourceTag/environment": "prod",
        },
        "ForAllValues:StringNotEquals": {"aws:TagKeys": ["holds-data"]},
    }


@pytest.mark.parametrize(("environment", "narrowed"), [("prod", True), ("dev", False)])
def test_a_key_that_holds_data_is_deleted_only_where_nothing_is_protected(
    environment: str, narrowed: bool
) -> None:
    (deleting,) = (
        one
        for one in statements(environment, "deployer")
        if "kms:ScheduleKeyDeletion" in one["Action"]
    )
    tags = deleting["Condition"]["StringEquals"]

    assert (tags.get("aws:ResourceTag/holds-data") == "false") == narrowed


def test_a_reader_gets_no_token_of_an_approval_and_could_not_answer_by_any() -> None:
    """Tokens lie in the approvals table and in the histories of executions."""
    readable = {resource for one in statements("prod", "reader") for resource in one["Resource"]}

    assert not [resource for resource in readable if "approvals" in resource]
    assert "states:GetExecutionHistory" not in actions("prod", "reader")
    logs = [resource for resource in readable if ":logs:" in resource]
    assert logs == [
        "arn:aws:logs:ap-northeast-1:333333333333:log-group:/aws/lambda/prod-cqrs-main:*"
    ]
    assert not [action for action in actions("prod", "reader") if "SendTask" in action]


def test_a_deployer_deletes_no_data_of_a_protected_environment() -> None:
    deleting = {
        "dynamodb:DeleteTable",
        "s3:DeleteBucket",
        "s3:DeleteObjectVersion",
        "sqs:DeleteQueue",
    }

    assert not deleting & actions("prod", "deployer")
    assert deleting <= actions("dev", "deployer")


def test_roles_are_passed_to_their_services_alone() -> None:
    (passing,) = (one for one in statements("prod", "deployer") if "iam:PassRole" in one["Action"])

    assert passing["Resource"] == ["arn:aws:iam::333333333333:role/prod-cqrs-*"]
    services = ["lambda.amazonaws.com", "scheduler.amazonaws.com", "states.amazonaws.com"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": services}}


def test_a_reader_changes_nothing() -> None:
    # A letter that is looked at is hidden, and made visible again.
    looking = {"sqs:ChangeMessageVisibility", "sqs:ReceiveMessage", "kms:Decrypt"}
    changing = {
        action
        for action in actions("prod", "reader") - looking
        if not action.split(":")[1].startswith(READING)
    }

    assert changing == set()


def test_written_policies_are_what_iam_is_given(tmp_path: Path) -> None:
    environment = load("prod", ENVIRONMENTS, variables={})
    written = write_policies(environment, tmp_path / "prod")

    assert {path.name.rsplit("-", 1)[0] for path in written} == set(IDENTITIES)
    assert [json.loads(path.read_text()) for path in written] == [
        document for identity in IDENTITIES for document in policies(environment, identity)
    ]
