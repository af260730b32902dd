"""Publishes the rows of a chunk in one transaction, together with what marks the chunk as done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

from cqrs.aws.item_store import IS_NEW, TRANSACTION_ITEMS, Action, Address, Check, Condition
from cqrs.commands.bases import Base, Bases
from cqrs.commands.models import Command, CommandStatus, Content, SyncMode, content_of, status_of
from cqrs.commands.set_back import set_back
from cqrs.core.backoff import back_off
from cqrs.core.clock import CLOCK_DIFFERENCE, now_iso, seconds_since
from cqrs.core.item_content import schema_version_of
from cqrs.core.reading import reading
from cqrs.core.sizes import dynamodb_size
from cqrs.errors import ConditionFailed, NotFoundError, TransientError, ValidationError
from cqrs.imports.chunks.finisher import Turn
from cqrs.imports.records import JobIsOver
from cqrs.item_types.known_types import refuse_newer

if TYPE_CHECKING:
    from cqrs.aws.item_store import ItemStore
    from cqrs.commands.records import CommandRecords
    from cqrs.commands.sync_handlers import SyncHandlers
    from cqrs.core.attribute_values import Item
    from cqrs.core.deadline import Deadline
    from cqrs.core.keys import CommandKey, ItemKey
    from cqrs.imports.chunks.finisher import CommandFinisher
    from cqrs.settings import Settings
    from cqrs.storage.large_attributes import LargeAttributes

ATTEMPTS = 45
"""How often a chunk starts over because others write its items."""

PATIENCE = 40
"""How often of these it waits for a command that is being applied; that is some twenty seconds."""

SECONDS_KEPT = 12.0
"""Time below which it waits no longer, but leaves the rest of the wait to another invocation."""

LONGEST_INVOCATION = 900.0
"""Seconds (Lambda guide, "Lambda quotas"), after which a synchronous publisher is surely dead."""

LONGEST_WAIT = 3_600.0
"""Seconds after which a command that an execution applies counts as left behind. Executions of
commands end within a quarter of an hour, and this leaves time for many to be started."""

TRANSACTION_BYTES = 3_500_000
"""A transaction takes 4 MB (DynamoDB guide, "Quotas"); names and keys need some of it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A row's statement about an item.

    Attributes
    ----------
    row
        Number of the row.
    key, content
        The item, and what it shall be.
    """

    row: int
    key: ItemKey
    content: Content


class Verdict(StrEnum):
    """The kind of result of a draft."""

    PUBLISHED = "PUBLISHED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a draft.

    Attributes
    ----------
    command
        Key of the command that was published.
    reason
        Why it was refused.
    has_handlers
        Whether sync handlers have still to be told.
    """

    draft: Draft
    verdict: Verdict
    command: CommandKey | None = None
    reason: str = ""
    has_handlers: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    outcome: Outcome
    actions: list[Action]


class ChunkIsMarked(Exception):
    """Another call has published the chunk, or a part of it."""


class ItemIsBusy(Exception):
    """The item of a row is being changed: publish the chunk later."""


class ChunkIsTooLarge(Exception):
    """DynamoDB takes no such transaction, for its size or for a row: publish fewer at a time.

    Attributes
    ----------
    fewer
        How many drafts to publish instead.
    """

    def __init__(self, fewer: int) -> None:
        super().__init__(fewer)
        self.fewer = fewer


class ChunkHasTooManyActions(ChunkIsTooLarge):
    """So many of its items exist already that those behind it are likely to exist, too."""


Note = Callable[[Sequence[Outcome]], list[Action]]
"""The actions that are written with the outcomes. Its first action is the mark, on the condition
that there is none; a condition of another one is that the job takes rows."""


