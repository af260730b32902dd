"""Notices by e-mail, through Amazon SES.

SES knows no repeat of a request. So a notice may be mailed twice, as it may be told twice.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.notice_kinds import NoticeKind
from cqrs.notifications.notices import one_line, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.aws.clients import Clients
    from cqrs.notifications.notices import Notice
    from cqrs.notifications.receivers import EmailReceivers

SUBJECT_LENGTH = 150
"""Characters of a subject; what is longer, nobody sees whole."""

CHARSET = "UTF-8"

HEADLINES: Mapping[NoticeKind, str] = {
    NoticeKind.APPROVAL_WAITING: "Approval needed",
    NoticeKind.APPROVAL_EXPIRED: "Nobody has answered",
    NoticeKind.TASK_FAILED: "Task failed",
    NoticeKind.IMPORT_FAILED: "Import failed",
}

BY_LINK: Mapping[NoticeKind, str] = {
    NoticeKind.APPROVAL_WAITING: "Sign in, and answer it here:",
    NoticeKind.APPROVAL_EXPIRED: "Sign in, and look at it here:",
    NoticeKind.TASK_FAILED: "Sign in, and look at it here:",
    NoticeKind.IMPORT_FAILED: "Sign in, and look at it here:",
}
BY_COMMAND: Mapping[NoticeKind, str] = {
    NoticeKind.APPROVAL_WAITING: "This line approves it; `approvals show` shows it before, and "
    "`approvals reject` rejects it:",
    NoticeKind.APPROVAL_EXPIRED: "This line tells what happened:",
    NoticeKind.TASK_FAILED: "This line tells what happened:",
    NoticeKind.IMPORT_FAILED: "This line tells what happened:",
}
"""The line before the way to the thing, with a console and without one."""

PAGE = """<!DOCTYPE html>
<html lang="en">
<body style="font-family: sans-serif">
<h1 style="font-size: 1.2em">{headline}</h1>
<table>
{rows}
</table>
<p>{lead}</p>
<p>{place}</p>
</body>
</html>
"""
ROW = '<tr><th style="text-align: left; padding-right: 1em">{name}</th><td>{value}</td></tr>'


class Mailer:
    """Mails notices.

    Parameters
    ----------
    clients
        Access to SES.
    receivers
        The sender, and who gets mails.
    """

    def __init__(self, clients: Clients, receivers: EmailReceivers) -> None:
        self._clients = clients
        self._receivers = receivers

    @property
    def kinds(self) -> frozenset[NoticeKind]:
        """The kinds of notices that are mailed."""
        return self._receivers.kinds

    def tell(self, notice: Notice) -> bool:
        """Mail a notice (one SendEmail); one may be mailed twice.

        Returns
        -------
        bool
            False if nobody gets mails about the tenant.

        Raises
        ------
        TransientError
            If SES could not do it just now, or had too much to do.
        botocore.exceptions.ClientError
            If SES refused it, as when an address is not verified.
        """
        receivers = self._receivers
        addresses = receivers.of(notice.tenant)
        if not addresses:
            return False
        configuration = receivers.configuration_set
        send(
            self._clients.ses,
            "send_email",
            FromEmailAddress=receivers.from_address,
            Destination={"ToAddresses": list(addresses)},
            Content={
                "Simple": {
                    "Subject": _text(subject_of(notice)),
                    "Body": {"Text": _text(text_of(notice)), "Html": _text(page_of(notice))},
                }
            },
            **({"ConfigurationSetName": configuration} if configuration else {}),
        )
        return True


def subject_of(notice: Notice) -> str:
    """The subject, in one line."""
    begin = f"[{notice.environment}] " if notice.environment else ""
    return shortened(f"{begin}{_headline(notice)}", SUBJECT_LENGTH)


def text_of(notice: Notice) -> str:
    """The plain text."""
    facts = _facts(notice)
    width = max(map(len, facts))
    return "\n".join(
        [
            _headline(notice),
            "",
            *(f"{name:{width}}  {value}" for name, value in facts.items()),
            "",
            _lead(notice),
            notice.link or one_line(notice.command),
            "",
        ]
    )


def page_of(notice: Notice) -> str:
    """The same as HTML."""
    rows = [
        ROW.format(name=escape(name), value=escape(value)) for name, value in _facts(notice).items()
    ]
    return PAGE.format(
        headline=escape(_headline(notice)),
        rows="\n".join(rows),
        lead=escape(_lead(notice)),
        place=_place(notice),
    )


def _headline(notice: Notice) -> str:
    return one_line(f"{HEADLINES[notice.kind]}: {notice.title}")


def _place(notice: Notice) -> str:
    if notice.link is None:
        return f"<code>{escape(one_line(notice.command))}</code>"
    return f'<a href="{escape(notice.link)}">{escape(notice.link)}</a>'


def _lead(notice: Notice) -> str:
    return (BY_COMMAND if notice.link is None else BY_LINK)[notice.kind]


def _facts(notice: Notice) -> dict[str, str]:
    named = {
        "Asked by": notice.asked_by,
        "Answer until": notice.expires_at if notice.kind is NoticeKind.APPROVAL_WAITING else None,
        "Tenant": notice.tenant,
        "Id": notice.id,
    }
    return {name: one_line(value) for name, value in named.items() if value}


def _text(data: str) -> dict[str, Any]:
    return {"Data": data, "Charset": CHARSET}
