"""Reviews of plans that Terraform itself made, of a table, a queue and a log group."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stacks.tags import NO_DATA
from tooling.child_environment import deployment_environment
from tooling.errors import ToolingError
from tooling.paths import ROOT
from tooling.plan_review.changes import Action, Change, PlanError, read_changes
from tooling.plan_review.guard import findings_of
from tooling.plan_review.review import reported_failure
from tooling.plan_review.summary import LONGEST_COMMENT, marker, summarise

PROVIDER = {
    "region": "us-east-1",
    "access_key": "nobody",
    "secret_key": "nothing",
    "skip_credentials_validation": True,
    "skip_requesting_account_id": True,
    "skip_metadata_api_check": "true",
}
TABLE = {
    "name": "prod-cqrs-commands",
    "billing_mode": "PAY_PER_REQUEST",
    "hash_key": "pk",
    "attribute": [{"name": "pk", "type": "S"}],
    "deletion_protection_enabled": True,
}
QUEUE = {"name": "prod-cqrs-notification-queue"}

Resources = dict[str, dict[str, Any]]
Plan = Callable[[Resources, Resources], str]


def configuration(resources: Resources) -> str:
    required = {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}
    resource: dict[str, Any] = {}
    for address, attributes in resources.items():
        kind, name = address.split(".")
        resource.setdefault(kind, {})[name] = attributes
    content = {
        "terraform": {"required_providers": required},
        "provider": {"aws": PROVIDER},
        "resource": resource,
    }
    return json.dumps({name: value for name, value in content.items() if value})


def state(resources: Resources) -> str:
    """A state in which resources are deployed."""
    return json.dumps(
        {
            "version": 4,
            "terraform_version": "1.10.0",
            "serial": 1,
            "lineage": "test",
            "outputs": {},
            "resources": [
                {
                    "mode": "managed",
                    "type": address.split(".")[0],
                    "name": address.split(".")[1],
                    "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                    "instances": [
                        {
                            "schema_version": 1 if "dynamodb" in address else 0,
                            "attributes": {**attributes, "id": attributes["name"]},
                        }
                    ],
                }
                for address, attributes in resources.items()
            ],
        }
    )


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Let Terraform plan from what is deployed to what is wanted, without any account."""
    folder = tmp_path_factory.mktemp("plan")
    environment = deployment_environment(os.environ)

    def terraform(*arguments: str) -> str:
        done = subprocess.run(
            [environment["TERRAFORM_BINARY_NAME"], *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(deployed: Resources, wanted: Resources) -> str:
        (folder / "main.tf.json").write_text(configuration(wanted))
        (folder / "terraform.tfstate").write_text(state(deployed))
        terraform("plan", "-input=false", "-refresh=false", "-out=plan")
        return terraform("show", "-json", "plan")

    (folder / "main.tf.json").write_text(configuration({"aws_sqs_queue.any": QUEUE}))
    terraform("init", "-input=false")
    return run


@pytest.fixture(scope="module")
def planned(plan: Plan) -> str:
    """A table is replaced, another laid bare, a queue destroyed, a role replaced, one created."""
    trust = {"assume_role_policy": '{"Version":"2012-10-17","Statement":[]}'}
    other_key = {"hash_key": "id", "attribute": [{"name": "id", "type": "S"}]}
    return plan(
        {
            "aws_dynamodb_table.commands": TABLE,
            "aws_dynamodb_table.data": {**TABLE, "name": "prod-cqrs-data"},
            "aws_sqs_queue.notification": QUEUE,
            "aws_iam_role.main": {"name": "old", **trust},
        },
        {
            "aws_dynamodb_table.commands": {**TABLE, **other_key},
            "aws_dynamodb_table.data": {
                **TABLE,
                "name": "prod-cqrs-data",
                "deletion_protection_enabled": False,
            },
            "aws_iam_role.main": {"name": "new", **trust},
            "aws_iam_role.import": {"name": "import", **trust},
        },
    )


@pytest.fixture
def changes(planned: str) -> dict[str, Change]:
    return {change.address: change for change in read_changes(planned)}


@pytest.fixture
def text(changes: dict[str, Change]) -> str:
    found = list(changes.values())
    return summarise("prod", found, findings_of(found), is_allowed=False)


def plan_of(changes: str) -> str:
    return f'{{"format_version": "1.2", "planned_values": {{}}, "resource_changes": {changes}}}'


def test_changes_are_counted_and_listed_with_their_names(text: str) -> None:
    assert text.startswith(
        f"{marker('prod')}\n### Plan for `prod`: "
        "1 to destroy, 2 to replace, 1 to change, 1 to create\n"
    )
    assert "| `+` create | `aws_iam_role` | import |" in text
    assert "| `-` destroy | `aws_sqs_queue` | prod-cqrs-notification-queue |" in text


def test_a_plan_without_changes_says_so() -> None:
    text = summarise("dev", [], [], is_allowed=False)

    assert text == "<!-- plan-review: dev -->\n### Plan for `dev`: no change\n"


def test_a_table_that_is_replaced_loses_its_items(changes: dict[str, Change], text: str) -> None:
    table = changes["aws_dynamodb_table.commands"]

    (found,) = findings_of([table])

    assert found.loses_data
    assert (table.action, table.causes) == (Action.REPLACE, ("hash_key",))
    assert (
        "`aws_dynamodb_table.commands` (prod-cqrs-commands) is replaced, because hash_key changes, "
        "and all its items with it."
    ) in text
    assert "so the check fails" in text
    assert "| **hash_key**, " in text


def test_a_queue_that_is_destroyed_loses_its_messages(changes: dict[str, Change]) -> None:
    (found,) = findings_of([changes["aws_sqs_queue.notification"]])

    assert found.loses_data
    assert found.text == "is destroyed, and the messages in it with it"


def test_protection_that_is_taken_off_is_told_and_does_not_fail(
    changes: dict[str, Change],
) -> None:
    (found,) = findings_of([changes["aws_dynamodb_table.data"]])

    assert not found.loses_data
    assert found.text == "loses deletion protection"


STATE_MACHINE = {"name": "prod-cqrs-airport-closure", "definition": "{}", "role_arn": "r"}


def one(
    kind: str,
    action: Action,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Change:
    """A change as Terraform tells it, of a resource that a plan needs more than attributes for."""
    actions = {
        Action.REPLACE: ["delete", "create"],
        Action.DELETE: ["delete"],
        Action.UPDATE: ["update"],
        Action.FORGET: ["forget"],
    }
    change = {"actions": actions[action], "before": before or {}, "after": after}
    resource = {"address": f"{kind}.it", "type": kind, "mode": "managed", "change": change}
    document = {"format_version": "1.2", "planned_values": {}, "resource_changes": [resource]}
    (found,) = read_changes(json.dumps(document))
    return found


def told(change: Change) -> list[tuple[str, bool]]:
    return [(finding.text, finding.loses_data) for finding in findings_of([change])]


@pytest.mark.parametrize(
    ("kind", "before", "after", "text"),
    [
        (
            "aws_cloudwatch_log_group",
            {"retention_in_days": 180},
            {"retention_in_days": 1},
            "forgets its log sooner, and what is older at once",
        ),
        (
            "aws_cloudwatch_log_group",
            {"retention_in_days": 0},
            {"retention_in_days": 365},
            "forgets its log sooner, and what is older at once",
        ),
        (
            "aws_sqs_queue",
            {"message_retention_seconds": 1_209_600},
            {"message_retention_seconds": 60},
            "drops messages sooner, and what is older at once",
        ),
        ("aws_sqs_queue", {"redrive_policy": "{}"}, {}, "loses its dead-letter queue"),
        ("aws_sqs_queue", {"kms_master_key_id": "k"}, {}, "loses its encryption key"),
        (
            "aws_s3_bucket",
            {"force_destroy": False},
            {"force_destroy": True},
            "may be destroyed with objects in it from now on",
        ),
        (
            "aws_s3_bucket_lifecycle_configuration",
            {"rule": [{"id": "a"}]},
            {"rule": [{"id": "a", "expiration": [{"days": 1}]}]},
            "expires other objects than before",
        ),
        (
            "aws_dynamodb_table",
            {"stream_enabled": True},
            {"stream_enabled": False},
            "loses its stream, with the records that nobody has read yet",
        ),
        (
            "aws_dynamodb_table",
            {"ttl": [{"attribute_name": "ttl", "enabled": True}]},
            {"ttl": [{"attribute_name": "createdAt", "enabled": True}]},
            "expires other items than before",
        ),
        (
            "aws_dynamodb_table",
            {"server_side_encryption": [{"enabled": True, "kms_key_arn": "k"}]},
            {"server_side_encryption": []},
            "loses its encryption key",
        ),
        (
            "aws_lambda_event_source_mapping",
            {"destination_config": [{"on_failure": [{"destination_arn": "q"}]}]},
            {"destination_config": []},
            "has nowhere to put what fails",
        ),
        (
            "aws_cognito_user_pool",
            {"deletion_protection": "ACTIVE"},
            {"deletion_protection": "INACTIVE"},
            "loses deletion protection",
        ),
        (
            "aws_cognito_user_pool",
            {"mfa_configuration": "ON"},
            {"mfa_configuration": "OPTIONAL"},
            "no longer asks every user for a second factor",
        ),
        (
            "aws_apigatewayv2_route",
            {"authorization_type": "JWT"},
            {"authorization_type": "NONE"},
            "takes requests of everybody from now on",
        ),
        (
            "aws_kms_key",
            {"is_enabled": True},
            {"is_enabled": False},
            "makes all that it encrypted unreadable",
        ),
        (
            "aws_kms_key",
            {"enable_key_rotation": True},
            {"enable_key_rotation": False},
            "is no longer rotated",
        ),
    ],
)
def test_each_protection_that_is_taken_off_is_told(
    kind: str, before: dict[str, Any], after: dict[str, Any], text: str
) -> None:
    is_either_way = text.startswith("expires other")

    assert told(one(kind, Action.UPDATE, before, after)) == [(text, False)]
    assert told(one(kind, Action.UPDATE, after, before)) == ([(text, False)] * is_either_way)


@pytest.mark.parametrize(
    ("kind", "lost"),
    [
        ("aws_cognito_user_pool", "all its users"),
        ("aws_cognito_user_group", "the roles of its users"),
    ],
)
@pytest.mark.parametrize("action", [Action.DELETE, Action.REPLACE])
def test_users_are_lost_with_their_pool(kind: str, lost: str, action: Action) -> None:
    assert told(one(kind, action, {}, None)) == [(f"is {action.past}, and {lost} with it", True)]


def test_tokens_of_others_are_told() -> None:
    before, after = ({"jwt_configuration": [{"audience": [client]}]} for client in "ab")

    assert told(one("aws_apigatewayv2_authorizer", Action.UPDATE, before, after)) == [
        ("takes the tokens of other issuers or clients than before", False)
    ]


def test_a_log_that_is_kept_longer_is_no_finding() -> None:
    longer = one(
        "aws_cloudwatch_log_group",
        Action.UPDATE,
        {"retention_in_days": 30},
        {"retention_in_days": 180},
    )

    assert told(longer) == []


@pytest.mark.parametrize(
    "kind",
    [
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
    ],
)
def test_what_only_protects_is_missed_when_it_is_destroyed(kind: str) -> None:
    ((text, loses_data),) = told(one(kind, Action.DELETE))

    assert text.startswith("is destroyed, and its bucket ")
    assert not loses_data


def test_a_state_machine_that_is_destroyed_ends_its_executions() -> None:
    (found,) = told(one("aws_sfn_state_machine", Action.DELETE, STATE_MACHINE))

    assert found == ("is destroyed, and the executions that run with it", True)


def test_a_table_that_is_forgotten_is_told() -> None:
    (found,) = told(one("aws_dynamodb_table", Action.FORGET, TABLE))

    assert found == ("is left behind: it stays, and Terraform forgets it", False)


def test_a_type_that_is_not_known_is_told() -> None:
    ((text, loses_data),) = told(one("aws_qldb_ledger", Action.DELETE))

    assert text == "is destroyed; whether it holds data is not known here"
    assert not loses_data


def test_a_key_that_says_it_holds_no_data_may_go() -> None:
    tags = {"environment": "prod", **NO_DATA}

    assert told(one("aws_kms_key", Action.DELETE, {"tags_all": tags})) == [
        ("is destroyed; by its tag it holds no data", False)
    ]
    assert [loss for _, loss in told(one("aws_kms_key", Action.DELETE, {"tags_all": {}}))] == [True]


def test_a_table_that_is_said_to_hold_no_data_is_told() -> None:
    change = one("aws_dynamodb_table", Action.UPDATE, {"tags_all": {}}, {"tags_all": NO_DATA})

    assert told(change) == [("is said to hold no data from now on", False)]


def test_what_is_not_known_yet_is_not_taken_for_removed() -> None:
    change = replace(
        one("aws_sqs_queue", Action.UPDATE, {"kms_master_key_id": "k"}, {}),
        unknown=("kms_master_key_id",),
    )

    assert told(change) == []


def test_a_subscription_that_goes_is_told() -> None:
    ((text, loses_data),) = told(one("aws_sns_topic_subscription", Action.DELETE))

    assert text.startswith("is destroyed, and its endpoint is told nothing")
    assert not loses_data


def test_only_what_changes_is_listed(changes: dict[str, Change]) -> None:
    """Terraform also tells, as of something unknown, of blocks that stay as they are."""
    attributes = changes["aws_dynamodb_table.data"].attributes

    assert "deletion_protection_enabled" in attributes
    assert not {"attribute", "point_in_time_recovery", "ttl"} & {*attributes}


def test_a_role_may_be_replaced(changes: dict[str, Change]) -> None:
    assert changes["aws_iam_role.main"].action is Action.REPLACE
    assert findings_of([changes["aws_iam_role.main"]]) == []


def test_the_worst_is_told_first(changes: dict[str, Change]) -> None:
    told = [finding.loses_data for finding in findings_of(changes.values())]

    assert told == [True, True, False]


def test_a_comment_is_never_longer_than_github_takes(changes: dict[str, Change]) -> None:
    one = changes["aws_iam_role.import"]
    many = [replace(one, name=f"role-{number}-{'x' * 60}") for number in range(700)]

    text = summarise("prod", many, [], is_allowed=False)

    assert LONGEST_COMMENT - 200 < len(text) < 65_536
    assert text.endswith("The rest is cut off: the plan's log has it all.\n")
    assert text.rstrip().splitlines()[-3].endswith("|")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no json", "not JSON"),
        ("[]", "not a plan"),
        ("{}", "not a plan"),
        ('{"format_version": "1.0", "values": {}}', "a state, not a plan"),
        ('{"format_version": "1.2", "errored": true}', "not whole"),
        (plan_of("null"), "resource_changes of this plan is not as Terraform writes it"),
        (plan_of("[{}]"), "resource_changes.0.address"),
        (plan_of('[{"address": "a.b", "type": "a", "change": null}]'), "resource_changes.0.change"),
        (
            plan_of('[{"address": "a.b", "type": "a", "change": {"actions": ["shred"]}}]'),
            "resource_changes.0.change.actions.0",
        ),
        (plan_of('[], "deferred_changes": [{}]'), "puts off some of its changes"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PlanError, match=reason):
        read_changes(text)


@pytest.mark.parametrize(
    ("arguments", "code"), [((), 1), (("--allow-data-loss",), 0)], ids=["guarded", "allowed"]
)
def test_the_program_fails_where_data_would_be_lost(
    planned: str, tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    output = tmp_path / "comment.md"
    program = [sys.executable, "-m", "tooling.plan_review", "--environment", "prod"]

    done = subprocess.run(
        [*program, "--output", str(output), *arguments],
        cwd=ROOT,
        input=planned,
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == code, done.stderr
    assert done.stdout == output.read_text()
    assert ("which is allowed here" in done.stdout) == (code == 0)


def test_the_program_tells_what_is_no_plan_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tooling.plan_review", "--environment", "prod"],
        cwd=ROOT,
        input="{}",
        capture_output=True,
        check=False,
        text=True,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "This is not a plan; give what `terraform show -json PLAN` prints.\n"


def test_names_stay_within_their_cells(changes: dict[str, Change]) -> None:
    odd = replace(changes["aws_iam_role.import"], name="a|b\nc")

    (row,) = [
        line for line in summarise("prod", [odd], [], is_allowed=False).splitlines() if "+" in line
    ]

    assert row == r"| `+` create | `aws_iam_role` | a\|b c |  |"


def test_a_plan_that_fails_leaves_its_reason_in_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    comment = tmp_path / "comment.md"
    comment.write_text(f"{marker('prod')}\n### Plan for `prod`: no change\n")

    with pytest.raises(ToolingError), reported_failure("prod", comment):
        raise ToolingError("terraform plan of prod failed: Error: Instance cannot be destroyed")

    text = comment.read_text()
    assert text.startswith(f"{marker('prod')}\n### Plan for `prod`: failed\n")
    assert "\n    terraform plan of prod failed: Error: Instance cannot be destroyed\n" in text
    assert "`deletion_protection = false`" in text


def test_a_review_that_cannot_be_written_is_found_out_before_anything_is_planned(
    tmp_path: Path,
) -> None:
    missing = tmp_path / "missing" / "comment.md"

    with pytest.raises(ToolingError, match="cannot be written"), reported_failure("prod", missing):
        raise AssertionError("it was planned")
