"""Requests for approval on the deployed stack: mailed, posted, and answered by their links."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote
from urllib.request import urlopen

import pytest

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalStatus
from cqrs.resources import Queue
from stacks.access.statements import policy_document
from stacks.environment.file import load
from stacks.environment.model import Environment
from stacks.function.permissions import handler_statements
from tests.integration.closures import Closures, waiting
from tests.integration.conftest import ENVIRONMENT, REGION
from tests.integration.deployed import Deployed, wait_for
from tests.integration.function_variables import function_variables
from tests.integration.identities import Identity, root
from tests.receiver import Received, Receiver, receiver

SECRET_NAME = "cqrs/webhook"
KEY = b"of the tests, and of 32 bytes...."
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
FROM, TO, BOSS = "workflows@example.com", "approvers@example.com", "boss@acme.example"
WAIT_SECONDS = 600
NOTICES = frozenset({"MailNotices", "SignNotices"})
"""Statements of the function's role that are about notices."""


@pytest.fixture(scope="module")
def owner(deployed: Deployed) -> Identity:
    if not deployed.is_ministack:
        pytest.skip("LocalStack's free edition has no API v2 of SES.")
    return root(deployed.endpoint, REGION)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.fixture
def told(deployed: Deployed, owner: Identity, tenant: str, hook: Receiver) -> Iterator[Environment]:
    """An environment that tells the tenant's requests, with just the permissions for it."""
    environment = _telling(hook.url, tenant)
    ses, secrets = owner.client("sesv2"), owner.client("secretsmanager")
    for identity in ("example.com", TO, BOSS):
        ses.create_email_identity(EmailIdentity=identity)
    secrets.create_secret(Name=SECRET_NAME, SecretString=SECRET)
    settings = environment.settings()
    changed = {
        "NOTIFICATION_EMAIL": settings.notification_email,
        "NOTIFICATION_WEBHOOK": settings.notification_webhook,
    }
    with (
        _permitted(owner, environment),
        _soon_again(deployed),
        function_variables(deployed, changed),
        waiting(deployed, WAIT_SECONDS),
    ):
        yield environment
    secrets.delete_secret(SecretId=SECRET_NAME, ForceDeleteWithoutRecovery=True)
    for identity in ("example.com", TO, BOSS):
        ses.delete_email_identity(EmailIdentity=identity)


def _telling(url: str, tenant: str) -> Environment:
    email = {"from_address": FROM, "to": [TO], "tenants": {tenant: [BOSS]}}
    webhook = {"url": url, "secret": SECRET_NAME, "kinds": ["approval-waiting", "approval-expired"]}
    given = load(ENVIRONMENT).model_dump(exclude={"notifications"})
    return Environment.model_validate(
        {**given, "notifications": {"topic": True, "email": email, "webhook": webhook}},
        strict=False,
    )


@contextmanager
def _permitted(owner: Identity, environment: Environment) -> Iterator[None]:
    """Give the function's role the statements that the stack would give it, each by itself."""
    iam, role = owner.client("iam"), environment.function_name
    statements = {
        one.sid: policy_document([one.render()])
        for one in handler_statements(environment, "log")
        if one.sid in NOTICES
    }
    assert statements.keys() == NOTICES
    for name, document in statements.items():
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
    try:
        yield
    finally:
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            if name in NOTICES:
                iam.delete_role_policy(RoleName=role, PolicyName=name)


@contextmanager
def _soon_again(deployed: Deployed) -> Iterator[None]:
    """Let a message that failed come again soon.

    It takes longer than a cold start, or SQS gives up a message that the function has at hand.
    """
    sqs, url = deployed.services.clients.sqs, deployed.outputs["notification_queue_url"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "4"})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=before["Attributes"])


def mails(deployed: Deployed, about: str) -> list[dict[str, Any]]:
    """The mails that the emulator has taken, whose subject or text has something in it."""
    with urlopen(f"{deployed.endpoint}/_ministack/ses/messages") as answer:  # noqa: S310
        found = _all_mails(json.load(answer))
    return [mail for mail in found if about in mail["BodyText"]]


def _all_mails(answer: Any) -> list[dict[str, Any]]:
    if isinstance(answer, dict) and "BodyText" in answer:
        return [answer]
    parts = answer.values() if isinstance(answer, dict) else answer
    if isinstance(answer, dict | list):
        return [mail for part in parts for mail in _all_mails(part)]
    return []


def posts(hook: Receiver, count: int) -> list[Received]:
    def enough() -> list[Received] | None:
        return hook.received if len(hook.received) >= count else None

    return wait_for(enough, f"{count} posts; there are {hook.received}")


def is_genuine(request: Received, key: bytes = KEY) -> bool:
    sent = request.headers["webhook-timestamp"]
    content = f"{request.headers['webhook-id']}.{sent}.".encode() + request.body
    signature = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    is_recent = abs(time.time() - int(sent)) < 60
    return is_recent and request.headers["webhook-signature"] == f"v1,{signature}"


