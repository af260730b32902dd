"""The live channel, as an environment asks for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stacks.environment.file import load
from stacks.environment.names import LIVE_ID
from stacks.environment_files import EnvironmentFileError
from stacks.identities.policies import policies
from stacks.monitoring.alarms import environment_alarms
from stacks.monitoring.dashboard import dashboard_body
from tests.synth.conftest import ENVIRONMENTS
from tests.synth.test_api import environment_of, function_statements, only

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.synth.conftest import Synthesis

    Synthesise = Callable[..., Synthesis]

WITH_API = """
[api]
enabled = true
issuer = "https://login.example.com/"
audience = ["door"]
"""
WITH_LIVE = f"""{WITH_API}
[api.live]
enabled = true
throttle_rate = 20
throttle_burst = 30
"""
CERTIFICATE = "arn:aws:acm:ap-northeast-1:333333333333:certificate/1-2"
WITH_DOMAIN = f"""{WITH_API}
[api.live]
enabled = true
commands = false
access_log = false
domain_name = "live.example.com"
certificate_arn = "{CERTIFICATE}"
"""
PLACE = f"arn:aws:execute-api:ap-northeast-1:333333333333:{LIVE_ID}"


@pytest.fixture(scope="module")
def live(synthesise: Synthesise) -> Synthesis:
    return synthesise("prod", WITH_LIVE)


@pytest.fixture(scope="module")
def named(synthesise: Synthesise) -> Synthesis:
    return synthesise("prod", WITH_DOMAIN)


def of_live(synthesis: Synthesis, kind: str) -> list[dict[str, Any]]:
    """The resources of a kind that belong to the WebSocket API."""
    return [
        one
        for one in synthesis.resources(kind).values()
        if "live-api" in one["//"]["metadata"]["path"]
    ]


def variables(synthesis: Synthesis) -> dict[str, str]:
    found: dict[str, str] = only(synthesis, "aws_lambda_function")["environment"]["variables"]
    return found


def test_without_the_section_there_is_nothing_of_it(synthesise: Synthesise) -> None:
    plain = synthesise("prod", WITH_API)

    assert not [kind for kind in plain.configuration["resource"] if of_live(plain, kind)]
    assert "connections" not in plain.environment.table_names
    assert "CONNECTIONS_TABLE" not in variables(plain)
    assert not [one for one in function_statements(plain) if "execute-api" in str(one)]
    assert not [one for one in environment_alarms(plain.environment) if one.subject == "live-api"]


def test_all_its_routes_lead_to_the_one_function(live: Synthesis) -> None:
    routes = {one["route_key"]: one for one in of_live(live, "aws_apigatewayv2_route")}
    (integration,) = of_live(live, "aws_apigatewayv2_integration")

    assert routes.keys() == {"$connect", "$disconnect", "$default"}
    assert len({one["target"] for one in routes.values()}) == 1
    assert integration["integration_uri"].startswith("${aws_lambda_alias.")
    assert integration["integration_uri"].endswith(".invoke_arn}")
    # Without a response of its own, a route's answers reach nobody.
    (answers,) = of_live(live, "aws_apigatewayv2_route_response")
    assert answers["route_response_key"] == "$default"
    assert routes["$default"]["route_response_selection_expression"] == "$default"


def test_its_stage_has_all_of_it_throttles_and_logs(live: Synthesis) -> None:
    (stage,) = of_live(live, "aws_apigatewayv2_stage")
    (deployment,) = of_live(live, "aws_apigatewayv2_deployment")
    (group,) = of_live(live, "aws_cloudwatch_log_group")
    line = json.loads(stage["access_log_settings"]["format"])

    assert stage["deployment_id"].startswith("${aws_apigatewayv2_deployment.")
    kinds = {one.partition(".")[0] for one in deployment["depends_on"]}
    assert kinds == {
        f"aws_apigatewayv2_{kind}" for kind in ("integration", "route", "route_response")
    }
    assert sum("route." in one for one in deployment["depends_on"]) == 3
    assert deployment["lifecycle"] == {"create_before_destroy": True}
    assert stage["default_route_settings"] == {
        "throttling_burst_limit": 30,
        "throttling_rate_limit": 20,
    }
    assert group["name"] == "/aws/vendedlogs/apigateway/prod-cqrs-live-api"
    assert group["kms_key_id"].startswith("${aws_kms_key.encryption_")
    assert not [one for one in line.values() if "query" in one.lower() or "path" in one.lower()]


def test_this_api_alone_may_invoke_the_function(live: Synthesis) -> None:
    (permission,) = of_live(live, "aws_lambda_permission")

    assert permission["principal"] == "apigateway.amazonaws.com"
    assert permission["source_arn"] == f"{PLACE}/*/*"
    assert permission["qualifier"].startswith("${aws_lambda_alias.")
    assert len(live.resources("aws_lambda_alias")) == 1


def test_the_function_tells_and_closes_its_connections_and_no_other(live: Synthesis) -> None:
    statements = {one["Sid"]: one for one in function_statements(live)}

    assert statements["TellConnections"]["Action"] == ["execute-api:ManageConnections"]
    assert statements["TellConnections"]["Resource"] == [
        f"{PLACE}/v1/DELETE/@connections/*",
        f"{PLACE}/v1/POST/@connections/*",
    ]
    kept = statements["KeepConnections"]["Resource"]
    assert kept == ["arn:aws:dynamodb:ap-northeast-1:333333333333:table/prod-cqrs-connections"]


def test_its_table_is_protected_as_the_others_are(live: Synthesis) -> None:
    (table,) = (
        one
        for one in live.resources("aws_dynamodb_table").values()
        if one["name"] == "prod-cqrs-connections"
    )

    assert table["billing_mode"] == "PAY_PER_REQUEST"
    assert table["ttl"] == {"attribute_name": "ttl", "enabled": True}
    assert table["deletion_protection_enabled"] is True
    assert "kms_key_arn" in table["server_side_encryption"]
    assert "stream_enabled" not in table or table["stream_enabled"] is False


def test_the_function_knows_its_addresses(live: Synthesis, named: Synthesis) -> None:
    place = f"{LIVE_ID}.execute-api.ap-northeast-1.amazonaws.com/v1"

    assert variables(live)["LIVE_ENDPOINT"] == f"https://{place}"
    assert variables(live)["LIVE_URL"] == f"wss://{place}"
    assert variables(named)["LIVE_ENDPOINT"] == f"https://{place}"
    assert variables(named)["LIVE_URL"] == "wss://live.example.com"
    assert live.configuration["output"]["live_url"]["value"] == f"wss://{place}"


def filters_of_commands(synthesis: Synthesis) -> list[str]:
    (mapping,) = (
        one
        for one in synthesis.resources("aws_lambda_event_source_mapping").values()
        if "commands" in one["event_source_arn"]
    )
    return [one["pattern"] for one in mapping["filter_criteria"]["filter"]]


def test_ends_of_commands_come_through_if_they_can_be_followed(
    live: Synthesis, named: Synthesis
) -> None:
    (added,) = set(filters_of_commands(live)) - set(filters_of_commands(named))

    assert "FINISHED" in added
    assert variables(live)["LIVE_COMMANDS"] == "True"
    assert variables(named)["LIVE_COMMANDS"] == "False"
    assert variables(live)["COMMAND_NOTIFICATIONS"] == "False"


def test_a_domain_and_no_log_if_that_is_asked_for(named: Synthesis) -> None:
    (domain,) = of_live(named, "aws_apigatewayv2_domain_name")
    (stage,) = of_live(named, "aws_apigatewayv2_stage")

    assert domain["domain_name"] == "live.example.com"
    assert "access_log_settings" not in stage
    assert of_live(named, "aws_cloudwatch_log_group") == []
    assert {"live_domain_target", "live_domain_zone_id"} <= named.configuration["output"].keys()
    assert "live_log_group" not in named.configuration["output"]


def test_alarms_and_widgets_watch_it(live: Synthesis) -> None:
    alarms = {
        one.condition: one
        for one in environment_alarms(live.environment)
        if one.subject == "live-api"
    }
    widgets = json.dumps(dashboard_body(live.environment))

    assert alarms.keys() == {"server-errors", "refused", "slow", "messages-dropped"}
    assert {metric.name for one in alarms.values() for metric in one.metrics} == {
        "ExecutionError",
        "IntegrationError",
        "IntegrationLatency",
        "LiveMessagesDropped",
    }
    assert all(name in widgets for name in ("ConnectCount", "MessageCount", "LiveMessagesSent"))


def test_a_deployer_makes_its_domain(tmp_path: Path) -> None:
    text = json.dumps(policies(environment_of(WITH_DOMAIN, tmp_path), "deployer"))

    assert "domainnames/live.example.com" in text


@pytest.mark.parametrize("identity", ["operator", "reader"])
def test_who_runs_the_command_line_gets_nothing_of_it(tmp_path: Path, identity: str) -> None:
    text = json.dumps(policies(environment_of(WITH_LIVE, tmp_path), identity))

    assert "connections" not in text
    assert "execute-api" not in text


REFUSED = {
    "no api": ("[api.live]\nenabled = true", "api: live.enabled needs the HTTP API"),
    "domain without a certificate": (
        f'{WITH_API}[api.live]\ndomain_name = "live.example.com"',
        "api.live: domain_name needs certificate_arn: give both, or neither",
    ),
    "not a domain": (
        '[api.live]\ndomain_name = "wss://live.example.com"',
        "api.live.domain_name: must be a domain's name",
    ),
    "domain of the HTTP API": (
        f'{WITH_API}domain_name = "a.example.com"\ncertificate_arn = "{CERTIFICATE}"\n'
        f'[api.live]\ndomain_name = "a.example.com"\ncertificate_arn = "{CERTIFICATE}"',
        "api: live.domain_name is that of the HTTP API",
    ),
    "certificate of another region": (
        f'{WITH_API}[api.live]\ndomain_name = "live.example.com"\n'
        f'certificate_arn = "{CERTIFICATE.replace("ap-northeast-1", "us-east-1")}"',
        "certificate/1-2 is of another region; the API takes one of its own",
    ),
    "rate of none": ("[api.live]\nthrottle_rate = 0", "api.live.throttle_rate: must be at least 1"),
}


@pytest.mark.parametrize(("addition", "says"), REFUSED.values(), ids=REFUSED)
def test_one_that_cannot_be_is_refused(addition: str, says: str, tmp_path: Path) -> None:
    text = (ENVIRONMENTS / "prod.toml").read_text()
    (tmp_path / "prod.toml").write_text(f"{text}\n{addition}\n")

    with pytest.raises(EnvironmentFileError) as refused:
        load("prod", tmp_path, variables={})

    assert says in str(refused.value)


def test_it_is_left_out_of_an_emulator_with_the_api(tmp_path: Path) -> None:
    text = (ENVIRONMENTS / "local.toml").read_text()
    (tmp_path / "local.toml").write_text(text + WITH_LIVE)

    assert load("local", tmp_path, {}).api.has_live
    assert not load("local", tmp_path, {"CQRS_WITHOUT_API": "1"}).api.has_live
