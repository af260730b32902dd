"""CommandService: writes commands, and reads them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cqrs.commands.bases import Base, Bases
from cqrs.commands.models import (
    FIRST,
    LATEST,
    Command,
    CommandStatus,
    Content,
    PublishResult,
    SyncMode,
    content_of,
    status_of,
)
from cqrs.commands.set_back import set_back
from cqrs.core.backoff import back_off
from cqrs.core.clock import now_iso
from cqrs.core.item_content import schema_version_of
from cqrs.core.json_values import json_value
from cqrs.core.keys import CommandKey, ItemKey
from cqrs.core.texts import checked_text
from cqrs.errors import (
    CommandFailed,
    CommandInProgress,
    ConditionFailed,
    ConfigurationError,
    Contention,
    ItemDeleted,
    NoSuchItem,
    NotFoundError,
    PredecessorFailed,
    TransientError,
    ValidationError,
    VersionConflict,
)
from cqrs.item_types.known_types import refuse_newer
from cqrs.storage.origins import UNKNOWN
from cqrs.storage.time_to_live import refuse_bad_settings

if TYPE_CHECKING:
    from cqrs.aws.item_store import Action, ItemStore
    from cqrs.commands.ordering import Ordering
    from cqrs.commands.records import CommandRecords
    from cqrs.commands.repair import RepairService
    from cqrs.commands.sync_handlers import SyncHandlers
    from cqrs.core.attribute_values import Item
    from cqrs.item_types.known_types import TypedItems
    from cqrs.settings import Settings
    from cqrs.storage.large_attributes import LargeAttributes
    from cqrs.storage.origins import Origin

LATEST_ATTEMPTS = 10
LATEST_SECONDS = 10.0
"""How often a publish on the latest version is tried while other publishers are first, and when no
further try begins. API Gateway waits for 30 seconds, and a try may take some of its own."""

NAME_BYTES = 4096
"""Longest name of an item and of who published it. The rest of DynamoDB's 400 KB beside the
attributes is needed for the status, the token and the error that are added later."""

Draft = Callable[[Base], Content | None]
"""The new version's content, given the version that it builds on; None if that must exist."""

Write = Callable[[Base, Content], str]
"""Writes the new version and returns the request id that it got."""


@dataclass(frozen=True, slots=True)
class Collaborators:
    """The parts that the command service works with.

    Attributes
    ----------
    sync_handlers
        The application's; None if this process does not know them, and so applies nothing.
    typed_items
        Tells what items of a type must be.
    repair
        Takes commands over that a synchronous publisher cannot finish.
    """

    store: ItemStore
    settings: Settings
    attributes: LargeAttributes
    records: CommandRecords
    ordering: Ordering
    sync_handlers: SyncHandlers | None
    typed_items: TypedItems
    repair: Callable[[], RepairService]