def of_link(link: str) -> ApprovalKey:
    """The request that a link leads to, as the console's router reads it."""
    tenant, page, request_id = map(unquote, link.partition("#/")[2].split("/"))
    assert page == "approvals"
    return ApprovalKey.make(tenant, request_id)


@pytest.mark.usefixtures("told")
def test_a_request_is_posted_with_a_link_by_which_it_is_answered(
    deployed: Deployed, tenant: str, hook: Receiver
):
    closures = Closures(deployed, tenant)
    key = closures.ask()

    (request,) = posts(hook, 1)

    assert is_genuine(request)
    assert not is_genuine(request, b"another key of more than 24 bytes")
    content = json.loads(request.body)
    assert content["type"] == "approval-waiting"
    data = content["data"]
    assert (data["environment"], data["tenant"], data["id"]) == ("local", tenant, key.request_id)
    assert data["asked_by"] == f"local-cqrs-airport-closure/{key.request_id}"
    assert data["expires_at"] == closures.approvals.get_request(key).expires_at
    assert data["link"].startswith("http://localhost:3000/#/")
    assert of_link(data["link"]) == key
    closures.approvals.approve(of_link(data["link"]), by="ann")
    assert closures.end(key).status == "SUCCEEDED"
    closures.with_status(key, ApprovalStatus.APPROVED)


@pytest.mark.usefixtures("told")
def test_it_is_mailed_to_those_of_the_tenant(deployed: Deployed, tenant: str, hook: Receiver):
    closures = Closures(deployed, tenant)
    key = closures.ask()

    (mail,) = wait_for(lambda: mails(deployed, key.request_id) or None, "a mail")

    assert (mail["Source"], mail["To"]) == (FROM, [BOSS])
    request = closures.approvals.get_request(key)
    assert mail["Subject"] == f"[local] Approval needed: {request.title}"
    (link,) = (line for line in mail["BodyText"].splitlines() if line.startswith("http"))
    assert of_link(link) == key
    assert f'<a href="{link}">' in mail["BodyHtml"]
    assert request.expires_at in mail["BodyText"]
    assert "flooded" not in mail["BodyText"].replace(request.title, "")
    posts(hook, 1)
    closures.approvals.reject(key, by="ann", reason="dry")
    closures.end(key)


@pytest.mark.usefixtures("told")
def test_a_webhook_that_fails_is_told_again_and_nobody_is_mailed_twice(
    deployed: Deployed, tenant: str, hook: Receiver
):
    hook.statuses = [500, 503]
    closures = Closures(deployed, tenant)
    key = closures.ask()

    first, *others = posts(hook, 3)

    assert {one.headers["webhook-id"] for one in others} == {first.headers["webhook-id"]}
    assert {one.body for one in others} == {first.body}
    assert all(map(is_genuine, (first, *others)))
    assert len(mails(deployed, key.request_id)) == 1
    closures.approvals.approve(key, by="ann")
    assert closures.end(key).status == "SUCCEEDED"


@pytest.mark.usefixtures("told")
def test_a_webhook_that_refuses_holds_nothing_up_and_leaves_a_letter(
    deployed: Deployed, tenant: str, hook: Receiver
):
    hook.statuses = [401]
    closures = Closures(deployed, tenant)
    key = closures.ask()

    letter = deployed.dead_letter(Queue.NOTIFICATION, delete=True)

    assert len(hook.received) == 1
    assert json.loads(letter["Body"])["sk"] == key.request_id
    assert letter["MessageAttributes"]["error"]["StringValue"] == "ConfigurationError"
    reason = letter["MessageAttributes"]["reason"]["StringValue"]
    assert "answered 401 to approval-waiting" in reason
    closures.approvals.approve(key, by="ann")
    assert closures.end(key).status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("missing", "audience"), [("MailNotices", "email"), ("SignNotices", "webhook")]
)
def test_without_its_statement_the_function_is_refused(
    deployed: Deployed,
    owner: Identity,
    told: Environment,
    tenant: str,
    hook: Receiver,
    missing: str,
    audience: str,
):
    owner.client("iam").delete_role_policy(RoleName=told.function_name, PolicyName=missing)
    closures = Closures(deployed, tenant)
    key = closures.ask()

    letter = deployed.dead_letter(Queue.NOTIFICATION, delete=True)

    assert json.loads(letter["Body"])["audience"] == audience
    assert "AccessDenied" in letter["MessageAttributes"]["reason"]["StringValue"]
    assert (hook.received == []) is (audience == "webhook")
    closures.approvals.reject(key, by="ann", reason="dry")
    closures.end(key)


def test_no_dead_letters_are_left(deployed: Deployed):
    assert deployed.dead_letters() == 0
