"""Tickets: each lets one connection in, once, for a principal and one of its tenants.

A browser sends no headers with a WebSocket, so the ticket goes in the address. It is random, lives
for a minute and is worth nothing once it was used. The table holds its digest alone.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Condition, Put
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.errors import ConditionFailed
from cqrs.roles import Role

if TYPE_CHECKING:
    from cqrs.api.principals import Principal
    from cqrs.api.roles import Roles
    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item

TICKET = "TICKET"
"""The beginning of partition keys, and the sort key."""

TICKET_SECONDS = 60
"""How long a ticket may be used: the time to connect."""

RANDOM_BYTES = 32
TEXT = re.compile(r"[A-Za-z0-9_-]{43}")
"""A ticket as text: Base64 of that many bytes."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The one whom a ticket lets in.

    Attributes
    ----------
    subject, name, tenant, roles
        The principal, for that tenant.
    valid_until
        Second of the epoch at which its token ends; None if nothing says so.
    """

    subject: str
    name: str
    tenant: str
    roles: Roles
    valid_until: int | None

    def to_item(self) -> Item:
        """Its attributes."""
        return {
            "subject": self.subject,
            "name": self.name,
            "tenant": self.tenant,
            "roles": sorted(role.value for role in self.roles),
            **({} if self.valid_until is None else {"validUntil": self.valid_until}),
        }

    @classmethod
    def from_item(cls, item: Item) -> Admission:
        """Read what :meth:`to_item` has written."""
        roles = frozenset(map(Role, item["roles"]))
        return cls(item["subject"], item["name"], item["tenant"], roles, item.get("validUntil"))


class Tickets:
    """Issues tickets, and takes them.

    Parameters
    ----------
    store
        Access to tables.
    table
        Name of the live channel's table.
    """

    def __init__(self, store: ItemStore, table: str) -> None:
        self._store = store
        self._table = table

    def issue(self, principal: Principal, tenant: str) -> str:
        """Make a ticket for a tenant of a principal (one PutItem)."""
        ticket = secrets.token_urlsafe(RANDOM_BYTES)
        admission = Admission(
            principal.subject, principal.name, tenant, principal.roles, principal.valid_until
        )
        until = int(time.time()) + TICKET_SECONDS
        item = {"pk": _pk(ticket), "sk": TICKET, "until": until, "ttl": until}
        self._store.put(Put(self._table, {**item, **admission.to_item()}))
        return ticket

    def take(self, ticket: str) -> Admission | None:
        """Take a ticket, which is worth nothing from then on (one DeleteItem).

        If the answer of DynamoDB gets lost, nobody gets in by it, and the client asks for another.

        Returns
        -------
        Admission
            None if there is no such ticket, it was taken before, or it is too old.
        """
        if not TEXT.fullmatch(ticket):
            return None
        is_good = Condition("#until > :now", {"now": int(time.time())})
        try:
            item = self._store.delete(self._table, _pk(ticket), TICKET, is_good)
        except ConditionFailed:
            return None
        return None if item is None else Admission.from_item(item)


def _pk(ticket: str) -> str:
    return f"{TICKET}{KEY_SEPARATOR}{hashlib.sha256(ticket.encode()).hexdigest()}"