class CommandService:
    """Publishes commands on items.

    A command builds on a version of its item and makes the next one. ``version`` names the one it
    builds on: 0 for a new item, :data:`~cqrs.commands.models.LATEST` for the newest whatever it
    is. Publishing asynchronously stores the command, and the command-handler state machine applies
    it; publishing synchronously applies it in the same write.

    Source: guide, "Use case 1: data synchronisation".

    Parameters
    ----------
    collaborators
        The parts that it works with.
    origin
        The origin of its calls.
    """

    def __init__(self, collaborators: Collaborators, origin: Origin = UNKNOWN) -> None:
        self._with = collaborators
        self._origin = origin
        self._bases = Bases(collaborators.store, collaborators.settings)

    def of(self, origin: Origin) -> CommandService:
        """The same service for calls of an origin.

        The origin's author is theirs, whatever ``created_by`` says. A try that comes after one that
        has published an item returns what that has published.
        """
        return CommandService(self._with, origin)

    def publish(
        self,
        pk: str,
        sk: str,
        *,
        name: str = "",
        attributes: Mapping[str, Any] | None = None,
        version: int = LATEST,
        is_deleted: bool = False,
        created_by: str | None = None,
    ) -> PublishResult:
        """Store a command; the state machine applies it after those before it.

        Parameters
        ----------
        pk, sk
            Key of the item, ``<TYPE>#<tenant>`` and ``<TYPE>#<id>``.
        name, attributes, is_deleted
            The item's content from this version on, as a whole.
        version
            The version that this builds on.
        created_by
            Who asks for it, kept with the command.

        Returns
        -------
        PublishResult
            ``changed`` is False, and nothing was written, if the item says just that already.

        Raises
        ------
        ValidationError
            If a key, the attributes or the version is not acceptable. :class:`InvalidItem` if the
            attributes do not fit the item's type.
        VersionConflict
            If ``version`` is not the newest.
        Contention
            If ``version`` is LATEST, and other publishers were faster ten times in a row, or for
            ten seconds.

        Notes
        -----
        One request for version 0 (TransactWriteItems), two otherwise, and one PutObject for
        attributes too large for DynamoDB. A publish on the latest version that is not the first
        to come, or changes nothing, reads on to find the newest.
        """
        draft = self._whole(name, attributes, is_deleted)
        return self._publish(pk, sk, version, draft, self._asynchronous(created_by))

    def publish_sync(
        self,
        pk: str,
        sk: str,
        *,
        name: str = "",
        attributes: Mapping[str, Any] | None = None,
        version: int = LATEST,
        is_deleted: bool = False,
        created_by: str | None = None,
    ) -> PublishResult:
        """Store a command, apply it and run its sync handlers before returning.

        Command, data item and history change in one transaction; the other sync handlers follow
        in this process. Parameters and errors are those of :meth:`publish`, and:

        Raises
        ------
        ConfigurationError
            If this process does not know the application's sync handlers.
        CommandInProgress
            If a command before it is still under way.
        PredecessorFailed
            If the command before it failed and was not repaired.
        CommandFailed
            If a sync handler failed; the command is stored as FAILED and can be retried.
        TransientError
            If AWS failed it. If the command is stored and AWS failed its sync handlers, an
            execution goes on with it, and the message says so.
        """
        draft = self._whole(name, attributes, is_deleted)
        return self._publish(pk, sk, version, draft, self._synchronous(created_by))

    def publish_partial_update(
        self,
        pk: str,
        sk: str,
        *,
        name: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        version: int = LATEST,
        is_deleted: bool | None = None,
        created_by: str | None = None,
        refuse_deleted: bool = False,
    ) -> PublishResult:
        """Store a command that changes a part of an item, as :meth:`publish` does.

        Parameters
        ----------
        name, is_deleted
            None keeps what the version before says.
        attributes
            Top-level attributes to set; the others stay as they are.
        refuse_deleted
            Whether an item that counts as deleted is none to change.

        Raises
        ------
        NoSuchItem
            If there is no item to change.
        ItemDeleted
            If it was deleted, and such are refused.
        """
        draft = self._partial(name, attributes, is_deleted, refuse_deleted)
        return self._publish(pk, sk, version, draft, self._asynchronous(created_by))

    def publish_partial_update_sync(
        self,
        pk: str,
        sk: str,
        *,
        name: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        version: int = LATEST,
        is_deleted: bool | None = None,
        created_by: str | None = None,
    ) -> PublishResult:
        """Change a part of an item, and apply it as :meth:`publish_sync` does."""
        draft = self._partial(name, attributes, is_deleted)
        return self._publish(pk, sk, version, draft, self._synchronous(created_by))

    def get(self, key: CommandKey) -> Command | None:
        """Read a command, strongly consistent; None if there is none."""
        item = self._with.store.get(self._with.settings.commands_table, key.pk, key.sk)
        return None if item is None else self.read(item)

    def read(self, item: Item) -> Command:
        """Read a command from its item, fetching large attributes (then one GetObject).

        Its attributes are those of the newest version of their schema, unless it is a deletion.

        Raises
        ------
        UpcasterFailed
            If they cannot be brought there.
        """
        command = Command.from_item(item, self._with.attributes.load(item))
        content = command.content
        if content.is_deleted:
            return command
        attributes, version = self._with.typed_items.as_read(
            command.key.item, content.attributes, content.schema_version
        )
        shown = replace(content, attributes=attributes, schema_version=version)
        return replace(command, content=shown)

    def newest_version(self, key: ItemKey) -> int:
        """The newest version of an item, applied or under way; 0 if there is none."""
        return self._bases.newest(key).version

    def under_way(self, key: ItemKey) -> Command | None:
        """The newest command of an item beyond its data item; None if there is none.

        It costs what :meth:`newest_version` does, and a GetObject for large attributes.
        """
        newest = self._bases.newest(key)
        return None if newest.applied or newest.item is None else self.read(newest.item)

    def _publish(self, pk: str, sk: str, version: int, draft: Draft, write: Write) -> PublishResult:
        key = ItemKey.publishable(pk, sk)
        published = self._origin.published(key)
        if published is not None:
            return PublishResult(key.at(published), True, "")
        base, began, attempt = self._first_base(key, version), time.monotonic(), 0
        while attempt < LATEST_ATTEMPTS and time.monotonic() - began < LATEST_SECONDS:
            try:
                content = self._drafted(draft, base)
                if content is not None:
                    self._refuse_misfit(base, content)
                if content is None or (
                    self._says_already(base.item, content) and self._holds(base)
                ):
                    return self._unchanged(base)
                request_id = write(base, content)
            except ConditionFailed:
                newest = self._bases.newest(key)
                if version not in (LATEST, newest.version):
                    raise VersionConflict(pk, sk, base=version, current=newest.version) from None
                self._refuse_set_back(base, newest)
                base = newest
                back_off(attempt)
                attempt += 1
            else:
                return PublishResult(key.at(base.version + 1), True, request_id)
        raise Contention(
            f"Other publishers of {key} were faster {attempt} times in a row: try again."
        )

    def _drafted(self, draft: Draft, base: Base) -> Content | None:
        try:
            return draft(base)
        except ItemDeleted:
            self._holds(base)  # a command under way may have made it again
            raise

    def _refuse_misfit(self, base: Base, content: Content) -> None:
        """Refuse what an item of its type must not be; of a deletion nothing is asked.

        Raises
        ------
        ValidationError
            If it must not, or the item is stored in a newer version of its schema.
        """
        if base.item is not None:
            newest = self._with.typed_items.newest(base.key.pk)
            refuse_newer(base.key, schema_version_of(base.item), newest)
        if not content.is_deleted:
            refuse_bad_settings(base.key.pk, base.key.sk, content.attributes)
            self._with.typed_items.check(base.key, content.attributes)

    def _refuse_set_back(self, before: Base, now: Base) -> None:
        """Refuse to build on a finished command that the data item does not hold.

        Raises
        ------
        ValidationError
            If two looks have found such a one (a GetItem more then).
        """
        if before.version != now.version or not (_is_finished(before) and _is_finished(now)):
            return
        applied = self._bases.applied(now.key).version
        if applied < now.version:
            raise ValidationError(set_back(now.key.at(now.version), applied))

    def _holds(self, base: Base) -> bool:
        """Whether what a base says can be told as what its item says (one request, if any).

        No condition of a write has told yet whether a command is under way beyond an applied base,
        and what that command says may differ.

        Raises
        ------
        ConditionFailed
            If there is such a command.
        """
        if not base.applied:
            return True
        table = self._with.settings.commands_table
        following = base.key.at(base.version + 1)
        own = following.predecessor
        keys = [following] if own is None else [own, following]
        found = self._with.store.get_many([(table, key.pk, key.sk) for key in keys])
        if (table, following.pk, following.sk) in found:
            raise ConditionFailed(f"{base.key} has a command under way beyond {base.version}.")
        # A failed command's content does not hold, although its item was changed.
        return all(status_of(item) is not CommandStatus.FAILED for item in found.values())

    def _unchanged(self, base: Base) -> PublishResult:
        """Answer of a publish that writes nothing."""
        if base.item is None:
            self._holds(base)  # a command under way may have made it
            raise NoSuchItem(
                f"{base.key} does not exist, so no part of it can be changed: publish it as a "
                "whole first."
            )
        return PublishResult(base.key.at(base.version), False, _request_id(base.item))

    def _says_already(self, newest: Item | None, content: Content) -> bool:
        # A failed command's content does not hold, so it is worth saying again.
        if newest is None or newest.get("status") == CommandStatus.FAILED:
            return False
        try:
            return content.equals(self._content_of(newest))
        except NotFoundError:
            return False  # its large attributes are gone, and a whole new state needs none of them

    def _first_base(self, key: ItemKey, version: int) -> Base:
        if type(version) is not int or version < LATEST:
            raise ValidationError(
                f"Version {version!r} of {key} cannot be built on: give 0 for a new item, a "
                "version of 1 or more, or the latest."
            )
        if version == LATEST:
            return self._bases.applied(key)
        if version == FIRST:
            return self._bases.new(key)
        return self._bases.at(key, version)

    def _whole(self, name: str, attributes: Mapping[str, Any] | None, is_deleted: bool) -> Draft:
        content = checked_content(name, attributes, is_deleted)

        def whole(base: Base) -> Content:
            newest = self._with.typed_items.newest(base.key.pk)
            return replace(content, schema_version=newest)

        return whole

    def _partial(
        self,
        name: str | None,
        attributes: Mapping[str, Any] | None,
        is_deleted: bool | None,
        refuse_deleted: bool = False,
    ) -> Draft:
        changes = checked_content(
            "" if name is None else name, attributes, False if is_deleted is None else is_deleted
        ).attributes

        def partial(base: Base) -> Content | None:
            if base.item is None:
                return None
            before = self._content_of(base.item)
            has_failed = base.item.get("status") == CommandStatus.FAILED
            if refuse_deleted and before.is_deleted and not has_failed:
                raise ItemDeleted(
                    f"{base.key} was deleted by version {base.version}: publish it as a whole to "
                    "make it again.",
                    base.version,
                )
            merged = replace(
                before,
                name=before.name if name is None else name,
                is_deleted=before.is_deleted if is_deleted is None else is_deleted,
            )
            if merged.is_deleted and not changes:
                return merged  # what is deleted is kept as it was
            return self._with_attributes(base.key, merged, changes)

        return partial

    def _with_attributes(
        self, key: ItemKey, content: Content, changes: Mapping[str, Any]
    ) -> Content:
        """Content with other attributes among its own, in the newest version of their schema."""
        newest = self._with.typed_items.newest(key.pk)
        refuse_newer(key, content.schema_version, newest)
        kept = self._with.typed_items.upcast(key, content.attributes, content.schema_version)
        return replace(content, attributes={**kept, **changes}, schema_version=newest)

    def _content_of(self, item: Item) -> Content:
        return content_of(item, self._with.attributes.load(item))

    def _asynchronous(self, created_by: str | None) -> Write:
        _refuse_bad_author(created_by)

        def write(base: Base, content: Content) -> str:
            command = self._new_command(base, content, SyncMode.ASYNC, created_by)
            self._store(self._with.records.store(base, command), command.key)
            return command.request_id

        return write

    def _synchronous(self, created_by: str | None) -> Write:
        _refuse_bad_author(created_by)
        known = self._with.sync_handlers
        if known is None:
            raise ConfigurationError(
                "This process does not know the application's sync handlers, which would not get "
                "what it applies. Publish asynchronously, or let the function do it: the action "
                "publish_sync, `cqrs publish --sync`. If there are none, say so by Services(..., "
                "sync_handlers=SyncHandlers())."
            )

        def write(base: Base, content: Content) -> str:
            command = self._new_command(base, content, SyncMode.SYNC, created_by)
            applied = base if base.applied else self._now_applied(base)
            self._apply_now(applied, command, known)
            return command.request_id

        return write

    def _apply_now(self, base: Base, command: Command, known: SyncHandlers) -> None:
        handlers = known.names_for(command.pk)
        command = self._with.records.expiring(command)
        actions = self._with.records.apply(base, command, is_finished=not handlers)
        try:
            self._store(actions, command.key)
        except ConditionFailed:
            self._refuse_to_overtake(command.key)
            raise
        except TransientError:
            # The last try may have been done, and then nobody else goes on with the command.
            if not self._is_stored(command):
                raise
        if handlers:
            self._finish(known, handlers, command)

    def _store(self, actions: Sequence[Action], key: CommandKey) -> None:
        """Write a command, and what its origin wants to be written with it.

        Raises
        ------
        ConditionFailed
            If the command does not come next.
        TransientError
            If the origin's own condition is not met.
        """
        try:
            self._with.store.write_together([*actions, *self._origin.beside(key)])
        except ConditionFailed as error:
            if any(place >= len(actions) for place in error.failed):
                raise TransientError(
                    f"{key} was not stored: another try of the same call goes on with it. Ask for "
                    "its answer in a moment."
                ) from error
            raise

    def _new_command(
        self, base: Base, content: Content, sync_mode: SyncMode, created_by: str | None
    ) -> Command:
        return Command(
            key=base.next_command,
            content=content,
            status=CommandStatus.PUBLISHED,
            sync_mode=sync_mode,
            request_id=uuid.uuid4().hex,
            created_at=now_iso(),
            created_by=self._origin.author or created_by,
            is_author_verified=bool(self._origin.author),
        )

    def _is_stored(self, command: Command) -> bool:
        found = self._with.repair().find(command.key)
        return found is not None and found.request_id == command.request_id

    def _now_applied(self, base: Base) -> Base:
        """The data item that a command under way has become by now.

        Raises
        ------
        CommandInProgress, PredecessorFailed
            If it is still being applied, or failed.
        ConditionFailed
            If the item has moved on.
        """
        self._refuse_to_overtake(base.key.at(base.version + 1))
        applied = self._bases.applied(base.key)
        if applied.version != base.version:
            raise ConditionFailed(f"{base.key} is at version {applied.version} by now.")
        return applied

    def _refuse_to_overtake(self, key: CommandKey) -> None:
        """Raise if a command before, or this very version, is under way or has failed."""
        before = [key, key.predecessor] if key.predecessor is not None else [key]
        table = self._with.settings.commands_table
        found = self._with.store.get_many([(table, step.pk, step.sk) for step in before])
        for item in found.values():
            place = f"{item['pk']} {item['sk']}"
            status = status_of(item)
            if status is CommandStatus.FAILED:
                raise PredecessorFailed(
                    f"{place} failed with {item.get('error', 'an unknown error')}: mend the cause "
                    "and retry that command, then publish again."
                )
            if status is CommandStatus.PUBLISHED:
                raise CommandInProgress(
                    f"{place} is still being applied: wait for it, or publish asynchronously."
                )

    def _finish(self, known: SyncHandlers, handlers: list[str], command: Command) -> None:
        try:
            self._run_handlers(known, handlers, command)
            self._with.ordering.finish(command.key)
        except TransientError as error:
            # AWS says nothing about the command, and nobody but its publisher works on it.
            if not self._is_applied_after_all(command, error):
                raise TransientError(
                    f"{_half_done(command)} An execution goes on with it: wait for that. ({error})"
                ) from error

    def _is_applied_after_all(self, command: Command, error: TransientError) -> bool:
        """Leave a command to an execution; True if it is applied, and only nobody was told.

        Raises
        ------
        TransientError
            If AWS fails that too.
        """
        try:
            self._with.repair().take_from_publisher(command)
            found = self._with.repair().find(command.key)
        except TransientError:
            raise TransientError(
                f"{_half_done(command)} Nobody goes on with it until that command is retried. "
                f"({error})"
            ) from error
        return found is not None and found.status is CommandStatus.FINISHED

    def _run_handlers(self, known: SyncHandlers, handlers: list[str], command: Command) -> None:
        for name in handlers:
            try:
                known.run(name, command)
            except TransientError:
                raise
            except Exception as error:
                self._with.ordering.fail(
                    command.key, command.attempt, type(error).__name__, str(error)
                )
                raise CommandFailed(
                    f"{command.key} is stored and its data item changed, but a sync handler "
                    f"failed. Mend the cause and retry the command. ({error})"
                ) from error


