"""Conditions that are left out, as mistakes that a model must find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cqrs.aws.item_store import Action, Check, Condition, Put, Update
from cqrs.core.attribute_values import Item
from cqrs.services import Services
from tests.model.stores import use_store

Chosen = Callable[[Any], bool]


class ForgetfulStore:
    """An item store that forgets a part of some conditions."""

    def __init__(self, store: Any, chosen: Chosen, part: str) -> None:
        self._store = store
        self._chosen = chosen
        self._part = part

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, action: Put) -> None:
        self._store.put(self._without(action))

    def update(self, action: Update) -> Item:
        item: Item = self._store.update(self._without(action))
        return item

    def write_together(self, actions: Sequence[Action], **attempts: int) -> None:
        changed = [self._without(action) for action in actions]
        kept = [action for action in changed if action.condition or not isinstance(action, Check)]
        self._store.write_together(kept, **attempts)

    def _without(self, action: Any) -> Any:
        if action.condition is None or not self._chosen(action):
            return action
        parts = action.condition.expression.split(" AND ")
        left = " AND ".join(part for part in parts if self._part not in part)
        return replace(action, condition=Condition(left, action.condition.values) if left else None)


def without(chosen: Chosen, part: str = "") -> Callable[[Services], None]:
    """Forget a part of the conditions of chosen actions; by default all of it."""

    def wire(services: Services) -> None:
        use_store(services, ForgetfulStore(services.store, chosen, part))

    return wire
