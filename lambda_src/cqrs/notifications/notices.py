"""Notices: changes, as people and programs outside the environment hear about them.

A notice names what changed, and leads to it. It holds nothing of any item: whoever follows its link
signs in, and sees what their roles allow.
"""

from __future__ import annotations

import shlex
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.texts import storable
from cqrs.notice_kinds import NoticeKind
from cqrs.notifications.queue import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.notifications.links import ConsoleLinks
    from cqrs.notifications.queue import Notification

KINDS: Mapping[tuple[str, str], NoticeKind] = {
    (Action.APPROVAL_STATUS, "PENDING"): NoticeKind.APPROVAL_WAITING,
    (Action.APPROVAL_STATUS, "EXPIRED"): NoticeKind.APPROVAL_EXPIRED,
    (Action.TASK_STATUS, "FAILED"): NoticeKind.TASK_FAILED,
    (Action.IMPORT_STATUS, "FAILED"): NoticeKind.IMPORT_FAILED,
}
"""The kind of a notice, by the action and the status of the notification that it is made of."""

PAGES: Mapping[NoticeKind, str] = {
    NoticeKind.APPROVAL_WAITING: "approvals",
    NoticeKind.APPROVAL_EXPIRED: "approvals",
    NoticeKind.TASK_FAILED: "tasks",
    NoticeKind.IMPORT_FAILED: "imports",
}
"""Pages of the console that notices lead to."""

NAMED_BY: Mapping[NoticeKind, str] = {
    NoticeKind.APPROVAL_WAITING: "title",
    NoticeKind.APPROVAL_EXPIRED: "title",
    NoticeKind.TASK_FAILED: "type",
    NoticeKind.IMPORT_FAILED: "target",
}
"""The part of a notification's content that people know the thing by."""

STATUS = "status"
ASKED_BY = "execution"
UNTIL = "expiresAt"

NEEDED = frozenset({STATUS, ASKED_BY, UNTIL, *NAMED_BY.values()})
"""All parts of a notification's content that a notice is made of."""

LONGEST_TITLE = 200
"""Characters of a title; the project's services make none that has more."""

UNPRINTED = frozenset({"Cc", "Cs", "Zl", "Zp"})
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Categories of characters that break a line or are none, and those that turn its direction."""

CUT = "…"


@dataclass(frozen=True, slots=True)
class Notice:
    """A change, as it is told outside; its texts are as data has them, and may break lines.

    Attributes
    ----------
    kind
        The kind of change.
    environment
        Name of the environment.
    tenant
        The tenant whose thing has changed.
    id
        Id of the thing, as the HTTP API and the console know it.
    title
        The question of a request, the type of a task, or the target of an import.
    asked_by
        State machine and execution that ask for an approval; None of other things.
    expires_at
        Until when the answer is waited for; None likewise.
    link
        Address of its page in the console; None if there is no console.
    command
        The line of a shell that answers it, or tells what happened.
    """

    kind: NoticeKind
    environment: str
    tenant: str
    id: str
    title: str
    asked_by: str | None
    expires_at: str | None
    link: str | None
    command: str


class NoticeMaker:
    """Makes notices of notifications.

    Parameters
    ----------
    environment
        Name of the environment.
    links
        Makes links.
    """

    def __init__(self, environment: str, links: ConsoleLinks) -> None:
        self._environment = environment
        self._links = links

    def make(self, notification: Notification) -> Notice | None:
        """The notice of a change; None if nobody outside is to hear about it."""
        kind = kind_of(notification)
        if kind is None:
            return None
        content = notification.content
        return Notice(
            kind=kind,
            environment=self._environment,
            tenant=storable(notification.tenant),
            id=storable(_id_of(notification)),
            title=shortened(_text(content, NAMED_BY[kind]), LONGEST_TITLE),
            asked_by=_asker(_text(content, ASKED_BY)),
            expires_at=_text(content, UNTIL) or None,
            link=self._links.to(notification.tenant, PAGES[kind], _id_of(notification)),
            command=storable(self._command(kind, notification)),
        )

    def _command(self, kind: NoticeKind, notification: Notification) -> str:
        key = f"{notification.pk}/{notification.sk}"
        words = ["approvals", "approve"] if kind is NoticeKind.APPROVAL_WAITING else ["explain"]
        environment = ["--env", self._environment] if self._environment else []
        return shlex.join(["cqrs", *environment, *words, key])


def kind_of(notification: Notification) -> NoticeKind | None:
    """The kind of the notice of a change; None if there is no such notice."""
    return KINDS.get((notification.action, _text(notification.content, STATUS)))


def needed_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a notification's content that its notice is made of."""
    return {name: value for name, value in content.items() if name in NEEDED}


def one_line(text: str) -> str:
    """Text that stays on its line: a space in the place of what would break or turn it."""
    return "".join(" " if _is_unprinted(character) else character for character in text)


def shortened(text: str, length: int) -> str:
    """Text of a length at most, with a mark if something of it is missing."""
    return text if len(text) <= length else text[: length - len(CUT)] + CUT


def _is_unprinted(character: str) -> bool:
    return character in TURNING or unicodedata.category(character) in UNPRINTED


def _id_of(notification: Notification) -> str:
    """The id within its tenant, as the HTTP API has it."""
    if notification.action == Action.APPROVAL_STATUS:
        return notification.sk
    dotted = notification.sk.replace(KEY_SEPARATOR, ".")
    if notification.action == Action.IMPORT_STATUS:
        return dotted
    return f"{notification.pk.partition(KEY_SEPARATOR)[0]}.{dotted}"


def _asker(arn: str) -> str | None:
    """State machine and name of an execution, of its ARN."""
    machine, _, name = arn.rpartition(":")
    return f"{machine.rpartition(':')[2]}/{name}" if machine else None


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return storable(value) if isinstance(value, str) else ""
