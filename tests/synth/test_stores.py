"""The register of stores against all that the stacks make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cqrs import resources
from cqrs.deployment.stores import ERASED, EXPIRING, FOLDERS, NO_DATA, Kind
from tooling.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synth.conftest import Synthesis

HOLDING = {
    "aws_dynamodb_table": Kind.TABLE,
    "aws_s3_bucket": Kind.BUCKET,
    "aws_sqs_queue": Kind.QUEUE,
    "aws_sfn_state_machine": Kind.HISTORY,
    "aws_cloudwatch_log_group": Kind.LOG,
    "aws_cognito_user_pool": Kind.USERS,
}
"""Resources that hold what somebody has put, with the kind that the register has of them."""

HOLDING_NOTHING = {
    "aws_apigatewayv2_api": "passes requests on",
    "aws_apigatewayv2_api_mapping": "a name",
    "aws_apigatewayv2_authorizer": "looks at tokens",
    "aws_apigatewayv2_deployment": "settings",
    "aws_apigatewayv2_domain_name": "a name",
    "aws_apigatewayv2_integration": "settings",
    "aws_apigatewayv2_integration_response": "settings",
    "aws_apigatewayv2_route": "settings",
    "aws_apigatewayv2_route_response": "settings",
    "aws_apigatewayv2_stage": "settings; its access log has a log group",
    "aws_cloudwatch_dashboard": "a drawing of metrics, which have no tenants",
    "aws_cloudwatch_event_rule": "passes events on",
    "aws_cloudwatch_event_target": "settings",
    "aws_cloudwatch_metric_alarm": "watches a metric",
    "aws_cloudwatch_query_definition": "a query",
    "aws_cognito_user_group": "a role",
    "aws_cognito_user_pool_client": "settings",
    "aws_cognito_user_pool_domain": "a name",
    "aws_cognito_resource_server": "settings",
    "aws_iam_role": "rights",
    "aws_iam_role_policy": "rights",
    "aws_kms_alias": "a name",
    "aws_kms_key": "a key",
    "aws_lambda_alias": "a name",
    "aws_lambda_event_source_mapping": "passes records on",
    "aws_lambda_function": "code and settings; its log has a log group",
    "aws_lambda_function_event_invoke_config": "settings",
    "aws_lambda_function_recursion_config": "settings",
    "aws_lambda_permission": "rights",
    "aws_s3_bucket_cors_configuration": "settings",
    "aws_s3_bucket_lifecycle_configuration": "settings",
    "aws_s3_bucket_notification": "passes events on",
    "aws_s3_bucket_policy": "rights",
    "aws_s3_bucket_public_access_block": "rights",
    "aws_s3_bucket_server_side_encryption_configuration": "settings",
    "aws_s3_bucket_versioning": "settings",
    "aws_scheduler_schedule": "settings",
    "aws_sns_topic": "passes messages on, and keeps none",
    "aws_sns_topic_policy": "rights",
    "aws_sns_topic_subscription": "an address",
}
"""Resources that hold nothing of a tenant, and why."""

ALL_OF_IT = """
[api]
enabled = true

[api.user_pool]
enabled = true

[api.live]
enabled = true
"""


@pytest.fixture(scope="module", params=["local", "prod"])
def everything(request: pytest.FixtureRequest, synthesise: Callable[..., Synthesis]) -> Synthesis:
    """An environment with the HTTP API, the live channel and a user pool."""
    return synthesise(request.param, ALL_OF_IT)


def registered(kind: Kind, name: str) -> bool:
    entries = {(one.kind, one.name) for one in (*ERASED, *EXPIRING)} | NO_DATA.keys()
    return bool(entries & {(kind, name), (kind, "")})


def test_each_kind_of_resource_is_known(everything: Synthesis) -> None:
    kinds = set(everything.configuration["resource"])

    assert kinds - HOLDING.keys() - HOLDING_NOTHING.keys() == set(), (
        "Does it hold data of tenants? Then name it in cqrs/deployment/stores.py; else here."
    )


def test_each_table_queue_machine_log_and_bucket_is_in_the_register(everything: Synthesis) -> None:
    missing = []
    for resource, kind in HOLDING.items():
        for made in everything.resources(resource).values():
            full = made.get("name") or made["bucket"]
            name = full.removeprefix(everything.environment.prefix)
            if kind is Kind.BUCKET and full == everything.environment.bucket:
                continue  # its folders are in the register
            if not registered(kind, name):
                missing.append((kind, name))

    assert not missing


def test_each_own_table_of_the_project_has_an_entry_of_its_own(everything: Synthesis) -> None:
    """The entry without a name stands for an application's tables alone."""
    named = {store.name for store in ERASED if store.kind is Kind.TABLE}

    assert set(everything.environment.table_names) <= named


def test_each_log_group_expires(everything: Synthesis) -> None:
    groups = everything.resources("aws_cloudwatch_log_group").values()

    assert all(group["retention_in_days"] for group in groups)


def test_each_folder_of_the_bucket_is_in_the_register() -> None:
    prefixes = {value for name, value in vars(resources).items() if name.endswith("_PREFIX")}

    assert prefixes == FOLDERS


def test_the_page_on_architecture_names_each_folder() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([a-z-]+)/` \|", page, re.MULTILINE))

    assert told == FOLDERS


def test_no_two_entries_are_of_one_store() -> None:
    entries = [(store.kind, store.name) for store in ERASED]

    assert len(set(entries)) == len(entries)


def test_what_is_kept_says_why() -> None:
    assert all(one.why for one in EXPIRING)
    assert all(NO_DATA.values())
