"""Who listens live to what: an item for each kind of change that a connection follows.

It lies under the connection's tenant, and its sort key begins with the kind. So one Query finds all
whom a notification may concern, and nobody else. An item that is left over does no harm: the post
to its connection fails, and the item goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import Condition, Update
from cqrs.core.keys import KEY_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.notifications.queue import Notification

LISTENING = "LIVE"
"""The beginning of partition keys."""

SUBSCRIPTION = "subscription_"
"""Begins the attributes with subscriptions; the rest is the name that the client gave."""

MISSED = "missed"
EXPIRES_AT = "expiresAt"

PAGE = 1000
"""Items of one Query; some hundred bytes each, so that they fit into its 1 MB."""


@dataclass(frozen=True, slots=True)
class Interest:
    """The part of a kind of changes that a client wants to be told.

    Attributes
    ----------
    pk, sk, sk_prefix
        The item's partition key, its sort key, and the beginning of that; None for any.
    """

    pk: str | None = None
    sk: str | None = None
    sk_prefix: str | None = None

    def fits(self, notification: Notification) -> bool:
        """Whether a change is part of it."""
        return (
            self.pk in (None, notification.pk)
            and self.sk in (None, notification.sk)
            and notification.sk.startswith(self.sk_prefix or "")
        )

    def to_mapping(self) -> dict[str, str]:
        """The members that it has, by name."""
        named = {"pk": self.pk, "sk": self.sk, "sk_prefix": self.sk_prefix}
        return {name: value for name, value in named.items() if value is not None}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Interest:
        """Read what :meth:`to_mapping` has written."""
        return cls(mapping.get("pk"), mapping.get("sk"), mapping.get("sk_prefix"))


@dataclass(frozen=True, slots=True)
class Listener:
    """A connection that follows a kind of change.

    Attributes
    ----------
    tenant, action, connection_id
        Whose changes it follows, which, and the connection.
    interests
        The parts of them that it follows, by the names of its subscriptions.
    expires_at
        Second of the epoch at which its authority ends.
    missed
        How many changes of this kind it was not told for want of room or time.
    """

    tenant: str
    action: str
    connection_id: str
    interests: Mapping[str, Interest]
    expires_at: int
    missed: int = 0

    def subscriptions_to(self, notification: Notification) -> list[str]:
        """The names of its subscriptions that a change is for."""
        return [name for name, interest in self.interests.items() if interest.fits(notification)]

    @classmethod
    def from_item(cls, item: Item) -> Listener:
        """Read an item."""
        action, _, connection_id = item["sk"].partition(KEY_SEPARATOR)
        tenant = item["pk"].partition(KEY_SEPARATOR)[2]
        return cls(
            tenant, action, connection_id, interests_in(item), item[EXPIRES_AT], item.get(MISSED, 0)
        )


def interests_in(item: Item) -> dict[str, Interest]:
    """The subscriptions in an item, by their names."""
    return {
        name.removeprefix(SUBSCRIPTION): Interest.from_mapping(value)
        for name, value in item.items()
        if name.startswith(SUBSCRIPTION)
    }


class Listeners:
    """Reads and writes who listens.

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

    def of(self, tenant: str, action: str) -> Iterator[Listener]:
        """Those who follow a kind of change of a tenant (one Query for each MB of them).

        The reads are strongly consistent. So a client that has its answer misses no
        change after that.
        """
        start_after = None
        while True:
            page = self._store.query(
                self._table,
                _pk(tenant),
                sk_prefix=f"{action}{KEY_SEPARATOR}",
                limit=PAGE,
                start_after=start_after,
            )
            yield from map(Listener.from_item, page.items)
            if page.last_key is None:
                return
            start_after = page.last_key

    def hear(self, tenant: str, action: str) -> bool:
        """Whether anybody follows a kind of change of a tenant (one Query of one item)."""
        prefix = f"{action}{KEY_SEPARATOR}"
        page = self._store.query(self._table, _pk(tenant), sk_prefix=prefix, limit=1)
        return bool(page.items)

    def add(self, listener: Listener, ttl: int) -> None:
        """Let a connection follow a kind of change beside what it follows (one UpdateItem)."""
        named = {
            f"{SUBSCRIPTION}{name}": interest.to_mapping()
            for name, interest in listener.interests.items()
        }
        values = {**named, EXPIRES_AT: listener.expires_at, "ttl": ttl}
        pk, sk = _pk(listener.tenant), _sk(listener.action, listener.connection_id)
        self._store.update(Update(self._table, pk, sk, assign=values))

    def end(self, tenant: str, action: str, connection_id: str, name: str) -> None:
        """End a subscription to a kind of change (one UpdateItem; a DeleteItem for the last)."""
        pk, sk = _pk(tenant), _sk(action, connection_id)
        is_there = Condition("attribute_exists(#pk)")
        ended = Update(self._table, pk, sk, remove=(f"{SUBSCRIPTION}{name}",), condition=is_there)
        if not interests_in(self._store.update(ended)):
            self._store.delete(self._table, pk, sk)

    def remove(self, tenant: str, action: str, connection_id: str) -> None:
        """Let a connection follow a kind of change no longer (one DeleteItem)."""
        self._store.delete(self._table, _pk(tenant), _sk(action, connection_id))

    def note_missed(self, listener: Listener) -> None:
        """Count a change that a connection was not told (one UpdateItem)."""
        pk, sk = _pk(listener.tenant), _sk(listener.action, listener.connection_id)
        is_there = Condition("attribute_exists(#pk)")
        missed = Update(self._table, pk, sk, increase={MISSED: 1}, condition=is_there)
        self._store.update(missed)


def _pk(tenant: str) -> str:
    return f"{LISTENING}{KEY_SEPARATOR}{tenant}"


def _sk(action: str, connection_id: str) -> str:
    return f"{action}{KEY_SEPARATOR}{connection_id}"
