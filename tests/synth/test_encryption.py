"""With which key what is stored is encrypted, and who may use it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synth.conftest import Resource, Synthesis

WITH_TOPIC = "\n[notifications]\ntopic = true\n"


@pytest.fixture(scope="module")
def own_key(synthesise: Callable[..., Synthesis]) -> Synthesis:
    """An environment with a key of its own."""
    return synthesise("stg", WITH_TOPIC)


@pytest.fixture(scope="module")
def keys_of_aws(synthesise: Callable[..., Synthesis]) -> Synthesis:
    """An environment without one."""
    return synthesise("dev", WITH_TOPIC)


def of_data(synthesis: Synthesis, kind: str) -> dict[str, Resource]:
    """Resources of one kind but those of the monitoring, whose topic has a key of its own."""
    return {
        name: resource
        for name, resource in synthesis.resources(kind).items()
        if not name.startswith("monitoring_")
    }


def keys_in_use(synthesis: Synthesis) -> dict[str, set[Any]]:
    """The key that each kind of resource names."""

    def each(kind: str, *path: str) -> set[Any]:
        return {_within(resource, path) for resource in of_data(synthesis, kind).values()}

    encryption = "aws_s3_bucket_server_side_encryption_configuration"
    by_default = [
        bucket["rule"][0]["apply_server_side_encryption_by_default"]
        for bucket in synthesis.resources(encryption).values()
    ]
    assert len(by_default) == len(synthesis.resources("aws_s3_bucket"))
    return {
        "tables": each("aws_dynamodb_table", "server_side_encryption", "kms_key_arn"),
        "queues": each("aws_sqs_queue", "kms_master_key_id"),
        "topics": each("aws_sns_topic", "kms_master_key_id"),
        "logs": each("aws_cloudwatch_log_group", "kms_key_id"),
        "variables": each("aws_lambda_function", "kms_key_arn"),
        "buckets": {each.get("kms_master_key_id") for each in by_default},
        "executions": each("aws_sfn_state_machine", "encryption_configuration", "kms_key_id"),
    }


def _within(resource: Resource, path: tuple[str, ...]) -> Any:
    value: Any = resource
    for name in path:
        value = value.get(name) if value else None
    return value


def test_one_key_encrypts_everything(own_key: Synthesis) -> None:
    (name,) = of_data(own_key, "aws_kms_key")
    arn = f"${{aws_kms_key.{name}.arn}}"

    assert {kind: keys for kind, keys in keys_in_use(own_key).items() if keys != {arn}} == {}
    for queue in own_key.resources("aws_sqs_queue").values():
        assert "sqs_managed_sse_enabled" not in queue


def test_keys_of_aws_encrypt_the_rest(keys_of_aws: Synthesis) -> None:
    assert of_data(keys_of_aws, "aws_kms_key") == {}
    assert keys_in_use(keys_of_aws) == {
        "tables": {None},
        "queues": {None},
        "topics": {"alias/aws/sns"},
        "logs": {None},
        "variables": {None},
        "buckets": {None},
        "executions": {None},
    }
    for queue in keys_of_aws.resources("aws_sqs_queue").values():
        assert queue["sqs_managed_sse_enabled"] is True


def test_the_key_is_renewed_and_found_by_its_alias(own_key: Synthesis) -> None:
    (key,) = of_data(own_key, "aws_kms_key").values()
    (alias,) = own_key.resources("aws_kms_alias").values()

    assert key["enable_key_rotation"] is True
    assert key["deletion_window_in_days"] == 30
    assert alias["name"] == "alias/stg-cqrs-data"


def test_the_key_serves_the_logs_of_the_environment_alone(own_key: Synthesis) -> None:
    (key,) = of_data(own_key, "aws_kms_key").values()
    account, logs, delivery = json.loads(key["policy"])["Statement"]
    patterns = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    groups = {
        f"arn:aws:logs:ap-northeast-1:222222222222:log-group:{group['name']}"
        for group in own_key.resources("aws_cloudwatch_log_group").values()
    }

    assert account["Principal"] == {"AWS": "arn:aws:iam::222222222222:root"}
    assert logs["Principal"] == {"Service": "logs.ap-northeast-1.amazonaws.com"}
    assert all(pattern.endswith("/stg-cqrs-*") for pattern in patterns)
    assert delivery["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert delivery["Action"] == "kms:Decrypt*"
    for group in groups:
        assert any(group.startswith(pattern.removesuffix("*")) for pattern in patterns), group


def test_those_who_work_with_data_may_use_the_key(own_key: Synthesis) -> None:
    allowed = {
        statement["Sid"]: (policy["role"], statement)
        for policy in own_key.resources("aws_iam_role_policy").values()
        for statement in json.loads(policy["policy"])["Statement"]
        if any(action.startswith("kms:") for action in statement["Action"])
    }
    users = {
        policy["role"].split(".")[1].split("_")[0]
        for policy in own_key.resources("aws_iam_role_policy").values()
        if '"kms:' in policy["policy"]
    }

    assert users == {"function", *own_key.environment.state_machines}
    for _, statement in allowed.values():
        (resource,) = statement["Resource"]
        assert resource.startswith("${aws_kms_key.")
        assert "kms:*" not in statement["Action"]


def test_a_machine_s_role_uses_the_key_for_its_own_executions_and_logs_alone(
    own_key: Synthesis,
) -> None:
    machine = own_key.environment.state_machine_arn("command-handler")
    (policy,) = (
        json.loads(policy["policy"])
        for policy in own_key.resources("aws_iam_role_policy").values()
        if policy["//"]["metadata"]["path"].split("/")[1] == "command-handler"
    )
    uses = {
        statement["Sid"]: (set(statement["Action"]), statement["Condition"]["StringEquals"])
        for statement in policy["Statement"]
        if any(action.startswith("kms:") for action in statement["Action"])
    }

    assert uses == {
        "EncryptExecutions": (
            {"kms:Decrypt", "kms:GenerateDataKey"},
            {"kms:EncryptionContext:aws:states:stateMachineArn": machine},
        ),
        "EncryptDeliveredLogs": (
            {"kms:GenerateDataKey"},
            {"kms:EncryptionContext:SourceArn": "arn:aws:logs:ap-northeast-1:222222222222:*"},
        ),
    }


def test_executions_are_encrypted_with_a_data_key_for_as_long_as_aws_lets_it(
    own_key: Synthesis,
) -> None:
    for machine in own_key.resources("aws_sfn_state_machine").values():
        encryption = machine["encryption_configuration"]
        assert encryption["type"] == "CUSTOMER_MANAGED_KMS_KEY"
        assert 60 <= encryption["kms_data_key_reuse_period_seconds"] <= 900


def test_queues_and_buckets_refuse_plain_http(own_key: Synthesis, local: Synthesis) -> None:
    policies = [queue["policy"] for queue in own_key.resources("aws_sqs_queue").values()] + [
        policy["policy"] for policy in own_key.resources("aws_s3_bucket_policy").values()
    ]

    buckets = own_key.resources("aws_s3_bucket")
    assert len(policies) == len(own_key.resources("aws_sqs_queue")) + len(buckets)
    for policy in policies:
        (statement,) = json.loads(policy)["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert not any("policy" in queue for queue in local.resources("aws_sqs_queue").values())


def test_every_log_group_forgets(own_key: Synthesis, keys_of_aws: Synthesis) -> None:
    for synthesis in (own_key, keys_of_aws):
        for group in synthesis.resources("aws_cloudwatch_log_group").values():
            assert group["retention_in_days"] > 0