class ChunkPublisher:
    """Publishes the drafts of a chunk.

    Parameters
    ----------
    store, settings
        Access to the tables.
    records
        Makes the actions that publish a command.
    attributes
        The place of large attributes.
    sync_handlers
        The application's sync handlers.
    finisher
        Finishes commands whose publishers have died.
    deadline
        Time that is left.
    """

    def __init__(
        self,
        store: ItemStore,
        settings: Settings,
        records: CommandRecords,
        attributes: LargeAttributes,
        sync_handlers: SyncHandlers,
        finisher: CommandFinisher,
        deadline: Deadline,
    ) -> None:
        self._finisher = finisher
        self._deadline = deadline
        self._store = store
        self._settings = settings
        self._records = records
        self._attributes = attributes
        self._sync_handlers = sync_handlers
        self._bases = Bases(store, settings)

    def publish(
        self,
        drafts: Sequence[Draft],
        mode: SyncMode,
        request_id: Callable[[Draft], str],
        note: Note,
        *,
        beside: Sequence[Address] = (),
    ) -> tuple[list[Outcome], dict[Address, Item]]:
        """Publish drafts of different items, and write the note with them.

        One BatchGetItem and one TransactWriteItems while nobody else writes the items.

        Parameters
        ----------
        drafts
            Each of an item of its own.
        mode
            Whether the commands are applied at once.
        request_id
            Identity of a draft's publish call.
        note
            The actions that are written with them.
        beside
            Items that are read too, and returned, with the items. If there is any of them, nothing
            is published.

        Raises
        ------
        ChunkIsMarked
            If the note's first action was refused.
        ItemIsBusy
            If commands of the items are being applied, which may take longer than this call.
        JobIsOver
            If another of the note's actions was refused: the job takes no more rows.
        ChunkIsTooLarge
            If it does not fit into one transaction, or DynamoDB refuses one of several rows.
            Nothing is published then. ChunkHasTooManyActions if that is why it does not fit.
        ValidationError
            If DynamoDB refuses what is to be written with them.
        TransientError
            If others wrote the items every time.
        """
        table = self._settings.data_table
        places = [(table, draft.key.pk, draft.key.sk) for draft in drafts]
        found = self._store.get_many([*places, *beside])
        marks = {address: found[address] for address in beside if address in found}
        if marks:
            return [], marks
        states = [found.get(place) for place in places]
        bases, refused = self._bases_of(drafts, states)
        for attempt in range(ATTEMPTS):
            plans = [self._plan(d, bases, mode, request_id(d), refused) for d in drafts]
            outcomes = [plan.outcome for plan in plans]
            try:
                self._write(plans, note(outcomes))
            except ValidationError as error:
                refused |= _refused(drafts, refused, error)
            except ConditionFailed as error:
                for draft in _hindered(plans, error):
                    may_wait = attempt < PATIENCE
                    reason = self._look_again(draft, mode, bases, may_wait=may_wait)
                    if reason is not None:
                        refused[draft.row] = reason
                back_off(attempt)
            else:
                return outcomes, {}
        raise TransientError(
            f"Others wrote the items of rows {drafts[0].row} to {drafts[-1].row} {ATTEMPTS} times "
            "in a row: try again."
        )

    def _bases_of(
        self, drafts: Sequence[Draft], states: Sequence[Item | None]
    ) -> tuple[dict[int, Base], dict[int, str]]:
        """The bases of drafts, and why some cannot be published, by their rows."""
        bases: dict[int, Base] = {}
        refused: dict[int, str] = {}
        for draft, state in zip(drafts, states, strict=True):
            try:
                bases[draft.row] = self._bases.of(draft.key, state)
            except ValidationError as damage:
                refused[draft.row] = str(damage)
        return bases, refused

    def _plan(
        self,
        draft: Draft,
        bases: Mapping[int, Base],
        mode: SyncMode,
        request_id: str,
        refused: dict[int, str],
    ) -> _Plan:
        if draft.row not in refused:
            try:
                return self._publication(draft, bases[draft.row], mode, request_id)
            except ValidationError as damage:
                refused[draft.row] = str(damage)
        return _Plan(Outcome(draft, Verdict.REFUSED, reason=refused[draft.row]), [])

    def _publication(self, draft: Draft, base: Base, mode: SyncMode, request_id: str) -> _Plan:
        if base.item is not None:
            stored = schema_version_of(base.item)
            refuse_newer(draft.key, stored, draft.content.schema_version)
        if base.item is not None and self._says_already(base, draft.content):
            return _Plan(Outcome(draft, Verdict.UNCHANGED), self._nothing_open(base, mode))
        command = Command(
            key=base.next_command,
            content=draft.content,
            status=CommandStatus.PUBLISHED,
            sync_mode=mode,
            request_id=request_id,
            created_at=now_iso(),
        )
        if mode is SyncMode.ASYNC:
            outcome = Outcome(draft, Verdict.PUBLISHED, command.key)
            return _Plan(outcome, self._records.store(base, command))
        has_handlers = bool(self._sync_handlers.names_for(draft.key.pk))
        outcome = Outcome(draft, Verdict.PUBLISHED, command.key, has_handlers=has_handlers)
        expiring = self._records.expiring(command)
        return _Plan(outcome, self._records.apply(base, expiring, is_finished=not has_handlers))

    def _says_already(self, base: Base, content: Content) -> bool:
        item = base.item
        if item is None or item.get("status") == CommandStatus.FAILED:
            return False
        return self._says(item, content)

    def _says(self, item: Item, content: Content) -> bool:
        """Whether an item says what a row does; one whose attributes are gone says nothing."""
        try:
            return content.equals(content_of(item, self._attributes.load(item)))
        except NotFoundError:
            return False

    def _nothing_open(self, base: Base, mode: SyncMode) -> list[Action]:
        """A version says nothing for sure if its command failed, or another one is behind it.

        Nor does it while its command is being applied, for whom that is to be over.
        """
        table = self._settings.commands_table
        own, following = base.key.at(base.version), base.key.at(base.version + 1)
        accepted = (
            Condition("#status <> :failed", {"failed": CommandStatus.FAILED.value})
            if mode is SyncMode.ASYNC
            else Condition(
                "attribute_not_exists(#pk) OR #status = :finished",
                {"finished": CommandStatus.FINISHED.value},
            )
        )
        return [
            Check(table, own.pk, own.sk, accepted),
            Check(table, following.pk, following.sk, IS_NEW),
        ]

    def _write(self, plans: Sequence[_Plan], noted: list[Action]) -> None:
        # The mark comes first, so that a refusal of it is told from one of a row.
        actions = [*noted, *(action for plan in plans for action in plan.actions)]
        if len(actions) > TRANSACTION_ITEMS:
            raise ChunkHasTooManyActions(_fitting(plans, TRANSACTION_ITEMS - len(noted)))
        if sum(map(_size, actions)) > TRANSACTION_BYTES and len(plans) > 1:
            raise ChunkIsTooLarge(len(plans) // 2)
        try:
            self._store.write_together(actions)
        except ConditionFailed as error:
            if 0 in error.failed:
                raise ChunkIsMarked from None
            if min(error.failed) < len(noted):
                raise JobIsOver from None
            failed = tuple(place - len(noted) for place in error.failed)
            raise ConditionFailed(str(error), failed) from error

    def _look_again(
        self, draft: Draft, mode: SyncMode, bases: dict[int, Base], *, may_wait: bool
    ) -> str | None:
        """Find what a draft builds on by now; or why it cannot be published."""
        try:
            return self._found_again(draft, mode, bases, may_wait=may_wait)
        except ValidationError as damage:
            return str(damage)

    def _found_again(
        self, draft: Draft, mode: SyncMode, bases: dict[int, Base], *, may_wait: bool
    ) -> str | None:
        if mode is SyncMode.ASYNC:
            base = bases[draft.row] = self._bases.newest(draft.key)
            return self._failure_of(base, draft.content)
        base = self._bases.applied(draft.key)
        bases[draft.row] = base
        for item in self._around(base):
            command = Command.from_item(item, {})
            reason = None
            if command.status is CommandStatus.FAILED:
                reason = _failed(command.key)
            elif command.status is CommandStatus.PUBLISHED:
                reason = self._wait_for(command, may_wait=may_wait)
            elif command.version > base.version:
                reason = self._set_back(command, base)
            if reason is not None:
                return reason
        return None

    def _set_back(self, command: Command, base: Base) -> str | None:
        """Why nothing follows a finished command whose version the data item has not reached."""
        applied = self._bases.applied(base.key).version
        return set_back(command.key, applied) if applied == base.version else None

    def _wait_for(self, command: Command, *, may_wait: bool) -> str | None:
        """Let a command be applied, by this call if nobody else does; why it cannot be.

        A row is not to blame for a process that died, nor for one that is slow. So a row waits for
        whoever may be at work on its item, however many invocations that takes.
        """
        with reading(f"The command {command.key}"):
            age = seconds_since(command.restarted_at or command.created_at)
        if age < -CLOCK_DIFFERENCE.total_seconds():
            return _yet_to_come(command)
        if command.sync_mode is SyncMode.SYNC and command.attempt == 0:
            if age > min(self._deadline.seconds_of_invocation, LONGEST_INVOCATION):
                return _failed(command.key) if self._finisher.finish(command.key, Turn()) else None
        elif age > LONGEST_WAIT:
            return _left_behind(command)
        if not may_wait or self._deadline.seconds_left() < SECONDS_KEPT:
            raise ItemIsBusy
        return None

    def _failure_of(self, base: Base, content: Content) -> str | None:
        """Why a row that says what a failed command says is not published again."""
        if base.version == 0:
            return None
        own = base.key.at(base.version)
        command = self._store.get(self._settings.commands_table, own.pk, own.sk)
        if command is None or status_of(command) is not CommandStatus.FAILED:
            return None
        return _failed(own) if self._says(command, content) else None

    def _around(self, base: Base) -> list[Item]:
        """The commands that made a data item's version, and that follow it."""
        following = base.key.at(base.version + 1)
        keys = [following] if following.predecessor is None else [following.predecessor, following]
        table = self._settings.commands_table
        return list(self._store.get_many([(table, key.pk, key.sk) for key in keys]).values())


def _refused(
    drafts: Sequence[Draft], refused: Mapping[int, str], error: ValidationError
) -> dict[int, str]:
    """The row that DynamoDB refuses, which holds up none of the others.

    Raises
    ------
    ChunkIsTooLarge
        If it is one of several.
    ValidationError
        If it is none of them.
    """
    left = [draft.row for draft in drafts if draft.row not in refused]
    if len(left) > 1:
        raise ChunkIsTooLarge(len(drafts) // 2) from error
    if not left:
        raise error
    return {left[0]: f"DynamoDB does not take it: {error}"}


def _failed(key: CommandKey) -> str:
    return (
        f"The command {key} of its item failed: mend the cause and retry that command, then "
        "import the row again."
    )


def _yet_to_come(command: Command) -> str:
    return (
        f"The command {command.key} of its item is damaged: it is under way since "
        f"{command.restarted_at or command.created_at}, which is yet to come. Mend its item in the "
        "commands table, then import the row again."
    )


def _left_behind(command: Command) -> str:
    since = command.restarted_at or command.created_at
    return (
        f"The command {command.key} of its item is under way since {since}, and nothing applies "
        "it: `cqrs doctor` tells why. Import the row again after that."
    )


def _hindered(plans: Sequence[_Plan], error: ConditionFailed) -> list[Draft]:
    """The drafts whose actions were refused."""
    owners = [plan.outcome.draft for plan in plans for _ in plan.actions]
    return list({owners[place].row: owners[place] for place in error.failed}.values())


def _fitting(plans: Sequence[_Plan], room: int) -> int:
    """How many plans, from the first one on, have no more actions than there is room for."""
    return sum(used <= room for used in accumulate(len(plan.actions) for plan in plans))


def _size(action: Action) -> int:
    content = getattr(action, "item", None) or getattr(action, "assign", {})
    return dynamodb_size(content)
