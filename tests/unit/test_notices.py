"""Notices: what is told outside of a change, by which way, and what becomes of one that fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError

from cqrs.api.calls import imports, tasks
from cqrs.application import Application
from cqrs.approvals import notifier
from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalRequest, ApprovalStatus
from cqrs.aws.secrets import Secrets
from cqrs.errors import ConfigurationError, TransientError, Unreachable
from cqrs.imports.keys import ImportKey
from cqrs.notice_kinds import NoticeKind
from cqrs.notifications.links import ConsoleLinks
from cqrs.notifications.mail import SUBJECT_LENGTH, page_of, subject_of, text_of
from cqrs.notifications.notices import Notice, NoticeMaker
from cqrs.notifications.queue import Audience, Notification
from cqrs.notifications.receivers import EmailReceivers, WebhookReceiver
from cqrs.notifications.webhook import Webhook, body_of, signed, signing_key
from cqrs.resources import Queue
from cqrs.tasks.keys import TaskKey
from cqrs.testing.deployed import deployed
from tests.receiver import Receiver, receiver
from tests.unit.sample_events import sqs_event

PAGE = Path(__file__).parents[2] / "docs" / "notifications.md"
PYTHON = re.compile(r"^```python$\n(.*?)^```$", re.MULTILINE | re.DOTALL)

CONSOLE = "https://console.example.com"
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
EXECUTION = "arn:aws:states:ap-northeast-1:1:execution:test-cqrs-airport-closure:close-KIX"
SECRET_NAME = "cqrs/webhook"
SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSB0ZXN0cywgb2YgMzIgYnl0ZXM="
UNTIL = "2026-12-05T09:00:00.000Z"

HOSTILE = [
    "close-KIX",
    "a/b",
    "a?b=c&d#e",
    "100%",
    "%2F",
    "..",
    ".",
    "close.",
    "~YS9i",
    "a+b c",
    "<script>alert(1)</script>",
    "\"'><img src=x>",
    "空港/関西",
    "😀",
    "a\\b",
    "\u202eXIK",
    "a" * 1000,
]
"""Ids and tenants that came once, or may come."""


def waiting(
    title: Any = "Close Kansai: flooded", request_id: str = "close-KIX", tenant: str = "acme"
) -> Notification:
    content = {"status": "PENDING", "title": title, "execution": EXECUTION, "expiresAt": UNTIL}
    return Notification("approval-status", f"APPROVAL#{tenant}", request_id, tenant, content)


def made(notification: Notification, console: str = CONSOLE) -> Notice:
    notice = NoticeMaker("prod", ConsoleLinks(console)).make(notification)
    assert notice is not None
    return notice


def place_of(link: str) -> tuple[str, str, list[str]]:
    """Tenant, page and parts, as console/src/app/router.ts reads the fragment of an address."""
    fragment = link.partition("#")[2]
    path = fragment.removeprefix("/").split("?")[0]
    tenant, page, *parts = [unquote(part, errors="strict") for part in path.split("/")]
    return tenant, page, parts


class TestLinks:
    @pytest.mark.parametrize("part", HOSTILE)
    def test_each_part_comes_back_as_it_was(self, part):
        link = ConsoleLinks(CONSOLE).to(part, "approvals", part)

        assert link is not None
        assert place_of(link) == (part, "approvals", [part])

    @pytest.mark.parametrize("part", HOSTILE)
    def test_programs_find_it_whole_in_text(self, part):
        link = ConsoleLinks(CONSOLE).to(part, "approvals", part)

        assert link is not None
        assert re.fullmatch(r"https://[A-Za-z0-9./#%_~-]*[A-Za-z0-9_~-]", link)

    def test_a_slash_of_the_address_is_not_doubled(self):
        expected = f"{CONSOLE}/#/acme/approvals/close-KIX"
        assert ConsoleLinks(f"{CONSOLE}/").to("acme", "approvals", "close-KIX") == expected

    def test_half_of_a_surrogate_pair_stops_nothing(self):
        assert ConsoleLinks(CONSOLE).to("acme", "approvals", "a\ud800") is not None

    def test_without_a_console_there_is_none(self):
        assert ConsoleLinks("").to("acme", "approvals", "close-KIX") is None


class TestNotices:
    def test_a_request_that_waits_tells_who_asks_and_until_when(self):
        assert made(waiting()) == Notice(
            kind=NoticeKind.APPROVAL_WAITING,
            environment="prod",
            tenant="acme",
            id="close-KIX",
            title="Close Kansai: flooded",
            asked_by="test-cqrs-airport-closure/close-KIX",
            expires_at=UNTIL,
            link=f"{CONSOLE}/#/acme/approvals/close-KIX",
            command="cqrs --env prod approvals approve 'APPROVAL#acme/close-KIX'",
        )

    def test_it_is_made_of_what_the_service_tells(self):
        key = ApprovalKey.make("acme", "close-KIX")
        request = ApprovalRequest(
            key, "Close?", {"secret": 1}, ApprovalStatus.PENDING, EXECUTION, "t", expires_at=UNTIL
        )
        content = notifier._content(request)
        told = made(Notification("approval-status", key.pk, key.sk, "acme", content))

        assert (told.title, told.expires_at) == ("Close?", UNTIL)
        assert told.asked_by == "test-cqrs-airport-closure/close-KIX"
        assert "secret" not in repr(told)

    @pytest.mark.parametrize(
        ("key", "id_of", "action", "named", "page"),
        [
            (
                TaskKey("SFN_TASK#acme", f"square#{ULID}"),
                tasks.id_of,
                "task-status",
                {"type": "square"},
                "tasks",
            ),
            (
                ImportKey("CSV_IMPORT#acme", f"places#{ULID}"),
                imports.id_of,
                "import-status",
                {"target": "places"},
                "imports",
            ),
        ],
    )
    def test_failures_have_the_ids_of_the_http_api(self, key, id_of, action, named, page):
        content = {"status": "FAILED", "cause": "the row of Ann", **named}
        told = made(Notification(action, key.pk, key.sk, "acme", content))

        assert told.id == id_of(key)
        assert told.link == f"{CONSOLE}/#/acme/{page}/{told.id}"
        assert told.title == next(iter(named.values()))
        assert told.command == f"cqrs --env prod explain '{key}'"
        assert "Ann" not in repr(told)

    @pytest.mark.parametrize("status", ["APPROVED", "REJECTED", "COMPLETED", "", None, 5, [], {}])
    def test_nobody_outside_is_told_of_other_changes(self, status):
        told = replace(waiting(), content={"status": status})

        assert NoticeMaker("prod", ConsoleLinks(CONSOLE)).make(told) is None

    @pytest.mark.parametrize("title", [None, 5, ["a"], {"a": 1}, "", "\ud800", "t" * 100_000])
    def test_no_content_stops_it(self, title):
        told = made(waiting(title))

        assert len(told.title) <= 200
        assert told.title.isprintable()
        assert json.loads(body_of(told))["data"]["title"] == told.title
        assert text_of(told)

    @pytest.mark.parametrize("request_id", [*HOSTILE, "a'b", "a\nb", "$(reboot)", "--by"])
    def test_the_command_is_one_that_a_shell_reads_as_it_was_meant(self, request_id):
        told = made(waiting(request_id=request_id), console="")

        words = ["cqrs", "--env", "prod", "approvals", "approve", f"APPROVAL#acme/{request_id}"]
        assert shlex.split(told.command) == words


class Tags(HTMLParser):
    """The tags of a page, and the addresses that it links to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


