"""Notices by HTTP, signed as the specification of Standard Webhooks says.

Its libraries verify them, whatever language a receiver is written in. A signature is of the id, the
time at which the notice was sent, and the body. So nobody can change a request, nor send one
again later. The id follows from the body: a notice that is told twice has the same one.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
import time
from base64 import b64decode, b64encode
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cqrs.core.json_text import to_json
from cqrs.core.texts import message_of, storable
from cqrs.errors import ConfigurationError, TransientError, Unreachable
from cqrs.notifications.notices import one_line, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.aws.secrets import Secrets
    from cqrs.notice_kinds import NoticeKind
    from cqrs.notifications.notices import Notice
    from cqrs.notifications.receivers import WebhookReceiver

LONGEST_SECONDS = 5.0
"""How long a receiver has for its answer, from looking up its name to its status."""

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"
"""Headers (Standard Webhooks, "Webhook metadata")."""

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
LEAST_KEY_BYTES = 24
ID_LENGTH = 32

SUCCESS = range(200, 300)
AGAIN = frozenset({408, 429})
SERVER_ERROR = 500

SHOWN_BYTES = 200
"""How much of an answer an error shows."""

HOW_TO_MAKE = "Make one by `echo whsec_$(openssl rand -base64 32)`."


class Webhook:
    """Posts notices to the receiver.

    Parameters
    ----------
    secrets
        Reads the secret, for each notice, so that one that was rotated is in use at once.
    receiver
        Who is told.
    seconds
        How long the receiver has for its answer.
    """

    def __init__(
        self, secrets: Secrets, receiver: WebhookReceiver, seconds: float = LONGEST_SECONDS
    ) -> None:
        self._secrets = secrets
        self._receiver = receiver
        self._seconds = seconds

    @property
    def kinds(self) -> frozenset[NoticeKind]:
        """The kinds of notices that are posted."""
        return self._receiver.kinds

    def tell(self, notice: Notice) -> bool:
        """Post a notice (one GetSecretValue and one POST); one may be posted twice.

        Only the address itself is asked: no redirect is followed. TLS certificates are verified.

        Returns
        -------
        bool
            True: it is for every tenant.

        Raises
        ------
        TransientError
            If the receiver did not answer in time, or could not take it just now: statuses 408, 429
            and from 500 on.
        ConfigurationError
            If it refused it, or the secret is none.
        """
        body = body_of(notice)
        key = signing_key(self._secrets.text(self._receiver.secret), self._receiver.secret)
        headers = {
            "content-type": "application/json",
            "user-agent": "command-workflows",
            **signed(key, body, int(time.time())),
        }
        url = self._receiver.url
        what = f"{notice.kind} of {notice.tenant} {notice.id}"
        status, answer = _answer_of(url, body, headers, self._seconds)
        if status in SUCCESS:
            return True
        told = f"The webhook {_shown(url)} answered {status} to {what}: {answer or 'nothing'}."
        if status in AGAIN or status >= SERVER_ERROR:
            raise TransientError(told)
        raise ConfigurationError(
            f"{told} Mend the address or the receiver, and give the dead letter back."
        )


def body_of(notice: Notice) -> bytes:
    """The body; that of the same change is the same whenever it is told."""
    data = {
        "environment": notice.environment,
        "tenant": notice.tenant,
        "id": notice.id,
        "title": notice.title,
        "asked_by": notice.asked_by,
        "expires_at": notice.expires_at,
        "link": notice.link,
        "command": notice.command,
    }
    return to_json({"type": notice.kind.value, "data": data}, ascii_only=True).encode()


def signing_key(secret: str, name: str) -> bytes:
    """The key that a secret stands for.

    Raises
    ------
    ConfigurationError
        If it is not ``whsec_`` and the Base64 of 24 bytes at least.
    """
    text = secret.strip()
    try:
        key = b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(SECRET_PREFIX) or len(key) < LEAST_KEY_BYTES:
        raise ConfigurationError(
            f"The secret {name} must be {SECRET_PREFIX} and the Base64 of at least "
            f"{LEAST_KEY_BYTES} bytes. {HOW_TO_MAKE}"
        )
    return key


def signed(key: bytes, body: bytes, timestamp: int) -> dict[str, str]:
    """The headers that sign a body."""
    identity = f"msg_{hashlib.sha256(body).hexdigest()[:ID_LENGTH]}"
    content = f"{identity}.{timestamp}.".encode() + body
    signature = b64encode(hmac.digest(key, content, "sha256")).decode()
    return {ID: identity, TIMESTAMP: str(timestamp), SIGNATURE: f"v1,{signature}"}


def _answer_of(url: str, body: bytes, headers: dict[str, str], seconds: float) -> tuple[int, str]:
    """Status and beginning of the answer.

    A thread of its own asks, as a receiver that sends a byte now and then keeps each timeout of
    a socket from coming.
    """
    outcome: list[tuple[int, str] | Exception] = []

    def ask() -> None:
        try:
            outcome.append(_ask(url, body, headers, seconds))
        except (OSError, HTTPException, ValueError) as error:
            outcome.append(error)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise Unreachable(f"The webhook {_shown(url)} did not answer within {seconds:g} s.")
    found = outcome[0]
    if isinstance(found, Exception):
        raise Unreachable(
            f"The webhook {_shown(url)} cannot be reached: {type(found).__name__}: "
            f"{message_of(found)}"
        ) from found
    return found


def _ask(url: str, body: bytes, headers: dict[str, str], seconds: float) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = _connections(parts.scheme)(parts.hostname or "", parts.port, seconds)
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        shown = b"" if answer.status in SUCCESS else answer.read(SHOWN_BYTES)
        return answer.status, one_line(shown.decode(errors="replace")).strip()
    finally:
        connection.close()


def _connections(scheme: str) -> Callable[[str, int | None, float], HTTPConnection]:
    """Makes connections; the options let only an environment on an emulator do so without TLS."""
    if scheme == "http":
        return lambda host, port, seconds: HTTPConnection(host, port, timeout=seconds)
    context = ssl.create_default_context()
    return lambda host, port, seconds: HTTPSConnection(host, port, timeout=seconds, context=context)


def _shown(url: str) -> str:
    """The address without what may be a token of its receiver."""
    parts = urlsplit(url)
    return shortened(storable(f"{parts.scheme}://{parts.netloc}"), SHOWN_BYTES)
