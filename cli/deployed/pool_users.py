"""Users of an emulator's user pool, made for whoever tries the HTTP API."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = 60
"""Most pools or clients that a request lists (Cognito API reference, ListUserPools)."""

ALL_CLASSES = "Aa1!"
"""A character of each class that a password must have."""

PASSWORD_BYTES = 24
DIGEST_LENGTH = 12
MAIL_DOMAIN = "example.com"
"""Reserved: nobody gets mail there (RFC 2606)."""


@dataclass(frozen=True, slots=True)
class PoolUser:
    """A user as the pool knows it.

    Attributes
    ----------
    name
        Name that its commands and answers carry.
    tenants
        Tenants that it reaches.
    groups
        Groups that it is in.
    """

    name: str
    tenants: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def address(self) -> str:
        """The address by which the pool knows it, the same for the same user."""
        told = "\n".join([self.name, *sorted(self.tenants), "", *sorted(self.groups)])
        digest = hashlib.sha256(told.encode()).hexdigest()[:DIGEST_LENGTH]
        return f"{_plain(self.name)}-{digest}@{MAIL_DOMAIN}"


class UserPool:
    """The user pool of an environment on an emulator.

    Parameters
    ----------
    client
        Client of Cognito.
    name
        Name of the pool, and of its app client.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def token_of(self, user: PoolUser) -> str:
        """Make a user unless it is there, sign it in, and return its ID token.

        Its password is a new one each time, which nobody else gets to know.

        Raises
        ------
        NotFoundError
            If there is no such pool.
        """
        pool = self._id(
            self._pages("list_user_pools", "UserPools", {"MaxResults": PAGE}), "Id", "Name"
        )
        clients = self._pages(
            "list_user_pool_clients", "UserPoolClients", {"UserPoolId": pool, "MaxResults": PAGE}
        )
        client_id = self._id(clients, "ClientId", "ClientName")
        known = {"UserPoolId": pool, "Username": user.address}
        self._make(known, user)
        password = ALL_CLASSES + secrets.token_urlsafe(PASSWORD_BYTES)
        self._client.admin_set_user_password(**known, Password=password, Permanent=True)
        for group in user.groups:
            self._client.admin_add_user_to_group(**known, GroupName=group)
        answer = self._client.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user.address, "PASSWORD": password},
        )
        return str(answer["AuthenticationResult"]["IdToken"])

    def _make(self, known: dict[str, str], user: PoolUser) -> None:
        attributes = {
            "email": user.address,
            "email_verified": "true",
            "name": user.name,
            "custom:tenants": ",".join(user.tenants),
        }
        try:
            self._client.admin_create_user(
                **known,
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": key, "Value": text} for key, text in attributes.items()],
            )
        except self._client.exceptions.UsernameExistsException:
            return

    def _pages(self, operation: str, key: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        pages = self._client.get_paginator(operation).paginate(**parameters)
        return [entry for page in pages for entry in page[key]]

    def _id(self, entries: Sequence[dict[str, Any]], key: str, name_key: str) -> str:
        for entry in entries:
            if entry[name_key] == self._name:
                return str(entry[key])
        raise NotFoundError(
            f"There is no user pool {self._name} with an app client of that name: `make up` "
            "deploys it to MiniStack. LocalStack's free edition has none."
        )


def _plain(text: str) -> str:
    """The letters and digits of a text that every address may have."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(character for character in plain if character.isalnum())[:20] or "user"
