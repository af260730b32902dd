"""Connections: who each is, until when it may be told anything, and what it follows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cqrs.api.tickets import Admission
from cqrs.aws.item_store import Condition, Put, Update
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.errors import ConditionFailed
from cqrs.notifications.listeners import (
    EXPIRES_AT,
    MISSED,
    SUBSCRIPTION,
    Interest,
    Listener,
    interests_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.notifications.listeners import Listeners

CONNECTION = "CONNECTION"
"""The beginning of partition keys, and the sort key."""

LONGEST_SECONDS = 2 * 60 * 60
"""How long API Gateway keeps a connection (its guide, "WebSocket API quotas")."""

LEFT_OVER_SECONDS = 10 * 60
"""How long an item outlives its connection, if nobody has reported its end."""

ACTIONS = "actions_"
"""Begins the attributes with the kinds of change that a subscription follows."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that was let in.

    Attributes
    ----------
    id
        As API Gateway calls it.
    admission
        Whom it is for.
    expires_at
        Second of the epoch from which on it is told nothing.
    interests, actions
        The parts and the kinds of change that it follows, by the names of its subscriptions.
    missed
        How many changes it was not told for want of room or time.
    """

    id: str
    admission: Admission
    expires_at: int
    interests: Mapping[str, Interest] = field(default_factory=dict)
    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missed: int = 0

    @property
    def tenant(self) -> str:
        """The tenant whose changes it may follow."""
        return self.admission.tenant

    @property
    def all_actions(self) -> set[str]:
        """The kinds of change that any of its subscriptions follows."""
        return {action for actions in self.actions.values() for action in actions}

    @classmethod
    def of_new(cls, connection_id: str, admission: Admission) -> Connection:
        """A connection that begins now, and ends with the token by which it came at the latest."""
        longest = int(time.time()) + LONGEST_SECONDS
        until = admission.valid_until
        return cls(connection_id, admission, longest if until is None else min(longest, until))

    @classmethod
    def from_item(cls, item: Item) -> Connection:
        """Read an item."""
        actions = {
            name.removeprefix(ACTIONS): tuple(value)
            for name, value in item.items()
            if name.startswith(ACTIONS)
        }
        return cls(
            item["pk"].partition(KEY_SEPARATOR)[2],
            Admission.from_item(item),
            item[EXPIRES_AT],
            interests_in(item),
            actions,
            item.get(MISSED, 0),
        )

    def to_item(self) -> Item:
        """The item of a new one."""
        return {
            "pk": _pk(self.id),
            "sk": CONNECTION,
            **self.admission.to_item(),
            EXPIRES_AT: self.expires_at,
            "ttl": self.ttl,
        }

    @property
    def ttl(self) -> int:
        """When what is left over of it goes."""
        return self.expires_at + LEFT_OVER_SECONDS


class Connections:
    """Keeps connections.

    Parameters
    ----------
    store
        Access to tables.
    table
        Name of the live channel's table.
    listeners
        Keeps who follows what.
    """

    def __init__(self, store: ItemStore, table: str, listeners: Listeners) -> None:
        self._store = store
        self._table = table
        self._listeners = listeners

    def add(self, connection: Connection) -> None:
        """Keep a new one (one PutItem)."""
        self._store.put(Put(self._table, connection.to_item()))

    def get(self, connection_id: str) -> Connection | None:
        """Read one (one GetItem)."""
        item = self._store.get(self._table, _pk(connection_id), CONNECTION)
        return None if item is None else Connection.from_item(item)

    def subscribe(
        self, connection: Connection, name: str, actions: tuple[str, ...], interest: Interest
    ) -> None:
        """Let a connection follow something under a name, in the place of what it had.

        One UpdateItem, and one more for each kind of change.
        """
        values = {
            f"{SUBSCRIPTION}{name}": interest.to_mapping(),
            f"{ACTIONS}{name}": list(actions),
        }
        # First, so that the end of the connection ends whatever it follows.
        self._change(connection, assign=values)
        for action in actions:
            listener = Listener(
                connection.tenant, action, connection.id, {name: interest}, connection.expires_at
            )
            self._listeners.add(listener, connection.ttl)
        self._end(connection, name, set(connection.actions.get(name, ())) - set(actions))

    def unsubscribe(self, connection: Connection, name: str) -> None:
        """Let it follow that no longer."""
        self._end(connection, name, set(connection.actions.get(name, ())))
        self._change(connection, remove=(f"{SUBSCRIPTION}{name}", f"{ACTIONS}{name}"))

    def remove(self, connection_id: str) -> None:
        """Forget a connection that has ended (one DeleteItem, and one for each kind of change)."""
        item = self._store.delete(self._table, _pk(connection_id), CONNECTION)
        if item is None:
            return
        connection = Connection.from_item(item)
        for action in sorted(connection.all_actions):
            self._listeners.remove(connection.tenant, action, connection_id)

    def note_missed(self, listener: Listener) -> None:
        """Count a change that a connection was not told (two UpdateItem)."""
        pk = _pk(listener.connection_id)
        is_there = Condition("attribute_exists(#pk)")
        missed = Update(self._table, pk, CONNECTION, increase={MISSED: 1}, condition=is_there)
        try:
            self._store.update(missed)
            self._listeners.note_missed(listener)
        except ConditionFailed:
            return  # it has ended meanwhile

    def _end(self, connection: Connection, name: str, actions: set[str]) -> None:
        for action in sorted(actions):
            try:
                self._listeners.end(connection.tenant, action, connection.id, name)
            except ConditionFailed:
                continue  # another message has ended it

    def _change(
        self,
        connection: Connection,
        *,
        assign: Mapping[str, object] | None = None,
        remove: tuple[str, ...] = (),
    ) -> None:
        is_there = Condition("attribute_exists(#pk)")
        pk = _pk(connection.id)
        self._store.update(
            Update(
                self._table, pk, CONNECTION, assign=assign or {}, remove=remove, condition=is_there
            )
        )


def _pk(connection_id: str) -> str:
    return f"{CONNECTION}{KEY_SEPARATOR}{connection_id}"
