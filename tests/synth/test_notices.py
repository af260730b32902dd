"""Notices for people and programs outside, as an environment asks for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cqrs.notifications.receivers import EmailReceivers, WebhookReceiver
from cqrs.settings import Settings
from stacks.environment.file import load
from stacks.environment_files import EnvironmentFileError
from tests.synth.test_api import only
from tests.synth.test_console import WITH_CONSOLE
from tests.synth.test_environment_file import VALID, write
from tests.synth.test_network import WITH_ENDPOINTS, statements_of_function

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.synth.conftest import Synthesis

    Synthesise = Callable[..., Synthesis]

EMAIL = """
[notifications.email]
from_address = "workflows@Example.com"
to = ["approvers@example.com"]
[notifications.email.tenants]
acme = ["boss@acme.example"]
"""
WEBHOOK = """
[notifications.webhook]
url = "https://hooks.example.com/cqrs"
secret = "cqrs/webhook"
kinds = ["approval-waiting", "task-failed"]
"""
ARN = "arn:aws:secretsmanager:ap-northeast-1:333333333333:secret:cqrs/webhook-a1B2c3"
SES = "arn:aws:ses:ap-northeast-1:333333333333"


@pytest.fixture(scope="module")
def told(synthesise: Synthesise) -> Synthesis:
    return synthesise("prod", EMAIL + WEBHOOK + WITH_CONSOLE)


def variables(synthesis: Synthesis) -> dict[str, str]:
    (function,) = synthesis.resources("aws_lambda_function").values()
    found: dict[str, str] = function["environment"]["variables"]
    return found


def test_without_them_the_function_may_nothing_of_it_and_knows_nothing(prod: Synthesis) -> None:
    actions = {action for one in statements_of_function(prod).values() for action in one["Action"]}

    assert not {action for action in actions if action.startswith(("ses:", "secretsmanager:"))}
    assert not {name for name in variables(prod) if name.startswith("NOTIFICATION_E")}
    assert "NOTIFICATION_WEBHOOK" not in variables(prod)
    assert "NOTIFICATION_CONSOLE_URL" not in variables(prod)


def test_mails_are_sent_from_one_address_by_its_identity(told: Synthesis) -> None:
    statement = statements_of_function(told)["MailNotices"]

    assert statement["Action"] == ["ses:SendEmail"]
    assert statement["Resource"] == [f"{SES}:identity/example.com"]
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": "workflows@Example.com"}}


def test_identities_and_a_configuration_set_can_be_named(synthesise: Synthesise) -> None:
    named = 'identities = ["workflows@example.com"]\nconfiguration_set = "watched"\n'
    email = EMAIL.replace("to =", f"{named}to =")

    statement = statements_of_function(synthesise("prod", email))["MailNotices"]

    assert statement["Resource"] == [
        f"{SES}:identity/workflows@example.com",
        f"{SES}:configuration-set/watched",
    ]


@pytest.mark.parametrize(
    ("secret", "resource"),
    [
        ("cqrs/webhook", f"{ARN.removesuffix('a1B2c3')}??????"),
        (ARN, ARN),
    ],
)
def test_one_secret_can_be_read(synthesise: Synthesise, secret: str, resource: str) -> None:
    synthesis = synthesise("prod", WEBHOOK.replace("cqrs/webhook", secret))

    statement = statements_of_function(synthesis)["SignNotices"]

    assert statement["Action"] == ["secretsmanager:GetSecretValue"]
    assert statement["Resource"] == [resource]


def test_the_function_reads_what_the_stack_writes(told: Synthesis) -> None:
    settings = Settings.from_environment(variables(told))

    email = EmailReceivers.parse(settings.notification_email)
    assert email.from_address == "workflows@Example.com"
    assert email.of("acme") == ("boss@acme.example",)
    assert email.of("beta") == ("approvers@example.com",)
    assert email.kinds == {"approval-waiting"}
    webhook = WebhookReceiver.parse(settings.notification_webhook)
    assert (webhook.url, webhook.secret) == ("https://hooks.example.com/cqrs", "cqrs/webhook")
    assert webhook.kinds == {"approval-waiting", "task-failed"}
    assert settings.environment_name == "prod"


def test_links_lead_to_the_console_of_the_stack(told: Synthesis) -> None:
    (name,) = told.resources("aws_cloudfront_distribution")
    url = f"https://${{aws_cloudfront_distribution.{name}.domain_name}}"

    assert variables(told)["NOTIFICATION_CONSOLE_URL"] == url
    outputs = told.configuration["output"]
    assert outputs["notification_console_url"]["value"] == outputs["console_url"]["value"] == url


def test_links_lead_to_another_console_if_the_file_names_it(synthesise: Synthesise) -> None:
    addition = '\n[notifications]\nconsole_url = "https://console.example.com/"\n'

    found = variables(synthesise("prod", addition))

    assert found["NOTIFICATION_CONSOLE_URL"] == "https://console.example.com"


def test_on_an_emulator_links_lead_to_make_console(synthesise: Synthesise) -> None:
    api = "\n[api]\nenabled = true\n[api.user_pool]\nenabled = true\n"

    assert (
        variables(synthesise("local", api))["NOTIFICATION_CONSOLE_URL"] == "http://localhost:3000"
    )
    assert "NOTIFICATION_CONSOLE_URL" not in variables(synthesise("local"))


def test_nothing_circles(told: Synthesis) -> None:
    """The function knows the console's address, so the console must not know the function."""
    consoles = json.dumps(only(told, "aws_cloudfront_distribution"))

    assert "aws_lambda" not in consoles


