"""The base of a new command: the newest version of its item, found without walking versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.aws.item_store import Check, Condition
from cqrs.commands.data_writer import next_version_condition
from cqrs.core.keys import LAST_VERSION
from cqrs.core.versions import version_of
from cqrs.errors import ValidationError, VersionConflict

if TYPE_CHECKING:
    from cqrs.aws.item_store import Address, ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.core.keys import CommandKey, ItemKey
    from cqrs.settings import Settings

PROBES = 16
"""Keys that one probe looks at."""


@dataclass(frozen=True, slots=True)
class Base:
    """The version that a command builds on.

    Attributes
    ----------
    key
        The item.
    version
        0 for an item that does not exist yet.
    item
        The item that its content was read from; None for version 0.
    applied
        Whether that is the data item, and not a command that is still under way.
    check
        Condition under which a command with the next version may be written.
    """

    key: ItemKey
    version: int
    item: Item | None
    applied: bool
    check: Check

    @property
    def next_command(self) -> CommandKey:
        """Key of the command that builds on this version.

        Raises
        ------
        ValidationError
            If there is none: this version is the last that a sort key has room for.
        """
        if self.version >= LAST_VERSION:
            raise ValidationError(
                f"{self.key} is at version {self.version:,}, and versions end there: something "
                "else than CommandService wrote it. Mend its version in the data table: it is "
                "that of the last command that was applied to it."
            )
        return self.key.at(self.version + 1)


class Bases:
    """Finds the base of a new command.

    Parameters
    ----------
    store, settings
        Access to the tables.
    """

    def __init__(self, store: ItemStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    def new(self, key: ItemKey) -> Base:
        """The base of an item that the caller takes to be new (no request)."""
        return self.of(key, None)

    def of(self, key: ItemKey, state: Item | None) -> Base:
        """The base that a data item is, or its absence (no request)."""
        version = version_of(state)
        condition = next_version_condition(version + 1)
        check = Check(self._settings.data_table, key.pk, key.sk, condition)
        return Base(key, version, state, applied=True, check=check)

    def applied(self, key: ItemKey) -> Base:
        """The latest applied version; commands may be under way beyond it (one GetItem)."""
        return self.of(key, self._store.get(self._settings.data_table, key.pk, key.sk))

    def at(self, key: ItemKey, version: int) -> Base:
        """The version that the caller names (one BatchGetItem).

        Raises
        ------
        VersionConflict
            If it is not the newest.
        """
        data, command = self._data_address(key), self._address(key.at(version))
        successor = self._address(key.at(version + 1))
        found = self._store.get_many([data, command, successor])
        state = found.get(data)
        applied = version_of(state)
        # Commands expire in any order: none after this one does not say that none was applied.
        if successor not in found and applied <= version:
            if state is not None and applied == version:
                return self.of(key, state)
            if command in found:
                return self._command_base(key.at(version), found[command])
        newest = self._newest_after(key, state)
        if newest.version == version:
            return newest  # published since that look
        raise VersionConflict(key.pk, key.sk, base=version, current=newest.version)

    def newest(self, key: ItemKey) -> Base:
        """The newest version, applied or under way.

        One GetItem, and for n commands under way about log(n) / 4 BatchGetItem more.
        """
        state = self._store.get(self._settings.data_table, key.pk, key.sk)
        return self._newest_after(key, state)

    def _newest_after(self, key: ItemKey, state: Item | None) -> Base:
        applied = version_of(state)
        version, command = self._last_existing(key, applied)
        if command is None:
            return self.of(key, state)
        return self._command_base(key.at(version), command)

    def _last_existing(self, key: ItemKey, applied: int) -> tuple[int, Item | None]:
        """The last command above the applied version.

        Versions have no gaps, so the last one lies between a version that exists and one that
        does not. The first probes double their distance, the others divide the gap evenly.
        """
        low, high = applied, None
        command: Item | None = None
        probes = _doubling(low)
        while probes:
            found = self._store.get_many([self._address(key.at(version)) for version in probes])
            for version in probes:
                item = found.get(self._address(key.at(version)))
                if item is None:
                    high = version
                    break
                low, command = version, item
            probes = _doubling(low) if high is None else _dividing(low, high)
        return low, command

    def _command_base(self, key: CommandKey, command: Item) -> Base:
        exists = Condition("attribute_exists(#pk)")
        check = Check(self._settings.commands_table, key.pk, key.sk, exists)
        return Base(key.item, key.version, command, applied=False, check=check)

    def _data_address(self, key: ItemKey) -> Address:
        return self._settings.data_table, key.pk, key.sk

    def _address(self, key: CommandKey) -> Address:
        return self._settings.commands_table, key.pk, key.sk


def _doubling(low: int) -> list[int]:
    """Versions beyond one that exists, if none is known that does not."""
    return [low + 2**power for power in range(PROBES)]


def _dividing(low: int, high: int) -> list[int]:
    """Versions between one that exists and one that does not."""
    step = max(1, (high - low) // PROBES)
    return list(range(low + step, high, step))[:PROBES]
