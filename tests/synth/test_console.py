"""The web console, as an environment asks for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stacks.environment.file import load
from stacks.environment_files import EnvironmentFileError
from stacks.identities.policies import policies
from tests.synth.conftest import ENVIRONMENTS
from tests.synth.test_api import environment_of, only

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.synth.conftest import Synthesis

    Synthesise = Callable[..., Synthesis]

WITH_POOL = """
[api]
enabled = true
[api.user_pool]
enabled = true
domain_prefix = "orders-people"
callback_urls = ["https://app.example.com/"]
"""
WITH_CONSOLE = f"""{WITH_POOL}
[console]
enabled = true
"""
LIVE_TOO = """
[api.live]
enabled = true
"""
CERTIFICATE = "arn:aws:acm:us-east-1:333333333333:certificate/1-2"
WITH_DOMAIN = f"""{WITH_CONSOLE}
domain_name = "console.example.com"
certificate_arn = "{CERTIFICATE}"
"""
POOL = "https://orders-people.auth.ap-northeast-1.amazoncognito.com"
UPLOADS = "https://prod-cqrs-333333333333.s3.ap-northeast-1.amazonaws.com"
LIVE = "wss://${aws_apigatewayv2_api.live.id}.execute-api.ap-northeast-1.amazonaws.com"


@pytest.fixture(scope="module")
def console(synthesise: Synthesise) -> Synthesis:
    return synthesise("prod", WITH_CONSOLE + LIVE_TOO)


@pytest.fixture(scope="module")
def named(synthesise: Synthesise) -> Synthesis:
    return synthesise("prod", WITH_DOMAIN)


def of_console(synthesis: Synthesis, kind: str) -> dict[str, Any]:
    """The one resource of a kind that belongs to the console."""
    (found,) = (
        one
        for one in synthesis.resources(kind).values()
        if "/console/" in one["//"]["metadata"]["path"]
    )
    return dict(found)


def test_without_the_section_there_is_nothing_of_it(synthesise: Synthesise) -> None:
    plain = synthesise("prod", WITH_POOL)

    assert not [kind for kind in plain.configuration["resource"] if "cloudfront" in kind]
    assert "console_url" not in plain.configuration["output"]
    assert "console" not in json.dumps(plain.resources("aws_s3_bucket"))


def test_cloudfront_alone_reads_the_files(console: Synthesis) -> None:
    closed = of_console(console, "aws_s3_bucket_public_access_block")
    policy = json.loads(of_console(console, "aws_s3_bucket_policy")["policy"])
    refusal, reading = policy["Statement"]

    assert closed["restrict_public_buckets"]
    assert refusal["Effect"] == "Deny"
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert reading["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert reading["Action"] == "s3:GetObject"
    assert "aws_cloudfront_distribution" in reading["Condition"]["StringEquals"]["AWS:SourceArn"]
    control = only(console, "aws_cloudfront_origin_access_control")
    assert (control["signing_behavior"], control["signing_protocol"]) == ("always", "sigv4")


def test_its_headers_allow_nothing_inline_and_nobody_else(console: Synthesis) -> None:
    headers = only(console, "aws_cloudfront_response_headers_policy")["security_headers_config"]
    policy = headers["content_security_policy"]["content_security_policy"]
    directives = dict(one.split(" ", 1) for one in policy.split("; "))

    assert directives["default-src"] == directives["frame-ancestors"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert set(directives["connect-src"].split()) == {"'self'", POOL, UPLOADS, LIVE}
    assert "unsafe" not in policy
    assert "*" not in policy
    assert headers["frame_options"]["frame_option"] == "DENY"
    assert headers["strict_transport_security"]["access_control_max_age_sec"] >= 31_536_000
    assert all(part["override"] for part in headers.values())


def test_the_api_is_at_its_own_origin_and_never_cached(console: Synthesis) -> None:
    distribution = only(console, "aws_cloudfront_distribution")
    files, api = distribution["origin"]
    paths = {one["path_pattern"]: one for one in distribution["ordered_cache_behavior"]}

    assert files["origin_access_control_id"]
    assert api["domain_name"].endswith(".execute-api.ap-northeast-1.amazonaws.com")
    assert api["custom_origin_config"]["origin_protocol_policy"] == "https-only"
    assert paths.keys() == {"/v1/*", "/openapi.json"}
    assert all(one["viewer_protocol_policy"] == "https-only" for one in paths.values())
    # The ids of AWS's own policies CachingDisabled and CachingOptimized.
    cached = {one["cache_policy_id"] for one in paths.values()}
    assert cached == {"4135ea2d-6df8-44a3-9df3-4b5a84be39ad"}
    default = distribution["default_cache_behavior"]
    assert default["cache_policy_id"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert default["viewer_protocol_policy"] == "redirect-to-https"
    # A page in the place of a file that is missing would be taken for a script.
    assert "custom_error_response" not in distribution


def test_people_come_back_to_it_when_they_have_signed_in(console: Synthesis) -> None:
    client = only(console, "aws_cognito_user_pool_client")

    *others, page = client["callback_urls"]
    assert others == ["https://app.example.com/"]
    assert page.startswith("https://${aws_cloudfront_distribution.")
    assert page.endswith(".domain_name}/")
    assert client["logout_urls"][-1] == page
    assert client["allowed_oauth_flows"] == ["code"]
    assert client["generate_secret"] is False


def test_its_settings_name_the_pool_and_hold_no_secret(console: Synthesis) -> None:
    settings = only(console, "aws_s3_object")

    content = json.loads(settings["content"])
    assert settings["key"] == "config.json"
    assert settings["cache_control"] == "no-cache"
    assert content["api"] == ""
    assert content["sign_in"]["kind"] == "pool"
    assert content["sign_in"]["domain"] == POOL
    assert "aws_cognito_user_pool_client" in content["sign_in"]["client_id"]
    assert content["identity"]["role_names"]["operator"] == "operator"
    assert "secret" not in settings["content"]


def test_links_to_the_bucket_may_be_used_by_it(console: Synthesis) -> None:
    (rule,) = only(console, "aws_s3_bucket_cors_configuration")["cors_rule"]
    (origin,) = rule["allowed_origins"]
    assert origin.startswith("https://${aws_cloudfront_distribution.")
    # The page asks the API at its own origin.
    assert "cors_configuration" not in console.resources("aws_apigatewayv2_api")["api"]


def test_a_domain_of_its_own(named: Synthesis) -> None:
    distribution = only(named, "aws_cloudfront_distribution")

    assert distribution["aliases"] == ["console.example.com"]
    certificate = distribution["viewer_certificate"]
    assert certificate["acm_certificate_arn"] == CERTIFICATE
    assert certificate["minimum_protocol_version"] == "TLSv1.2_2021"
    outputs = named.configuration["output"]
    assert outputs["console_url"]["value"] == "https://console.example.com"
    pages = only(named, "aws_cognito_user_pool_client")["callback_urls"]
    assert "https://console.example.com/" in pages


def test_a_deployer_may_make_it_if_there_is_one(tmp_path: Path) -> None:
    plain = environment_of(WITH_POOL, tmp_path)
    told = json.dumps(policies(plain, "deployer"))
    assert "cloudfront" not in told

    text = json.dumps(policies(environment_of(WITH_CONSOLE, tmp_path), "deployer"))
    assert "cloudfront:CreateDistribution" in text
    assert "cloudfront:CreateInvalidation" in text
    assert "prod-cqrs-console-333333333333" in text


@pytest.mark.parametrize(
    ("name", "addition", "reason"),
    [
        ("prod", "[console]\nenabled = true\n", "needs a user pool"),
        ("local", "[console]\nenabled = true\n", "make console"),
        (
            "prod",
            f"{WITH_CONSOLE}domain_name = 'console.example.com'\n",
            "domain_name needs certificate_arn",
        ),
        (
            "prod",
            f"{WITH_CONSOLE}domain_name = 'console.example.com'\n"
            "certificate_arn = 'arn:aws:acm:ap-northeast-1:333333333333:certificate/1-2'\n",
            "us-east-1",
        ),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, name: str, addition: str, reason: str) -> None:
    text = (ENVIRONMENTS / f"{name}.toml").read_text()
    (tmp_path / f"{name}.toml").write_text(text + addition)

    with pytest.raises(EnvironmentFileError, match=reason):
        load(name, tmp_path, variables={})