def test_in_a_vpc_what_is_asked_has_endpoints(synthesise: Synthesise) -> None:
    def endpoints(addition: str) -> set[str]:
        found = synthesise("prod", addition + WITH_ENDPOINTS).resources("aws_vpc_endpoint")
        return {one["service_name"].rpartition(".")[2] for one in found.values()}

    plain = endpoints("")
    assert endpoints(EMAIL) - plain == {"email"}
    assert endpoints(WEBHOOK) - plain == {"secretsmanager"}


REFUSED: dict[str, tuple[str, str]] = {
    "nobody": (
        '[notifications.email]\nfrom_address = "a@example.com"',
        "notifications.email: tells nobody: give addresses in to, or in tenants",
    ),
    "nobody of tenants": (
        '[notifications.email]\nfrom_address = "a@example.com"\ntenants = {acme = []}',
        "notifications.email: tells nobody",
    ),
    "no sender": (
        '[notifications.email]\nto = ["a@example.com"]',
        "notifications.email.from_address: is required",
    ),
    "address with a name": (
        '[notifications.email]\nfrom_address = "Ann <a@example.com>"\nto = ["a@example.com"]',
        "notifications.email.from_address: must be an e-mail address in ASCII",
    ),
    "address with a line break": (
        '[notifications.email]\nfrom_address = "a@example.com"\nto = ["a@example.com\\r\\nBcc: b"]',
        "notifications.email.to.0: must be an e-mail address in ASCII",
    ),
    "address of a tenant": (
        '[notifications.email]\nfrom_address = "a@example.com"\ntenants = {acme = ["boss"]}',
        "notifications.email.tenants.acme.0: must be an e-mail address in ASCII",
    ),
    "more addresses than a mail takes": (
        f'[notifications.email]\nfrom_address = "a@b.de"\nto = {["a@b.de"] * 51}',
        "notifications.email.to: must have at most 50 entries",
    ),
    "longer than the variables": (
        f'[notifications.email]\nfrom_address = "a@b.de"\nto = {["a" * 60 + "@example.com"] * 40}',
        "notifications: email and webhook have, with api.identity,",
    ),
    "unknown kind": (
        f"{WEBHOOK.replace('task-failed', 'command-failed')}",
        "notifications.webhook.kinds.1: must be 'approval-waiting', 'approval-expired', "
        "'task-failed' or 'import-failed'",
    ),
    "kind twice": (
        f"{WEBHOOK.replace('task-failed', 'approval-waiting')}",
        "notifications.webhook.kinds: names a kind twice",
    ),
    "no identity": (
        '[notifications.email]\nfrom_address = "a@b.de"\nto = ["a@b.de"]\nidentities = ["*"]',
        "notifications.email.identities.0: must be an identity of SES",
    ),
    "webhook without a secret": (
        '[notifications.webhook]\nurl = "https://example.com"',
        "notifications.webhook.secret: is required",
    ),
    "webhook without TLS": (
        WEBHOOK.replace("https", "http"),
        "notifications.webhook.url: must begin with https, as only an environment on an emulator",
    ),
    "webhook with a user": (
        WEBHOOK.replace("https://", "https://me:hush@"),
        "notifications.webhook.url: must have no user",
    ),
    "webhook of another scheme": (
        WEBHOOK.replace("https", "file"),
        "notifications.webhook.url: must be a URL such as https://hooks.example.com/cqrs",
    ),
    "webhook with a space": (
        WEBHOOK.replace('/cqrs"', '/cq rs"', 1),
        "notifications.webhook.url: must be a URL such as https://hooks.example.com/cqrs",
    ),
    "webhook of no port": (
        WEBHOOK.replace("example.com/", "example.com:port/"),
        "notifications.webhook.url: must be a URL such as https://hooks.example.com/cqrs",
    ),
    "the secret itself": (
        WEBHOOK.replace('"cqrs/webhook"', '"whsec_c2VjcmV0IG9m"'),
        "notifications.webhook.secret: must be the name of the secret, and not the secret itself",
    ),
    "all secrets": (
        WEBHOOK.replace('"cqrs/webhook"', '"cqrs/*"'),
        "notifications.webhook.secret: must be the name of a secret",
    ),
    "part of an ARN": (
        WEBHOOK.replace('"cqrs/webhook"', f'"{ARN[:-9]}"'),
        "notifications.webhook.secret: must be the name of a secret",
    ),
    "secret of another region": (
        WEBHOOK.replace("cqrs/webhook", ARN.replace("ap-northeast-1", "us-east-1")),
        "notifications.webhook.secret: arn:aws:secretsmanager:us-east-1",
    ),
    "two consoles": (
        f'[notifications]\nconsole_url = "https://c.example.com"\n{WITH_CONSOLE}',
        "notifications.console_url: must be left out, as [console] makes a console",
    ),
    "console with a fragment": (
        '[notifications]\nconsole_url = "https://c.example.com/#/acme"',
        "notifications.console_url: must be the address of a console",
    ),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_refusal_names_file_key_and_reason(tmp_path: Path, text: str, reason: str) -> None:
    path = write(tmp_path, VALID + text)

    with pytest.raises(EnvironmentFileError) as refusal:
        load("team", tmp_path)

    lines = str(refusal.value).splitlines()
    assert [line for line in lines if line.startswith(f"{path}: {reason}")], lines


def test_an_emulator_may_be_told_without_tls(tmp_path: Path) -> None:
    emulator = 'endpoint = "http://localhost:4566"\ndialect = "emulator"\n'
    write(
        tmp_path,
        VALID
        + emulator
        + WEBHOOK.replace("https://hooks.example", "http://127.0.0.1:8000/x.example"),
    )

    webhook: Any = load("team", tmp_path, {}).notifications.webhook

    assert not webhook.has_tls