def _half_done(command: Command) -> str:
    return f"{command.key} is stored and its data item changed, but AWS failed what follows."


def _request_id(item: Item) -> str:
    """Identity of the call that made an item; empty if something else has made it."""
    return str(item.get("requestId", ""))


def checked_content(
    name: str, attributes: Mapping[str, Any] | None, is_deleted: bool = False
) -> Content:
    """The content that a caller wants for an item, checked.

    Raises
    ------
    ValidationError
        If it cannot be stored.
    """
    _refuse_bad_text("name", name)
    if not isinstance(is_deleted, bool):
        raise ValidationError(f"is_deleted is {is_deleted!r}; it must be true or false.")
    if attributes is None:
        return Content(name, {}, is_deleted)
    if not isinstance(attributes, Mapping):
        raise ValidationError(
            f"attributes is a {type(attributes).__name__}; it must be an object of names and "
            "values."
        )
    return Content(name, json_value(attributes, "attributes"), is_deleted)


def _refuse_bad_author(created_by: str | None) -> None:
    if created_by is not None:
        _refuse_bad_text("created_by", created_by)


def _refuse_bad_text(what: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ValidationError(f"{what} is a {type(value).__name__}; it must be text.")
    size = len(checked_text(value, what).encode())
    if size > NAME_BYTES:
        raise ValidationError(
            f"{what} {value[:40]!r}... has {size} bytes; at most {NAME_BYTES} are allowed. Put "
            "longer text into the attributes."
        )


def _is_finished(base: Base) -> bool:
    """Whether a base is a command that was applied, and not a data item."""
    item = base.item
    return not base.applied and item is not None and status_of(item) is CommandStatus.FINISHED
