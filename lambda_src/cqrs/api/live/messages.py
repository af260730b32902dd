"""Messages of the live channel, both ways: JSON objects, each with its ``type``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.api import schemas
from cqrs.api.bodies import faults_of
from cqrs.core.json_text import from_json, to_json
from cqrs.core.keys import PARTITION_KEY_BYTES, SORT_KEY_BYTES, tenant_code
from cqrs.notifications.listeners import Interest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cqrs.api.roles import Roles

LARGEST_MESSAGE = 32 * 1024
"""Bytes of a message, either way: a frame, and what API Gateway bills as one message (its guide,
"WebSocket API quotas")."""

LONGEST_KEYS = {
    "pk": PARTITION_KEY_BYTES,
    "sk": SORT_KEY_BYTES,
    "sk_prefix": SORT_KEY_BYTES,
}

DEFAULT_NAME = "default"
NAME = re.compile(r"[A-Za-z0-9_]{1,40}")

MOST_SUBSCRIPTIONS = 20
"""Of a connection; each lies in an item for each kind of change."""


class Asked(StrEnum):
    """Types of messages that clients send."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    PING = "ping"


class Told(StrEnum):
    """Types of messages that clients get."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    PONG = "pong"
    ERROR = "error"
    NOTIFICATION = "notification"


ACTIONS = {"type": "array"}
SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    Asked.SUBSCRIBE: schemas.body_of(
        ("type",),
        type=schemas.TEXT,
        id=schemas.TEXT,
        actions=ACTIONS,
        pk=schemas.TEXT,
        sk=schemas.TEXT,
        sk_prefix=schemas.TEXT,
    ),
    Asked.UNSUBSCRIBE: schemas.body_of(("type",), type=schemas.TEXT, id=schemas.TEXT),
    Asked.PING: schemas.body_of(("type",), type=schemas.TEXT),
}


class Refused(Exception):
    """A message that is not done; its connection stays.

    Attributes
    ----------
    code
        Name of the kind of fault, for programs.
    errors
        Each fault by itself, with its place, if there are several.
    """

    def __init__(self, code: str, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Subscription:
    """A client's wish to be notified.

    Attributes
    ----------
    name
        The client's name for it.
    actions
        The kinds of change.
    interest
        The part of them.
    """

    name: str
    actions: tuple[str, ...]
    interest: Interest


def read(text: str) -> dict[str, Any]:
    """Read a message of a client, whose members are those that its type has.

    Raises
    ------
    Refused
        If it is not such a message.
    """
    size = len(text.encode(errors="backslashreplace"))
    if size > LARGEST_MESSAGE:
        raise Refused(
            "message", f"The message has {size:,} bytes; {LARGEST_MESSAGE:,} are taken at most."
        )
    try:
        message = from_json(text, unique_keys=True)
    except ValueError as error:
        raise Refused("not-json", f"The message is not JSON: {error}.") from None
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in SCHEMAS:
        known = ", ".join(SCHEMAS)
        raise Refused(
            "type",
            f"type of the message is {kind!r:.80}; send an object whose type is one of {known}.",
        )
    faults = list(faults_of(SCHEMAS[kind], message))
    if faults:
        one = faults[0]["detail"]
        told = one if len(faults) == 1 else f"There are {len(faults)} faults: see errors."
        raise Refused("message", told, faults)
    return dict(message)


def name_in(message: Mapping[str, Any]) -> str:
    """The name of the subscription that a message is about.

    Raises
    ------
    Refused
        If it cannot be one.
    """
    name: str = message.get("id", DEFAULT_NAME)
    if not NAME.fullmatch(name):
        raise Refused(
            "message", f"id is {name[:80]!r}; it must be 1 to 40 letters, digits and underscores."
        )
    return name


def subscription_in(
    message: Mapping[str, Any], tenant: str, roles: Roles, followers: Mapping[str, Roles]
) -> Subscription:
    """The subscription that a message asks for, if its sender may have it.

    Parameters
    ----------
    tenant, roles
        Whom the connection is for.
    followers
        The roles of which one is needed, by the kind of change.

    Raises
    ------
    Refused
        If it is of another tenant, of kinds that are unknown or need another role, or contradicts
        itself.
    """
    name, pk = name_in(message), message.get("pk")
    _refuse_long_keys(message)
    if pk is not None and tenant_code(pk) != tenant:
        raise Refused(
            "tenant",
            f"pk is {pk[:80]!r}, which is not of your tenant {tenant!r}: a connection follows the "
            "tenant of its ticket alone.",
        )
    if "sk" in message and "sk_prefix" in message:
        raise Refused("message", "Both sk and sk_prefix are there: send one of them.")
    allowed = sorted(action for action, needed in followers.items() if needed & roles)
    actions = _asked_actions(message.get("actions", allowed), followers)
    if missing := [action for action in actions if action not in allowed]:
        needed = ", ".join(sorted(followers[missing[0]]))
        raise Refused(
            "role", f"{missing[0]} needs one of the roles {needed}. Ask an administrator for one."
        )
    return Subscription(name, actions, Interest(pk, message.get("sk"), message.get("sk_prefix")))


def _refuse_long_keys(message: Mapping[str, Any]) -> None:
    """Refuse what no key is, and would take the room of a connection's other subscriptions."""
    for part, longest in LONGEST_KEYS.items():
        if len(message.get(part, "").encode()) > longest:
            raise Refused("message", f"{part} is longer than the {longest:,} bytes of any key.")


def _asked_actions(given: Any, followers: Mapping[str, Roles]) -> tuple[str, ...]:
    known = ", ".join(sorted(followers))
    if not given:
        raise Refused(
            "message", f"actions is empty: leave it out for all, or name some of {known}."
        )
    if unknown := [one for one in given if not isinstance(one, str) or one not in followers]:
        raise Refused("action", f"There is no action {unknown[0]!r:.80}; known are {known}.")
    return tuple(sorted(set(given)))


def written(kind: Told, **members: Any) -> str:
    """A message for a client, as text."""
    return to_json({"type": kind.value, **members}, compact=True)