class TestMails:
    KNOWN = frozenset({"html", "body", "h1", "table", "tr", "th", "td", "p", "a", "code"})

    @pytest.mark.parametrize(
        "title",
        [
            "Close\r\nBcc: everybody@example.com",
            "a\u2028b\u2029c\x00d\x1be\x85f",
            "<script>alert(1)</script>",
            "</td><img src=x onerror=alert(1)>",
            "{kind.__class__} %s {0}",
            "\u202edesolc",
            "\ud800\udfff",
            "空" * 5000,
        ],
    )
    @pytest.mark.parametrize("console", [CONSOLE, ""])
    def test_no_title_gets_out_of_its_place(self, title, console):
        notice = made(waiting(title, request_id=title, tenant=title), console)
        subject, text, page = subject_of(notice), text_of(notice), page_of(notice)

        assert len(subject) <= SUBJECT_LENGTH
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", subject)
        assert len(text.splitlines()) == len(text_of(made(waiting(), console)).splitlines())
        found = Tags(page)
        assert found.tags <= self.KNOWN
        assert found.links == ([notice.link] if console else [])
        assert all(part.encode() for part in (subject, text, page))

    def test_it_tells_what_it_is_and_where_to_answer(self):
        notice = made(waiting())

        assert subject_of(notice) == "[prod] Approval needed: Close Kansai: flooded"
        for told in (text_of(notice), Tags(page_of(notice)).text):
            for part in ("Close Kansai: flooded", "airport-closure/close-KIX", UNTIL, notice.link):
                assert part in told

    def test_without_a_console_it_tells_the_command(self):
        notice = made(waiting(), console="")

        for told in (text_of(notice), Tags(page_of(notice)).text):
            assert notice.command in told
            assert "http" not in told


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.fixture
def secrets(clients) -> Secrets:
    clients.secrets_manager.create_secret(Name=SECRET_NAME, SecretString=SECRET)
    return Secrets(clients)


