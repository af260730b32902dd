"""The receivers of notices that an environment names, as the function's settings have them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cqrs.errors import ConfigurationError
from cqrs.notice_kinds import NoticeKind


@dataclass(frozen=True, slots=True)
class EmailReceivers:
    """Those who are told by e-mail.

    Attributes
    ----------
    from_address
        The sender's address.
    to
        Addresses that get the notices of every tenant that ``tenants`` does not name.
    tenants
        Addresses by tenant.
    kinds
        The kinds of notices that they are told.
    configuration_set
        SES's configuration set; empty for none.
    """

    from_address: str
    to: tuple[str, ...]
    tenants: Mapping[str, tuple[str, ...]]
    kinds: frozenset[NoticeKind]
    configuration_set: str = ""

    @classmethod
    def parse(cls, document: str) -> Self:
        """Read what the stack has written.

        Raises
        ------
        ConfigurationError
            If it is not that.
        """
        try:
            given = _object(document)
            return cls(
                from_address=str(given["from_address"]),
                to=tuple(given["to"]),
                tenants={tenant: tuple(to) for tenant, to in given["tenants"].items()},
                kinds=_kinds(given),
                configuration_set=str(given.get("configuration_set", "")),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _unreadable("NOTIFICATION_EMAIL", error) from None

    def of(self, tenant: str) -> tuple[str, ...]:
        """Addresses that get the notices of a tenant."""
        return self.tenants.get(tenant, self.to)


@dataclass(frozen=True, slots=True)
class WebhookReceiver:
    """The program that is told by HTTP.

    Attributes
    ----------
    url
        Its address.
    secret
        Name or ARN of the secret that requests are signed with.
    kinds
        The kinds of notices that it is told.
    """

    url: str
    secret: str
    kinds: frozenset[NoticeKind]

    @classmethod
    def parse(cls, document: str) -> Self:
        """Read what the stack has written.

        Raises
        ------
        ConfigurationError
            If it is not that.
        """
        try:
            given = _object(document)
            return cls(str(given["url"]), str(given["secret"]), _kinds(given))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _unreadable("NOTIFICATION_WEBHOOK", error) from None


def _object(document: str) -> Mapping[str, Any]:
    found = json.loads(document)
    if not isinstance(found, Mapping):
        raise TypeError("it is not an object")
    return found


def _kinds(given: Mapping[str, Any]) -> frozenset[NoticeKind]:
    return frozenset(map(NoticeKind, given["kinds"]))


def _unreadable(variable: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"The variable {variable} of the function cannot be read ({error!r}): deploy the stack "
        "again, which writes it."
    )
