"""Bringing an export into an environment, for the same tenant or another one.

Versions before an item's last one are stored as they were. The last one is published as a command,
which the environment applies as any other. So history, order and times are those of the export, and
all sync handlers see each item once, in its last version. Each write has a condition, so a load
that was killed goes on when it is called again.

Commands that may yet be applied get request ids of the load, as their executions need new names
(:mod:`cqrs.exports.request_ids`). A repeated load finds those of the first one, and keeps them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from cqrs.aws.item_store import IS_NEW, Put
from cqrs.commands.models import CommandStatus, SyncMode
from cqrs.core.keys import KEY_SEPARATOR, CommandKey, ItemKey, item_type, tenant_code
from cqrs.core.timed_keys import new_ulid
from cqrs.core.versions import version_of
from cqrs.errors import ConditionFailed, PermanentError, ValidationError
from cqrs.exports.lines import item_of, read
from cqrs.exports.request_ids import exported, of_load
from cqrs.resources import Table
from cqrs.storage.large_attributes import ATTRIBUTES
from cqrs.storage.origins import CREATED_BY, IS_VERIFIED
from cqrs.storage.unfinished_work import UNFINISHED, shard_of

if TYPE_CHECKING:
    from cqrs.core.attribute_values import Item
    from cqrs.exports.records import Export
    from cqrs.services import Services

WORKERS = 8
CHUNK = 200
SHOWN_CONFLICTS = SHOWN_FAILURES = 5

Entry = dict[str, Any]


class Source(Protocol):
    """The files of an export."""

    def check(self, file: dict[str, Any]) -> None:
        """See that a file that the manifest names is whole.

        Raises
        ------
        ValidationError
            If it is not as it was written.
        """

    def lines(self, file: dict[str, Any]) -> Iterator[bytes]:
        """Lines of a file that the manifest names.

        Raises
        ------
        ValidationError
            If it is not as it was written.
        """


class TargetHasOther(PermanentError):
    """The target has data that the export does not lead to."""


@dataclass(slots=True)
class Loaded:
    """The deeds of a load.

    Attributes
    ----------
    stored
        Entries of each table that were stored, or had been before.
    published
        Items whose last version was published, or had been before.
    untold
        Items that were stored as a whole, as the state before their last version has expired: no
        sync handler has seen them.
    """

    stored: dict[str, int] = field(default_factory=dict)
    published: int = 0
    untold: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """States of the last versions that were published.

    Attributes
    ----------
    being_applied
        How many are still being applied.
    failed
        How many have failed.
    examples
        The first of those that failed.
    """

    being_applied: int = 0
    failed: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Author:
    """Who asked for a version."""

    name: str | None
    is_verified: bool


class Loader:
    """Loads an export.

    Parameters
    ----------
    services
        The target's.
    tenant
        The tenant that gets the data.
    export, source
        The manifest, and the files.
    """

    def __init__(self, services: Services, tenant: str, export: Export, source: Source) -> None:
        self._services = services
        self._tenant = tenant
        self._export = export
        self._source = source
        self._load = new_ulid()
        self._bounds: dict[bytes, int] = {}
        self._authors: dict[bytes, _Author] = {}

    def check(self) -> int:
        """See that all may be loaded, before anything is; how many items there are.

        Raises
        ------
        TargetHasOther
            If the target has an item in another version, or in the same one of another origin.
        ValidationError
            If the files are damaged, or of types whose schemas are newer than the target's.
        """
        for file in self._export.files:
            self._source.check(file)
        self._refuse_newer_schemas()
        conflicts: list[str] = []
        for chunk in _chunks(self._entries(Table.DATA)):
            items = [item_of(entry, self._tenant)[0] for entry in chunk]
            for item in items:
                self._bounds[_digest(item["pk"], item["sk"])] = version_of(item)
            conflicts += self._conflicts(items)
        if conflicts:
            raise TargetHasOther(
                f"{len(conflicts)} items of the target are not what the export leads to, so "
                f"nothing was loaded: {'; '.join(conflicts[:SHOWN_CONFLICTS])}. Load it into "
                "another tenant, or erase that one first (`cqrs erase`)."
            )
        return len(self._bounds)

    def load(self) -> Iterator[tuple[str, Loaded]]:
        """Load everything, after :meth:`check`; each table with what was done by now."""
        loaded = Loaded()
        for table, store in (
            (Table.HISTORY, self._store_state),
            (Table.COMMANDS, self._store_command),
            (Table.DATA, self._publish),
        ):
            for chunk in _chunks(self._entries(table)):
                self._each(store, chunk, loaded)
                loaded.stored[table] = loaded.stored.get(table, 0) + len(chunk)
                yield str(table), loaded

    def outcome(self) -> Outcome:
        """Count the states of all last versions (a BatchGetItem for each hundred)."""
        outcome, table = Outcome(), self._services.settings.commands_table
        for chunk in _chunks(self._entries(Table.DATA)):
            items = [item_of(entry, self._tenant)[0] for entry in chunk]
            keys = [ItemKey(one["pk"], one["sk"]).at(version_of(one)) for one in items]
            found = self._services.store.get_many([(table, *key.address) for key in keys])
            for key in keys:
                status = found.get((table, *key.address), {}).get("status")
                outcome.being_applied += status == CommandStatus.PUBLISHED
                if status == CommandStatus.FAILED:
                    outcome.failed += 1
                    outcome.examples = [*outcome.examples, f"{key}"][:SHOWN_FAILURES]
        return outcome

    def _each(
        self, store: Callable[[Entry], str | None], chunk: list[Entry], loaded: Loaded
    ) -> None:
        # Each item has one entry in the data files, so no two of these are about the same one.
        with ThreadPoolExecutor(WORKERS) as workers:
            for told in workers.map(store, chunk):
                if told == PUBLISHED:
                    loaded.published += 1
                elif told:
                    loaded.untold.append(told)

    def _entries(self, table: Table) -> Iterator[Entry]:
        for file in self._export.files:
            if file.get("table") == table:
                yield from read(self._source.lines(file))

    def _refuse_newer_schemas(self) -> None:
        for name, versions in self._export.schema_versions.items():
            newest = self._services.typed_items.newest(f"{name}{KEY_SEPARATOR}{self._tenant}")
            later = [version for version in versions if int(version) > max(newest, 1)]
            if later:
                raise ValidationError(
                    f"The export has items of {name} in version {max(later, key=int)} of their "
                    f"schema, and the target knows {newest}: deploy the application there first."
                )

    def _conflicts(self, items: list[Item]) -> Iterator[str]:
        table = self._services.settings.data_table
        found = self._services.store.get_many([(table, one["pk"], one["sk"]) for one in items])
        for item in items:
            there = found.get((table, item["pk"], item["sk"]))
            if there is None or self._is_loaded(item, there):
                continue
            yield (
                f"{item['pk']} {item['sk']} is at version {version_of(there)} of "
                f"{there.get('updatedAt', 'an unknown time')}, and at {version_of(item)} in the "
                "export"
            )

    def _is_loaded(self, item: Item, there: Item) -> bool:
        """Whether a state in the target is the export's, or the one before, of an earlier load."""
        if version_of(there) == version_of(item):
            return _is_same_request(there, item)
        if version_of(there) != version_of(item) - 1:
            return False
        before = self._kept(ItemKey(item["pk"], item["sk"]).at(version_of(there)))
        return before is not None and _is_same_request(before, there)

    # One entry

    def _store_state(self, entry: Entry) -> None:
        item, attributes = item_of(entry, self._tenant)
        self._put(Table.HISTORY, self._whole(item, attributes, _version_key(item)))

    def _store_command(self, entry: Entry) -> None:
        item, attributes = item_of(entry, self._tenant)
        key = _version_key(item)
        digest = _digest(key.pk, key.base)
        if self._bounds.get(digest) == key.version:
            self._authors[digest] = _Author(item.get(CREATED_BY), item.get(IS_VERIFIED) is True)
            return
        # Its stream passes over what its publisher has applied.
        self._put(
            Table.COMMANDS,
            {
                **self._whole(item, attributes, key),
                "syncMode": SyncMode.SYNC.value,
                **self._listed(item, key),
            },
        )

    def _publish(self, entry: Entry) -> str | None:
        """Let the environment apply an item's last version, on the state before."""
        item, attributes = item_of(entry, self._tenant)
        key = ItemKey(item["pk"], item["sk"]).at(version_of(item))
        settings = self._services.settings
        there = self._services.store.get(settings.data_table, key.pk, key.base)
        if there is not None and version_of(there) >= key.version:
            return PUBLISHED
        command = self._last_command(item, key, attributes)
        if key.predecessor is not None and there is None:
            before = self._kept(key.predecessor)
            if before is None:
                self._put(
                    Table.COMMANDS, {**command, **_finished(item), "requestId": _request_id(item)}
                )
                self._put(Table.DATA, self._whole(item, attributes, key))
                return f"{key.item}"
            self._put(Table.DATA, {**before, "sk": key.base})
        self._put(Table.COMMANDS, {**command, UNFINISHED: shard_of(*key.address)})
        return PUBLISHED

    def _kept(self, key: CommandKey) -> Item | None:
        """An earlier state, as history has it, or else as its command says."""
        store, settings = self._services.store, self._services.settings
        kept = store.get(settings.history_table, *key.address)
        if kept is not None:
            return {name: value for name, value in kept.items() if name != "ttl"}
        command = store.get(settings.commands_table, *key.address)
        if command is None or command.get("status") != CommandStatus.FINISHED:
            return None
        names = ("pk", "name", "isDeleted", "requestId", "schemaVersion", "createdAt", "version",
                 ATTRIBUTES, f"{ATTRIBUTES}Key")  # fmt: skip
        state = {name: command[name] for name in names if name in command}
        return {**state, "tenantCode": tenant_code(key.pk), "updatedAt": command["createdAt"]}

    def _last_command(self, item: Item, key: CommandKey, attributes: dict[str, Any]) -> Item:
        author = self._authors.get(_digest(key.pk, key.base), _Author(None, is_verified=False))
        state = {name: value for name, value in item.items() if name not in {"updatedAt", "ttl"}}
        return {
            **self._whole(state, attributes, key),
            "sk": key.sk,
            "requestId": self._id_of_load(item),
            "status": CommandStatus.PUBLISHED.value,
            "syncMode": SyncMode.ASYNC.value,
            "createdAt": item.get("updatedAt", item.get("createdAt", "")),
            **({CREATED_BY: author.name} if author.name else {}),
            **({IS_VERIFIED: True} if author.is_verified else {}),
        }

    def _whole(self, item: Item, attributes: dict[str, Any], key: CommandKey) -> Item:
        """An item with its attributes, and its tenant's code."""
        placed = self._services.attributes.store(key, _request_id(item), attributes)
        return {**item, "tenantCode": self._tenant, **placed}

    def _listed(self, item: Item, key: CommandKey) -> Item:
        """A command that failed is found by it, so that somebody may retry it."""
        if item.get("status") == CommandStatus.FINISHED:
            return {}
        return {
            "requestId": self._id_of_load(item),
            "status": CommandStatus.FAILED.value,
            UNFINISHED: shard_of(*key.address),
        }

    def _id_of_load(self, item: Item) -> str:
        return of_load(_request_id(item), self._load)

    def _put(self, table: Table, item: Item) -> None:
        """Store an item, unless it is there."""
        try:
            self._services.store.put(Put(self._services.settings.table(table), item, IS_NEW))
        except ConditionFailed:
            return


PUBLISHED = "published"


def _request_id(item: Item) -> str:
    return str(item.get("requestId", ""))


def _is_same_request(one: Item, other: Item) -> bool:
    return exported(_request_id(one)) == exported(_request_id(other))


def _finished(item: Item) -> Item:
    return {
        "status": CommandStatus.FINISHED.value,
        "syncMode": SyncMode.SYNC.value,
        "finishedAt": item.get("updatedAt", ""),
    }


def _version_key(item: Item) -> CommandKey:
    return CommandKey.parse(item["pk"], item["sk"])


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    left = iter(entries)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _digest(pk: str, sk: str) -> bytes:
    """A key in little room: the keys of a million items are kept in memory."""
    text = f"{item_type(pk)}\n{sk}".encode(errors="surrogatepass")
    return hashlib.sha256(text).digest()[:16]