KINDS = frozenset(NoticeKind)


def is_genuine() -> Callable[..., bool]:
    """The function of the guide's page by which a receiver verifies a request."""
    (sample,) = [code for code in PYTHON.findall(PAGE.read_text()) if "is_genuine" in code]
    found: dict[str, Any] = {}
    exec(sample, found)  # noqa: S102 - it is the page's
    verify: Callable[..., bool] = found["is_genuine"]
    return verify


class TestSignatures:
    def test_they_are_those_of_the_specification(self):
        """HMAC-SHA256 over id, time and body, in Base64 behind its version."""
        key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a")
        headers = signed(key, b'{"test": 2432232314}', 1614265330)
        content = f"{headers['webhook-id']}.1614265330.".encode() + b'{"test": 2432232314}'

        expected = hmac.new(key, content, hashlib.sha256).digest()
        assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"

    def test_the_pages_receiver_takes_what_is_sent(self, secrets, hook):
        Webhook(secrets, WebhookReceiver(hook.url, SECRET_NAME, KINDS)).tell(made(waiting()))

        (request,) = hook.received
        assert is_genuine()(request.headers, request.body, SECRET)

    @pytest.mark.parametrize(
        "changed",
        [
            {"body": b"{}"},
            {"webhook-id": "msg_1"},
            {"webhook-timestamp": "9999999999"},
            {"webhook-timestamp": "1000000000"},
            {"webhook-signature": "v1,"},
            {"secret": "whsec_" + "A" * 44},
        ],
        ids=repr,
    )
    def test_it_takes_nothing_else(self, changed):
        body = body_of(made(waiting()))
        headers = signed(signing_key(SECRET, "a"), body, int(time.time()))
        verify = is_genuine()
        assert verify(headers, body, SECRET)

        given = {**headers, **changed}
        assert not verify(given, given.pop("body", body), given.pop("secret", SECRET))

    def test_one_that_was_sent_long_ago_is_not_taken(self):
        body = body_of(made(waiting()))
        headers = signed(signing_key(SECRET, "a"), body, int(time.time()) - 3600)

        assert not is_genuine()(headers, body, SECRET)

    @pytest.mark.parametrize(
        "secret", ["", "hush", "whsec_", "whsec_c2hvcnQ=", SECRET[6:], "whsec_é"]
    )
    def test_a_secret_that_is_none_is_refused_and_not_shown(self, secret):
        with pytest.raises(ConfigurationError, match="must be whsec_ and the Base64") as refusal:
            signing_key(secret, SECRET_NAME)

        assert SECRET_NAME in str(refusal.value)
        assert secret in {"", "whsec_"} or secret not in str(refusal.value)


