"""The HTTP API, its user pool and its domain, as an environment asks for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cqrs.roles import Role
from stacks.api.addresses import API_ID
from stacks.environment.file import load
from stacks.environment_files import EnvironmentFileError
from stacks.identities.policies import policies
from stacks.monitoring.alarms import environment_alarms
from tests.synth.conftest import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stacks.environment.model import Environment
    from tests.synth.conftest import Synthesis

    Synthesise = Callable[..., Synthesis]

WITH_POOL = """
[api]
enabled = true
iam = true
cors_origins = ["https://app.example.com"]
throttle_rate = 50
throttle_burst = 75

[api.user_pool]
enabled = true
callback_urls = ["https://app.example.com/signed-in"]
"""
WITH_ISSUER = """
[api]
enabled = true
issuer = "https://login.example.com/"
audience = ["door"]
domain_name = "api.example.com"
certificate_arn = "arn:aws:acm:ap-northeast-1:333333333333:certificate/1-2"

[api.identity]
tenants = "tenants"
roles = "groups"

[api.identity.role_names]
editors = "publisher"
"""
KINDS = ("aws_apigatewayv2_", "aws_cognito_")
CALLER = '"arn:aws:iam::333333333333:role/ci-*"'
ROLE = 'name = "ci"\ntenants = ["*"]\nroles = ["publisher"]'


@pytest.fixture(scope="module")
def pooled(synthesise: Synthesise) -> Synthesis:
    return synthesise("prod", WITH_POOL)


@pytest.fixture(scope="module")
def issued(synthesise: Synthesise) -> Synthesis:
    return synthesise("prod", WITH_ISSUER)


def only(synthesis: Synthesis, kind: str) -> dict[str, Any]:
    (one,) = synthesis.resources(kind).values()
    return one


def routes(synthesis: Synthesis) -> dict[str, str]:
    found = synthesis.resources("aws_apigatewayv2_route").values()
    return {route["route_key"]: route["authorization_type"] for route in found}


def environment_of(addition: str, folder: Path, name: str = "prod") -> Environment:
    text = (ENVIRONMENTS / f"{name}.toml").read_text()
    (folder / f"{name}.toml").write_text(text + addition)
    return load(name, folder, variables={})


def function_statements(synthesis: Synthesis) -> list[dict[str, Any]]:
    (policy,) = (
        one["policy"]
        for one in synthesis.resources("aws_iam_role_policy").values()
        if one["//"]["metadata"]["path"].split("/")[1] == "function"
    )
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


def test_without_the_section_there_is_nothing_of_it(prod: Synthesis) -> None:
    resources = prod.configuration["resource"]
    variables = only(prod, "aws_lambda_function")["environment"]["variables"]

    assert not [kind for kind in resources if kind.startswith(KINDS)]
    assert "api" not in prod.environment.table_names
    assert not {"API_TABLE", "API_IDENTITY"} & variables.keys()
    assert "api_url" not in prod.configuration["output"]
    assert not [one for one in function_statements(prod) if "-api" in str(one["Resource"])]


def test_every_route_takes_a_token_but_the_description(pooled: Synthesis) -> None:
    assert routes(pooled) == {
        "ANY /v1/{proxy+}": "JWT",
        "ANY /iam/v1/{proxy+}": "AWS_IAM",
        "GET /openapi.json": "NONE",
    }


def test_iam_is_left_out_unless_it_is_asked_for(issued: Synthesis) -> None:
    assert routes(issued) == {"ANY /v1/{proxy+}": "JWT", "GET /openapi.json": "NONE"}


def test_all_routes_lead_to_the_one_function(pooled: Synthesis) -> None:
    integration = only(pooled, "aws_apigatewayv2_integration")
    targets = {one["target"] for one in pooled.resources("aws_apigatewayv2_route").values()}

    assert integration["integration_type"] == "AWS_PROXY"
    assert integration["payload_format_version"] == "2.0"
    assert integration["integration_uri"].startswith("${aws_lambda_alias.")
    assert integration["integration_uri"].endswith(".invoke_arn}")
    assert len(targets) == 1


def test_this_api_alone_may_invoke_the_function(pooled: Synthesis) -> None:
    (permission,) = (
        one
        for one in pooled.resources("aws_lambda_permission").values()
        if one["principal"] == "apigateway.amazonaws.com"
    )

    assert permission["source_arn"] == (
        f"arn:aws:execute-api:ap-northeast-1:333333333333:{API_ID}/*/*"
    )
    assert permission["qualifier"].startswith("${aws_lambda_alias.")


def test_who_may_invoke_the_function_may_not_invoke_its_alias_for_the_api(
    pooled: Synthesis,
) -> None:
    function = pooled.environment.function_arn()
    variables = only(pooled, "aws_lambda_function")["environment"]["variables"]
    documents = policies(pooled.environment, "operator")
    statements = [one for document in documents for one in document["Statement"]]
    invoked = [one["Resource"] for one in statements if "lambda:InvokeFunction" in one["Action"]]

    assert only(pooled, "aws_lambda_alias")["name"] == variables["API_FUNCTION_ALIAS"]
    assert only(pooled, "aws_lambda_alias")["function_version"] == "$LATEST"
    assert invoked == [[function]]


def test_the_stage_throttles_and_logs_as_json(pooled: Synthesis) -> None:
    stage = only(pooled, "aws_apigatewayv2_stage")
    (group,) = (
        one
        for one in pooled.resources("aws_cloudwatch_log_group").values()
        if "/apigateway/" in one["name"]
    )
    line = json.loads(stage["access_log_settings"]["format"])

    assert stage["name"] == "$default"
    assert stage["auto_deploy"] is True
    assert stage["default_route_settings"] == {
        "throttling_burst_limit": 75,
        "throttling_rate_limit": 50,
    }
    assert group["name"] == "/aws/vendedlogs/apigateway/prod-cqrs-http-api"
    assert group["retention_in_days"] == 180
    assert group["kms_key_id"].startswith("${aws_kms_key.encryption_")
    assert line["status"] == "$context.status"
    assert not [name for name in line.values() if "query" in name.lower() or "token" in name]


def test_pages_that_may_call_it_may_use_its_links(pooled: Synthesis, issued: Synthesis) -> None:
    rule = only(pooled, "aws_s3_bucket_cors_configuration")["cors_rule"][0]
    deployer = json.dumps(policies(pooled.environment, "deployer"))

    assert rule["allowed_origins"] == ["https://app.example.com"]
    assert rule["allowed_methods"] == ["GET", "PUT"]
    assert "s3:PutBucketCORS" in deployer
    assert issued.resources("aws_s3_bucket_cors_configuration") == {}


def test_tokens_are_of_the_pool_and_its_client(pooled: Synthesis) -> None:
    configuration = only(pooled, "aws_apigatewayv2_authorizer")["jwt_configuration"]
    (pool,), (client,) = (
        pooled.resources(kind) for kind in ("aws_cognito_user_pool", "aws_cognito_user_pool_client")
    )

    assert configuration["issuer"] == (
        "https://cognito-idp.ap-northeast-1.amazonaws.com/${aws_cognito_user_pool." + pool + ".id}"
    )
    assert configuration["audience"] == ["${aws_cognito_user_pool_client." + client + ".id}"]


def test_tokens_are_of_the_issuer_that_is_given(issued: Synthesis) -> None:
    authorizer = only(issued, "aws_apigatewayv2_authorizer")

    assert authorizer["jwt_configuration"] == {
        "audience": ["door"],
        "issuer": "https://login.example.com/",
    }
    assert authorizer["identity_sources"] == ["$request.header.Authorization"]
    assert "authorizer_payload_format_version" not in authorizer
    assert issued.resources("aws_cognito_user_pool") == {}


def test_users_cannot_give_themselves_tenants(pooled: Synthesis) -> None:
    pool = only(pooled, "aws_cognito_user_pool")
    client = only(pooled, "aws_cognito_user_pool_client")

    assert pool["admin_create_user_config"]["allow_admin_create_user_only"] is True
    assert [one["name"] for one in pool["schema"]] == ["tenants"]
    assert client["write_attributes"] == ["locale"]
    assert "custom:tenants" in client["read_attributes"]


def test_the_client_has_no_secret_and_takes_codes_alone(pooled: Synthesis) -> None:
    client = only(pooled, "aws_cognito_user_pool_client")

    assert client["generate_secret"] is False
    assert client["allowed_oauth_flows"] == ["code"]
    assert client["callback_urls"] == ["https://app.example.com/signed-in"]
    assert set(client["explicit_auth_flows"]) == {
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_SRP_AUTH",
    }


def test_passwords_are_told_on_emulators_alone(synthesise: Synthesise) -> None:
    local = synthesise("local", WITH_POOL)
    flows = only(local, "aws_cognito_user_pool_client")["explicit_auth_flows"]

    assert "ALLOW_ADMIN_USER_PASSWORD_AUTH" in flows


def test_groups_are_named_like_the_roles(pooled: Synthesis) -> None:
    groups = pooled.resources("aws_cognito_user_group").values()

    assert {group["name"] for group in groups} == set(Role)


def test_users_are_protected_like_tables(pooled: Synthesis, synthesise: Synthesise) -> None:
    protected = only(pooled, "aws_cognito_user_pool")
    other = only(synthesise("dev"), "aws_cognito_user_pool")

    assert protected["deletion_protection"] == "ACTIVE"
    assert protected["lifecycle"] == {"prevent_destroy": True}
    assert other["deletion_protection"] == "INACTIVE"
    assert "lifecycle" not in other


def test_the_table_is_kept_like_the_others(pooled: Synthesis) -> None:
    (table,) = (
        one
        for one in pooled.resources("aws_dynamodb_table").values()
        if one["name"] == "prod-cqrs-api"
    )

    assert (table["hash_key"], table["range_key"]) == ("pk", "sk")
    assert table["ttl"] == {"attribute_name": "ttl", "enabled": True}
    assert table["point_in_time_recovery"] == {"enabled": True}
    assert table["deletion_protection_enabled"] is True
    assert table["server_side_encryption"]["kms_key_arn"].startswith("${aws_kms_key.encryption_")
    assert table["stream_enabled"] is False


def test_the_function_works_on_that_table_by_single_items(pooled: Synthesis) -> None:
    (statement,) = (
        one
        for one in function_statements(pooled)
        if any(arn.endswith("table/prod-cqrs-api") for arn in one["Resource"])
    )

    assert statement["Resource"] == [pooled.environment.table_arn("api")]
    assert set(statement["Action"]) == {
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    }


def test_the_function_lists_alarms_and_changes_none(
    pooled: Synthesis, prod: Synthesis, synthesise: Synthesise
) -> None:
    """A list is authorised on all alarms of the region, whatever prefix it names."""

    def given(synthesis: Synthesis) -> list[tuple[list[str], list[str]]]:
        return [
            (one["Action"], one["Resource"])
            for one in function_statements(synthesis)
            if any(action.startswith("cloudwatch:") for action in one["Action"])
        ]

    listing = ["cloudwatch:DescribeAlarms"]
    alarms = "arn:aws:cloudwatch:ap-northeast-1:333333333333:alarm:*"
    assert given(pooled) == [(listing, [alarms])]
    assert given(prod) == []
    # MiniStack 1.5.33 takes it for a request on all resources.
    assert given(synthesise("local", WITH_POOL)) == [(listing, ["*"])]


def test_the_function_reads_its_own_log_and_no_other(
    pooled: Synthesis, prod: Synthesis, synthesise: Synthesise
) -> None:
    def on(synthesis: Synthesis, action: str) -> list[str]:
        given = [one for one in function_statements(synthesis) if action in one["Action"]]
        return [arn for one in given for arn in one["Resource"]]

    def written(synthesis: Synthesis) -> list[str]:
        return on(synthesis, "logs:PutLogEvents")

    assert on(pooled, "logs:FilterLogEvents") == written(pooled)
    assert all(arn.endswith(":*") and "*" not in arn[:-2] for arn in written(pooled))
    assert on(prod, "logs:FilterLogEvents") == []
    # MiniStack 1.5.33 authorises it on the group without its streams.
    local = synthesise("local", WITH_POOL)
    assert [f"{arn}:*" for arn in on(local, "logs:FilterLogEvents")] == written(local)


def test_the_function_knows_table_and_identities(issued: Synthesis) -> None:
    variables = only(issued, "aws_lambda_function")["environment"]["variables"]

    assert variables["API_TABLE"] == "prod-cqrs-api"
    assert json.loads(variables["API_IDENTITY"]) == {
        "subject": "sub",
        "name": "name",
        "tenants": "tenants",
        "roles": "groups",
        "role_names": {"editors": "publisher"},
        "callers": {},
    }


def test_callers_are_known_by_their_roles(tmp_path: Path) -> None:
    addition = f"{WITH_POOL}\n[api.identity.callers.{CALLER}]\n{ROLE}\n"
    identity = json.loads(environment_of(addition, tmp_path).settings().api_identity)

    assert identity["callers"] == {
        "arn:aws:iam::333333333333:role/ci-*": {
            "name": "ci",
            "tenants": ["*"],
            "roles": ["publisher"],
        }
    }
    assert identity["role_names"] == {role: role for role in Role}


def test_pages_of_named_origins_may_call_it(pooled: Synthesis, issued: Synthesis) -> None:
    cors = only(pooled, "aws_apigatewayv2_api")["cors_configuration"]

    assert cors["allow_origins"] == ["https://app.example.com"]
    assert cors["allow_credentials"] is False
    assert {"authorization", "idempotency-key", "if-match"} <= set(cors["allow_headers"])
    assert {"etag", "location", "retry-after"} <= set(cors["expose_headers"])
    assert "cors_configuration" not in only(issued, "aws_apigatewayv2_api")


def test_a_domain_takes_the_place_of_the_other_address(
    issued: Synthesis, pooled: Synthesis
) -> None:
    domain = only(issued, "aws_apigatewayv2_domain_name")
    outputs = issued.configuration["output"]

    assert domain["domain_name"] == "api.example.com"
    assert domain["domain_name_configuration"]["security_policy"] == "TLS_1_2"
    assert only(issued, "aws_apigatewayv2_api")["disable_execute_api_endpoint"] is True
    assert only(issued, "aws_apigatewayv2_api_mapping")["api_id"] == API_ID
    assert outputs["api_url"]["value"] == "https://api.example.com"
    assert {"api_domain_target", "api_domain_zone_id"} <= outputs.keys()
    assert pooled.resources("aws_apigatewayv2_domain_name") == {}
    assert pooled.configuration["output"]["api_url"]["value"] == (
        f"https://{API_ID}.execute-api.ap-northeast-1.amazonaws.com"
    )


def test_on_an_emulator_it_lies_below_the_emulator_s_address(synthesise: Synthesise) -> None:
    outputs = synthesise("local", WITH_POOL).configuration["output"]

    assert outputs["api_url"]["value"] == f"http://localhost:4566/_aws/execute-api/{API_ID}"
    assert outputs["user_pool_domain"]["value"] == "http://localhost:4566"


def test_outputs_name_the_pool(pooled: Synthesis) -> None:
    outputs = pooled.configuration["output"]

    assert {"user_pool_id", "user_pool_client_id"} <= outputs.keys()
    assert outputs["user_pool_domain"]["value"] == (
        "https://prod-cqrs-333333333333.auth.ap-northeast-1.amazoncognito.com"
    )


def test_alarms_watch_it_by_its_id(pooled: Synthesis) -> None:
    alarms = {
        one["alarm_name"].removeprefix("prod-cqrs-http-api-"): one
        for one in pooled.resources("aws_cloudwatch_metric_alarm").values()
        if one["alarm_name"].startswith("prod-cqrs-http-api-")
    }

    assert alarms.keys() == {"server-errors", "client-errors", "slow"}
    assert alarms["server-errors"]["metric_name"] == "5xx"
    assert alarms["server-errors"]["dimensions"] == {"ApiId": API_ID}
    assert alarms["slow"]["extended_statistic"] == "p99"
    assert alarms["slow"]["threshold"] == 5000
    *parts, total = alarms["client-errors"]["metric_query"]
    assert {part["metric"]["metric_name"] for part in parts} == {"4xx", "Count"}
    assert total["expression"] == "IF(whole >= 100, 100 * FILL(part, 0) / whole, 0)"
    assert [query["return_data"] for query in [*parts, total]] == [False, False, True]


def test_dashboard_and_queries_show_it(pooled: Synthesis, prod: Synthesis) -> None:
    titles = [
        {
            widget["properties"].get("title")
            for widget in json.loads(only(one, "aws_cloudwatch_dashboard")["dashboard_body"])[
                "widgets"
            ]
        }
        for one in (pooled, prod)
    ]
    names = [
        {query["name"].rpartition("/")[2] for query in one.resources(kind).values()}
        for kind in ["aws_cloudwatch_query_definition"]
        for one in (pooled, prod)
    ]

    assert titles[0] - titles[1] == {"Requests", "Answers that are errors", "Latency, ms"}
    assert names[0] - names[1] == {"api-errors"}


def test_an_environment_without_it_has_no_alarm_of_it(prod: Synthesis) -> None:
    assert not [one for one in environment_alarms(prod.environment) if one.subject == "http-api"]


@pytest.mark.parametrize("identity", ["operator", "reader"])
def test_who_runs_the_command_line_gets_nothing_of_it(tmp_path: Path, identity: str) -> None:
    text = json.dumps(policies(environment_of(WITH_POOL, tmp_path), identity))

    assert "apigateway:" not in text
    assert "cognito-idp:" not in text


def test_a_deployer_makes_it_and_deletes_no_users_of_a_protected_one(tmp_path: Path) -> None:
    text = json.dumps(policies(environment_of(WITH_POOL, tmp_path), "deployer"))
    other = json.dumps(policies(load("dev", ENVIRONMENTS, variables={}), "deployer"))

    assert "arn:aws:apigateway:ap-northeast-1::/apis" in text
    assert "cognito-idp:CreateUserPool" in text
    assert '"cognito-idp:DeleteUserPool"' not in text
    assert '"cognito-idp:DeleteUserPool"' in other


def test_a_deployer_s_rights_on_pools_are_narrowed_by_tags(tmp_path: Path) -> None:
    documents = policies(environment_of(WITH_POOL, tmp_path), "deployer")
    statements = [
        one
        for document in documents
        for one in document["Statement"]
        if any(action.startswith("cognito-idp:Create") for action in one["Action"])
    ]

    assert statements
    assert all("environment" in json.dumps(one["Condition"]) for one in statements)


REFUSED = {
    "no source of tokens": (
        "[api]\nenabled = true",
        "api: enabled needs to know whose tokens to take: give issuer and audience",
    ),
    "no audience": (
        '[api]\nenabled = true\nissuer = "https://login.example.com"',
        "api: enabled needs to know whose tokens to take",
    ),
    "two sources of tokens": (
        '[api]\nenabled = true\nissuer = "https://a.example"\naudience = ["b"]\n'
        "[api.user_pool]\nenabled = true",
        "api: takes the tokens of its user pool or of an issuer: remove issuer and audience",
    ),
    "plain issuer": (
        '[api]\nissuer = "http://login.example.com"',
        "api.issuer: must be the URL in the claim `iss`",
    ),
    "domain without a certificate": (
        '[api]\ndomain_name = "api.example.com"',
        "api: domain_name needs certificate_arn: give both, or neither",
    ),
    "certificate without a domain": (
        '[api]\ncertificate_arn = "arn:aws:acm:ap-northeast-1:333333333333:certificate/1"',
        "api: certificate_arn needs domain_name",
    ),
    "certificate of another region": (
        '[api]\ndomain_name = "api.example.com"\n'
        'certificate_arn = "arn:aws:acm:us-east-1:333333333333:certificate/1"',
        "api.certificate_arn: arn:aws:acm:us-east-1:333333333333:certificate/1 is of another",
    ),
    "not a domain": (
        '[api]\ndomain_name = "https://api.example.com"',
        "api.domain_name: must be a domain's name",
    ),
    "not a certificate": (
        '[api]\ncertificate_arn = "mine"',
        "api.certificate_arn: must be the ARN of a certificate",
    ),
    "not an origin": (
        '[api]\ncors_origins = ["https://app.example.com/"]',
        "api.cors_origins.0: must be an origin such as https://app.example.com",
    ),
    "origin with a user": (
        '[api]\ncors_origins = ["https://me@app.example.com"]',
        "api.cors_origins.0: must be an origin",
    ),
    "credentials of every origin": (
        '[api]\ncors_origins = ["*"]\ncors_credentials = true',
        "api: cors_origins has *, and cors_credentials is true, which browsers refuse",
    ),
    "every origin and another": (
        '[api]\ncors_origins = ["*", "https://app.example.com"]',
        "api: cors_origins has * beside others",
    ),
    "credentials of no origin": (
        "[api]\ncors_credentials = true",
        "api: cors_credentials needs cors_origins",
    ),
    "plain redirect": (
        '[api.user_pool]\ncallback_urls = ["http://app.example.com"]',
        "api.user_pool.callback_urls.0: must be a URL with https",
    ),
    "reserved word": (
        '[api.user_pool]\ndomain_prefix = "my-cognito"',
        "api.user_pool.domain_prefix: must not have the word cognito in it",
    ),
    "no prefix": (
        '[api.user_pool]\ndomain_prefix = "My_Users"',
        "api.user_pool.domain_prefix: must be 1 to 63 small letters",
    ),
    "reserved word by default": (
        WITH_POOL,
        "api.user_pool.domain_prefix: must be given, as Cognito refuses the word aws",
    ),
    "unknown role": (
        '[api.identity.role_names]\neditors = "writer"',
        "api.identity.role_names.editors: must be 'reader', 'publisher'",
    ),
    "group that no claim can tell": (
        '[api.identity.role_names]\n"team leads" = "approver"',
        "must have no comma, space, quote or bracket",
    ),
    "caller with a path and a pattern": (
        "[api]\niam = true\n"
        f'[api.identity.callers."arn:aws:iam::333333333333:role/team/*"]\n{ROLE}',
        "must have no path beside a *",
    ),
    "caller that is no role": (
        f'[api]\niam = true\n[api.identity.callers."*"]\n{ROLE}',
        "must be the ARN of a role",
    ),
    "caller whom nothing lets in": (
        f"[api.identity.callers.{CALLER}]\n{ROLE}",
        "api: identity.callers has principals that sign with IAM, and nothing takes",
    ),
    "callers without end": (
        "[api]\niam = true\n"
        + "\n".join(
            f'[api.identity.callers."arn:aws:iam::333333333333:role/ci-{number}"]\n{ROLE}'
            for number in range(20)
        ),
        "api: identity is too long",
    ),
    "rate of none": ("[api]\nthrottle_rate = 0", "api.throttle_rate: must be at least 1"),
}


@pytest.mark.parametrize(("addition", "says"), REFUSED.values(), ids=REFUSED)
def test_an_api_that_cannot_be_is_refused(addition: str, says: str, tmp_path: Path) -> None:
    text = (ENVIRONMENTS / "prod.toml").read_text()
    if says.endswith("word aws"):
        text = text.replace('application = "cqrs"', 'application = "laws"')
    (tmp_path / "prod.toml").write_text(f"{text}\n{addition}\n")

    with pytest.raises(EnvironmentFileError) as refused:
        load("prod", tmp_path, variables={})

    assert says in str(refused.value)


def test_it_can_be_left_out_of_an_emulator(tmp_path: Path) -> None:
    variables = {"CQRS_WITHOUT_API": "1"}
    for name in ("local", "prod"):
        text = (ENVIRONMENTS / f"{name}.toml").read_text()
        (tmp_path / f"{name}.toml").write_text(text + WITH_POOL)

    assert not load("local", tmp_path, variables).api.enabled
    assert load("prod", tmp_path, variables).api.enabled
