"""The built-in sync handler: moves a data item from one version to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.item_store import IS_NEW, Condition, Update
from cqrs.commands.models import Command, marked_schema
from cqrs.core.item_content import SCHEMA_VERSION
from cqrs.core.keys import CommandKey, tenant_code
from cqrs.core.versions import version_of
from cqrs.errors import ConditionFailed, ItemTooLarge, VersionAlreadyApplied, VersionGap
from cqrs.storage.large_attributes import ATTRIBUTES, ATTRIBUTES_KEY, refuse_damaged_attributes
from cqrs.storage.large_values import placement

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.storage.large_attributes import LargeAttributes


REPLACED = (ATTRIBUTES, ATTRIBUTES_KEY, SCHEMA_VERSION)
"""Attributes that an item keeps of its own version alone."""


def next_version_condition(version: int) -> Condition:
    """Condition that an item is at the version before, so that versions move one at a time."""
    if version == 1:
        return IS_NEW
    return Condition("#version = :previous", {"previous": version - 1})


class DataWriter:
    """Applies commands to the data table.

    Parameters
    ----------
    store
        Access to tables.
    table
        Name of the data table.
    attributes
        Makes access to large attributes.
    """

    def __init__(
        self, store: ItemStore, table: str, attributes: Callable[[], LargeAttributes]
    ) -> None:
        self._store = store
        self._table = table
        self._attributes = attributes

    def write(self, command: Item) -> None:
        """Apply a command's item; a repeat changes nothing (one UpdateItem, a repeat one more).

        Raises
        ------
        VersionAlreadyApplied
            If another command made this version, or this one said something else then.
        VersionGap
            If the item is not at the version before.
        """
        try:
            self._apply(command)
        except ConditionFailed:
            self._accept_repeat(command)

    def update(self, command: Item) -> Update:
        """The write that applies a command: from the version before to the command's own.

        Raises
        ------
        ValidationError
            If the command's item is damaged.
        """
        refuse_damaged_attributes(command)
        made = Command.from_item(command, {})
        key, content = made.key, made.content
        placed = {**placement(command, ATTRIBUTES), **marked_schema(content)}
        return Update(
            self._table,
            key.pk,
            key.base,
            assign={
                "name": content.name,
                "isDeleted": content.is_deleted,
                "tenantCode": tenant_code(key.pk),
                "requestId": made.request_id,
                **placed,
                "version": key.version,
                "updatedAt": made.created_at,
            },
            assign_once={"createdAt": made.created_at},
            remove=[name for name in REPLACED if name not in placed],
            condition=next_version_condition(key.version),
        )

    def _apply(self, command: Item) -> None:
        try:
            self._store.update(self.update(command))
        except ItemTooLarge:
            self._store.update(self.update(self._attributes().moved(command)))

    def _accept_repeat(self, command: Item) -> None:
        key = CommandKey.parse(command["pk"], command["sk"])
        state = self._store.get(self._table, key.pk, key.base)
        version = version_of(state)
        if state is None or version < key.version:
            raise VersionGap(
                f"{key} cannot be applied: its item is at version {version}, not "
                f"{key.version - 1}. Find out who changed the data table, then retry."
            )
        if version == key.version and state.get("requestId") != command["requestId"]:
            raise VersionAlreadyApplied(
                f"{key} cannot be applied: publish call {state.get('requestId')} made version "
                f"{version} already. Publish again on the latest version."
            )
        if version == key.version and not _says_the_same(state, command):
            raise VersionAlreadyApplied(
                f"{key} cannot be applied again: somebody changed it after it was applied, and its "
                "item says what it said before. Publish what it says now on the latest version."
            )


def _says_the_same(state: Item, command: Item) -> bool:
    """Whether a data item holds what its command says, as far as neither lies in the bucket."""
    content = Command.from_item(command, {}).content
    if (state.get("name"), state.get("isDeleted")) != (content.name, content.is_deleted):
        return False
    are_both_here = ATTRIBUTES in state and ATTRIBUTES in command
    return not are_both_here or state[ATTRIBUTES] == command[ATTRIBUTES]