class TestPosts:
    @pytest.fixture
    def webhook(self, secrets, hook) -> Webhook:
        return Webhook(secrets, WebhookReceiver(hook.url, SECRET_NAME, KINDS))

    def test_it_is_posted_with_all_that_it_tells(self, webhook, hook):
        webhook.tell(made(waiting()))

        (request,) = hook.received
        assert request.path == "/hook?of=cqrs"
        assert request.headers["content-type"] == "application/json"
        assert json.loads(request.body) == {
            "type": "approval-waiting",
            "data": {
                "environment": "prod",
                "tenant": "acme",
                "id": "close-KIX",
                "title": "Close Kansai: flooded",
                "asked_by": "test-cqrs-airport-closure/close-KIX",
                "expires_at": UNTIL,
                "link": f"{CONSOLE}/#/acme/approvals/close-KIX",
                "command": "cqrs --env prod approvals approve 'APPROVAL#acme/close-KIX'",
            },
        }

    def test_the_same_change_has_the_same_id_and_another_has_another(self, webhook, hook):
        for notification in (waiting(), waiting(), waiting(request_id="close-ITM")):
            webhook.tell(made(notification))

        first, second, third = (one.headers["webhook-id"] for one in hook.received)
        assert first == second != third

    @pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
    def test_success_is_success(self, webhook, hook, status):
        hook.statuses = [status]
        assert webhook.tell(made(waiting()))

    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 599])
    def test_what_may_pass_is_to_be_tried_again(self, webhook, hook, status):
        hook.statuses, hook.text = [status], b"come\r\nback"

        with pytest.raises(TransientError, match=f"answered {status} to .*: come  back"):
            webhook.tell(made(waiting()))

    @pytest.mark.parametrize("status", [300, 304, 400, 401, 403, 404, 410, 422])
    def test_what_does_not_pass_is_for_good(self, webhook, hook, status):
        hook.statuses = [status]

        with pytest.raises(ConfigurationError, match=f"answered {status} to approval-waiting"):
            webhook.tell(made(waiting()))

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_no_redirect_is_followed(self, webhook, hook, status):
        with receiver() as elsewhere:
            hook.statuses, hook.location = [status], elsewhere.url

            with pytest.raises(ConfigurationError, match=f"answered {status}"):
                webhook.tell(made(waiting()))

            assert elsewhere.received == []
        assert len(hook.received) == 1

    def test_a_secret_that_was_rotated_counts_at_once(self, webhook, hook, clients):
        webhook.tell(made(waiting()))
        newer = f"whsec_{'B' * 44}"
        clients.secrets_manager.put_secret_value(SecretId=SECRET_NAME, SecretString=newer)
        webhook.tell(made(waiting()))

        verify, (first, second) = is_genuine(), hook.received
        assert verify(first.headers, first.body, SECRET)
        assert verify(second.headers, second.body, newer)

    def test_a_receiver_that_comes_to_no_end_is_left(self, secrets, hook):
        hook.drips = True
        webhook = Webhook(secrets, WebhookReceiver(hook.url, SECRET_NAME, KINDS), seconds=0.3)
        begun = time.monotonic()

        with pytest.raises(Unreachable, match=r"did not answer within 0.3 s"):
            webhook.tell(made(waiting()))

        assert time.monotonic() - begun < 5

    def test_a_receiver_that_is_not_there_is_unreachable(self, secrets):
        with receiver() as gone:
            url = gone.url
        webhook = Webhook(secrets, WebhookReceiver(url, SECRET_NAME, KINDS))

        with pytest.raises(Unreachable, match="cannot be reached: ConnectionRefusedError"):
            webhook.tell(made(waiting()))

    def test_a_certificate_that_nobody_vouches_for_is_not_trusted(self, secrets, tmp_path):
        certificate = self_signed(tmp_path)
        with receiver(certificate) as listening:
            webhook = Webhook(secrets, WebhookReceiver(listening.url, SECRET_NAME, KINDS))

            with pytest.raises(Unreachable, match="SSLCertVerificationError"):
                webhook.tell(made(waiting()))

            assert listening.received == []

    def test_no_error_shows_what_may_be_a_token(self, secrets, hook):
        url = hook.url.replace("/hook", "/services/T0K3N")
        hook.statuses = [404]

        with pytest.raises(ConfigurationError) as refusal:
            Webhook(secrets, WebhookReceiver(url, SECRET_NAME, KINDS)).tell(made(waiting()))

        assert "T0K3N" not in str(refusal.value)

    def test_a_secret_that_is_not_text_is_refused(self, webhook, clients):
        clients.secrets_manager.put_secret_value(SecretId=SECRET_NAME, SecretBinary=b"x" * 32)

        with pytest.raises(ConfigurationError, match="cqrs/webhook is binary"):
            webhook.tell(made(waiting()))


