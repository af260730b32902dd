"""The reports of the work, and who gets them."""

from __future__ import annotations

import re
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, model_validator

from cqrs.notice_kinds import NoticeKind
from stacks.documents import render
from stacks.options.section import Section

ADDRESS = re.compile(
    r"(?=.{3,320}$)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}"
    r"[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
"""An address without a name, in ASCII as SES takes it (HTML standard, "Valid e-mail address")."""

DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")

MOST_ADDRESSES = 50
"""Recipients of one message (SES API v2 reference, SendEmail)."""

CONFIGURATION_SET = r"^[A-Za-z0-9_-]{0,64}$"
"""Form of its name (SES API v2 reference, CreateConfigurationSet)."""

SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
SECRET_ARN = re.compile(
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}"
    r"-[A-Za-z0-9]{6}"
)
"""Forms of a secret's name and of its whole ARN. That ends with six characters of Secrets
Manager's own (Secrets Manager guide, "What's in a Secrets Manager secret?")."""

ARN_BEGIN = "arn:"
SECRET_BEGIN = "whsec_"  # noqa: S105 - what a secret begins with, see docs/notifications.md

URL = re.compile(r"[!-~]{1,500}")
"""Visible ASCII: other characters go as their percent-encoding, and names as Punycode."""


def _address(text: str) -> str:
    if not ADDRESS.fullmatch(text):
        raise ValueError("must be an e-mail address in ASCII, such as approvers@example.com")
    return text


def _identity(text: str) -> str:
    if not (ADDRESS.fullmatch(text) or DOMAIN.fullmatch(text)):
        raise ValueError(
            "must be an identity of SES, which is a domain such as example.com, or an e-mail "
            "address"
        )
    return text


def _secret(text: str) -> str:
    if text.startswith(SECRET_BEGIN):
        raise ValueError(
            "must be the name of the secret, and not the secret itself. Make another one, as this "
            "one has been in a file"
        )
    is_arn = text.startswith(ARN_BEGIN)
    if not (SECRET_ARN if is_arn else SECRET_NAME).fullmatch(text):
        raise ValueError(
            "must be the name of a secret in Secrets Manager, or its whole ARN, "
            "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-6RANDOM"
        )
    return text


def _parts(url: str) -> SplitResult | None:
    """The parts of a URL that a request can be made to; None if it is none."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return None
    is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and has_port
    return parts if is_whole and URL.fullmatch(url) else None


def _webhook_url(url: str) -> str:
    parts = _parts(url)
    if parts is None or parts.fragment:
        raise ValueError(
            "must be a URL such as https://hooks.example.com/cqrs, in ASCII and of 500 characters "
            "at most"
        )
    if "@" in parts.netloc:
        raise ValueError("must have no user: requests are signed with the secret instead")
    return url


def _console_url(url: str) -> str:
    parts = _parts(url)
    if url and (parts is None or parts.query or parts.fragment or "@" in parts.netloc):
        raise ValueError("must be the address of a console such as https://console.example.com")
    return url.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]

Addresses = Annotated[list[Address], Field(max_length=MOST_ADDRESSES)]

Identity = Annotated[str, AfterValidator(_identity)]

Tenant = Annotated[str, Field(min_length=1)]

Kind = Annotated[NoticeKind, Field(strict=False)]


def _each_once(kinds: list[NoticeKind]) -> list[NoticeKind]:
    if len(set(kinds)) < len(kinds):
        raise ValueError("names a kind twice")
    return kinds


Kinds = Annotated[list[Kind], Field(min_length=1), AfterValidator(_each_once)]

OF_APPROVALS = [NoticeKind.APPROVAL_WAITING]


class EmailOptions(Section):
    """``[notifications.email]``: people who are told by e-mail, through Amazon SES."""

    from_address: Address = Field(description="Address that mails are sent from.")
    to: Addresses = Field(
        default_factory=list,
        description="Addresses that get the notices of all tenants but those of `tenants`; "
        "default none.",
    )
    tenants: dict[Tenant, Addresses] = Field(
        default_factory=dict,
        description="Addresses by tenant, in the place of `to`; default none. An empty list tells "
        "nobody.",
    )
    kinds: Kinds = Field(
        default_factory=lambda: list(OF_APPROVALS),
        description="Kinds of changes that are mailed, see docs/notifications.md.",
    )
    identities: list[Identity] = Field(
        default_factory=list,
        description="Verified identities of SES that the function may send by; by default the "
        "domain of `from_address`. In SES's sandbox, name those of the recipients too.",
    )
    configuration_set: str = Field(
        default="",
        pattern=CONFIGURATION_SET,
        description="Configuration set of SES, which an identity may have by default; default "
        "none.",
    )

    @model_validator(mode="after")
    def _somebody_is_told(self) -> Self:
        if not self.to and not any(self.tenants.values()):
            raise ValueError("tells nobody: give addresses in to, or in tenants")
        return self

    @property
    def sending_identities(self) -> list[str]:
        """Verified identities that the function may send by."""
        return self.identities or [self.from_address.rpartition("@")[2].lower()]

    @property
    def document(self) -> str:
        """Receivers and kinds, as the function reads them."""
        configuration = self.configuration_set
        return render(
            {
                "from_address": self.from_address,
                "to": self.to,
                "tenants": self.tenants,
                "kinds": self.kinds,
                **({"configuration_set": configuration} if configuration else {}),
            }
        )


class WebhookOptions(Section):
    """``[notifications.webhook]``: a program that is told by signed HTTP requests."""

    url: Annotated[str, AfterValidator(_webhook_url)] = Field(
        description="Address that changes are posted to, with https. The state has it, so let it "
        "hold no token."
    )
    secret: Annotated[str, AfterValidator(_secret)] = Field(
        description="Name or ARN of the secret in Secrets Manager that requests are signed with."
    )
    kinds: Kinds = Field(
        default_factory=lambda: list(OF_APPROVALS),
        description="Kinds of changes that are posted, see docs/notifications.md.",
    )

    @property
    def has_tls(self) -> bool:
        """Whether requests are encrypted."""
        return urlsplit(self.url).scheme == "https"

    @property
    def document(self) -> str:
        """Receivers and kinds, as the function reads them."""
        return render({"url": self.url, "secret": self.secret, "kinds": self.kinds})


class NotificationOptions(Section):
    """``[notifications]``: what is told beside the changes of tasks and imports, and to whom."""

    commands: bool = Field(
        default=False,
        description="Whether the end of every command is told, which costs an invocation and a "
        "message each; default false.",
    )
    topic: bool = Field(
        default=False,
        description="Whether there is an SNS topic that notifications are posted to; "
        "default false.",
    )
    console_url: Annotated[str, AfterValidator(_console_url)] = Field(
        default="",
        description="Address of a web console that `[console]` has not made, for links to its "
        "pages; default none.",
    )
    email: EmailOptions | None = Field(
        default=None, description="People who are told by e-mail; default nobody."
    )
    webhook: WebhookOptions | None = Field(
        default=None, description="A program that is told by HTTP; default none."
    )

    @property
    def email_document(self) -> str:
        """Receivers of mails, as the function reads them; empty if there are none."""
        return "" if self.email is None else self.email.document

    @property
    def webhook_document(self) -> str:
        """The webhook, as the function reads it; empty if there is none."""
        return "" if self.webhook is None else self.webhook.document