def self_signed(folder: Path) -> Path:
    """A key with a certificate for 127.0.0.1 that no authority has signed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("There is no openssl to make a certificate.")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    request = f"req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout {key}"
    named = f"-out {certificate} -addext subjectAltName=IP:127.0.0.1"
    command = [openssl, *request.split(), *named.split()]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text(key.read_text() + certificate.read_text())
    return both


class TestReceivers:
    EMAIL: ClassVar[dict[str, Any]] = {
        "from_address": "a@example.com",
        "to": ["all@example.com"],
        "tenants": {"acme": ["boss@acme.example"], "quiet": []},
        "kinds": ["approval-waiting"],
    }

    @pytest.mark.parametrize(
        ("tenant", "told"),
        [("acme", ("boss@acme.example",)), ("quiet", ()), ("beta", ("all@example.com",))],
    )
    def test_a_tenant_may_have_addresses_of_its_own(self, tenant, told):
        assert EmailReceivers.parse(json.dumps(self.EMAIL)).of(tenant) == told

    @pytest.mark.parametrize("document", ["", "[]", "{}", "5", '{"kinds": 1}', '{"kinds": ["x"]}'])
    def test_what_the_stack_has_not_written_is_refused(self, document):
        with pytest.raises(ConfigurationError, match="NOTIFICATION_EMAIL of the function"):
            EmailReceivers.parse(document)
        with pytest.raises(ConfigurationError, match="NOTIFICATION_WEBHOOK of the function"):
            WebhookReceiver.parse(document)


def test_in_memory_nobody_is_told(tmp_path):
    file = Path(__file__).parents[1] / "environments" / "local.toml"
    email = '[notifications.email]\nfrom_address = "a@example.com"\nto = ["b@example.com"]\n'
    (tmp_path / "told.toml").write_text(f"{file.read_text()}\n{email}")

    found = deployed("told", tmp_path)

    assert found.environment.settings().has_notices
    assert not found.settings.has_notices


class World:
    """An application whose environment tells people, and the queue of its notifications."""

    def __init__(self, settings: Any, clients: Any, hook: Receiver) -> None:
        email = {**TestReceivers.EMAIL, "kinds": ["approval-waiting"]}
        webhook = {"url": hook.url, "secret": SECRET_NAME, "kinds": ["approval-waiting"]}
        self.settings = replace(
            settings,
            environment_name="test",
            notification_email=json.dumps(email),
            notification_webhook=json.dumps(webhook),
            notification_console_url=CONSOLE,
        )
        self.clients = clients
        self.application = Application(self.settings, clients)
        self.mails: list[dict[str, Any]] = []
        clients.ses.meta.events.register("before-parameter-build", self._mail)
        self.handled: list[str] = []
        self.application.on_notification("approval-status")(
            lambda one: self.handled.append(one.content["status"])
        )

    def _mail(self, params: dict[str, Any], **_: Any) -> None:
        self.mails.append(params)

    def handle(self, body: Any, receives: int = 1) -> Any:
        text = body if isinstance(body, str) else json.dumps(body)
        event = sqs_event(text, queue=f"test-cqrs-{Queue.NOTIFICATION}")
        event["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(receives)
        return self.application.handle(event)

    def queued(self) -> dict[str, dict[str, Any]]:
        """Take the messages of the queue, by their audience."""
        answer = self.clients.sqs.receive_message(
            QueueUrl=self.settings.notification_queue_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=1000,
        )
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        return {body.get("audience", ""): body for body in bodies}

    def letter(self) -> dict[str, str]:
        queue = f"test-cqrs-{Queue.NOTIFICATION}-dlq"
        url = self.clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        answer = self.clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
        (letter,) = answer["Messages"]
        why = {name: one["StringValue"] for name, one in letter["MessageAttributes"].items()}
        return {"body": letter["Body"], **why}


BODY = {
    "action": "approval-status",
    "pk": "APPROVAL#acme",
    "sk": "close-KIX",
    "tenant": "acme",
    "content": {**waiting().content, "reason": "of no use outside"},
}


class TestWays:
    @pytest.fixture
    def world(self, settings, clients, hook, secrets) -> World:  # noqa: ARG002 - it makes one
        clients.ses.create_email_identity(EmailIdentity="example.com")
        return World(settings, clients, hook)

    def test_each_way_gets_a_message_of_its_own(self, world, hook):
        world.handle(BODY)

        queued = world.queued()
        assert set(queued) == {"email", "webhook", "handlers"}
        assert queued["handlers"] == {**BODY, "audience": "handlers"}
        assert queued["email"]["content"] == waiting().content
        assert (world.handled, world.mails, hook.received) == ([], [], [])

        for body in queued.values():
            assert world.handle(body) == {"batchItemFailures": []}

        assert world.handled == ["PENDING"]
        assert len(hook.received) == 1
        (mail,) = world.mails
        assert mail["FromEmailAddress"] == "a@example.com"
        assert mail["Destination"] == {"ToAddresses": ["boss@acme.example"]}
        subject = mail["Content"]["Simple"]["Subject"]["Data"]
        assert subject == "[test] Approval needed: Close Kansai: flooded"
        assert world.queued() == {}

    def test_a_change_that_is_for_nobody_outside_goes_to_the_handlers_at_once(self, world):
        world.handle({**BODY, "content": {"status": "APPROVED"}})

        assert world.handled == ["APPROVED"]
        assert world.queued() == {}

    def test_without_a_handler_there_is_no_message_for_handlers(self, settings, clients, hook):
        world = World(settings, clients, hook)
        world.application = Application(world.settings, clients)

        world.handle(BODY)

        assert set(world.queued()) == {"email", "webhook"}

    def test_a_tenant_of_whom_nobody_is_told_gets_no_mail(self, world):
        body = {**BODY, "pk": "APPROVAL#quiet", "tenant": "quiet"}

        assert world.handle({**body, "audience": "email"}) == {"batchItemFailures": []}
        assert world.mails == []

    def test_a_webhook_that_is_down_is_tried_again_and_set_aside_with_its_reason(
        self, world, hook, settings
    ):
        hook.statuses = [500] * settings.max_receive_count
        body = {**BODY, "audience": "webhook"}
        for receives in range(1, settings.max_receive_count):
            with pytest.raises(TransientError):
                world.handle(body, receives)

        assert world.handle(body, settings.max_receive_count) == {"batchItemFailures": []}

        letter = world.letter()
        assert letter["error"] == "TransientError"
        assert "answered 500 to approval-waiting of acme close-KIX" in letter["reason"]
        assert json.loads(letter["body"]) == body
        assert (world.mails, world.handled) == ([], [])

    def test_a_webhook_that_refuses_is_set_aside_at_once(self, world, hook):
        hook.statuses = [403]

        assert world.handle({**BODY, "audience": "webhook"}) == {"batchItemFailures": []}
        assert world.letter()["error"] == "ConfigurationError"

    def test_a_sender_that_is_not_verified_is_tried_again(self, world, clients):
        clients.ses.delete_email_identity(EmailIdentity="example.com")

        with pytest.raises(ClientError, match="MessageRejected"):
            world.handle({**BODY, "audience": "email"})

    @pytest.mark.parametrize("audience", [Audience.EMAIL, Audience.WEBHOOK])
    def test_what_is_asked_for_no_more_is_not_told(self, settings, clients, audience):
        application = Application(settings, clients)
        body = json.dumps({**BODY, "audience": audience})
        event = sqs_event(body, queue=f"test-cqrs-{Queue.NOTIFICATION}")

        assert application.handle(event) == {"batchItemFailures": []}

    @pytest.mark.parametrize("audience", [5, None, [], {}, "somebody"])
    def test_an_audience_that_is_none_is_everybody(self, world, audience):
        world.handle({**BODY, "audience": audience})

        assert set(world.queued()) == {"email", "webhook", "handlers"}
