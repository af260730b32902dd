"""Shapes of the command workflow: states, statuses, and the command itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from cqrs.core.item_content import (
    FIRST_SCHEMA_VERSION,
    SCHEMA_VERSION,
    is_deleted,
    name_of,
    schema_version_of,
)
from cqrs.core.json_values import canonical
from cqrs.core.keys import CommandKey, tenant_code
from cqrs.errors import ValidationError
from cqrs.storage.attempts import ATTEMPT, RESTARTED_AT
from cqrs.storage.origins import CREATED_BY, IS_VERIFIED
from cqrs.storage.unfinished_work import UNFINISHED, shard_of

if TYPE_CHECKING:
    from cqrs.core.attribute_values import Item

FIRST = 0
"""The version that a new item's first command builds on."""

LATEST = -1
"""Build on whatever version is the newest when the command is published."""

ON_APPLIED = "onApplied"
"""Marks a command whose base was the data item, and not a command that was still under way."""


class CommandStatus(StrEnum):
    """Status of a command; it is written once while all goes well, at its end."""

    PUBLISHED = "PUBLISHED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"


ENDED = (CommandStatus.FINISHED, CommandStatus.FAILED)


class SyncMode(StrEnum):
    """How a command is applied; the stream's filter passes over ``SYNC``."""

    ASYNC = "ASYNC"
    SYNC = "SYNC"


@dataclass(frozen=True, slots=True)
class Content:
    """A command's statement about its item.

    Attributes
    ----------
    name
        Display name of the item.
    attributes
        The item's own data, any JSON object.
    is_deleted
        Whether the item counts as deleted from this version on.
    schema_version
        The version of its type's schema that the attributes follow.
    """

    name: str
    attributes: dict[str, Any]
    is_deleted: bool = False
    schema_version: int = FIRST_SCHEMA_VERSION

    def equals(self, other: Content) -> bool:
        """Whether the two are the same once stored."""
        return (
            self.name == other.name
            and self.is_deleted == other.is_deleted
            and self.schema_version == other.schema_version
            and canonical(self.attributes) == canonical(other.attributes)
        )


@dataclass(frozen=True, slots=True)
class Command:
    """A command as its item in the commands table holds it.

    Attributes
    ----------
    key
        Its key; the version in it is the one that the command makes.
    content
        The command's statement about the item.
    request_id
        Identity of the publish call, the same in the data item that it makes.
    created_at, finished_at
        UTC, ISO 8601.
    error, cause
        Why it failed: the error's name and its explanation.
    ttl
        Epoch second after which DynamoDB deletes it.
    attempt
        How often it was started again after it failed.
    restarted_at
        When that was last.
    created_by
        Who asked for it.
    is_author_verified
        Whether somebody has verified that, and it is not only what the caller says.
    """

    key: CommandKey
    content: Content
    status: CommandStatus
    sync_mode: SyncMode
    request_id: str
    created_at: str
    created_by: str | None = None
    finished_at: str | None = None
    error: str | None = None
    cause: str | None = None
    ttl: int | None = None
    attempt: int = 0
    restarted_at: str | None = None
    is_author_verified: bool = False

    @property
    def pk(self) -> str:
        """Partition key of the command and of its item."""
        return self.key.pk

    @property
    def sk(self) -> str:
        """Sort key of the item that the command changes, without a version."""
        return self.key.base

    @property
    def version(self) -> int:
        """Version that the command makes."""
        return self.key.version

    @property
    def attributes(self) -> dict[str, Any]:
        """The item's own data as of this version."""
        return self.content.attributes

    @classmethod
    def from_item(cls, item: Item, attributes: dict[str, Any]) -> Command:
        """Read a command from its item and its attributes, wherever those were stored.

        Raises
        ------
        ValidationError
            If the item is damaged: CommandService did not write it so.
        """
        key = CommandKey.parse(item["pk"], item["sk"])
        try:
            return cls(
                key=key,
                content=content_of(item, attributes),
                status=CommandStatus(item["status"]),
                sync_mode=SyncMode(item["syncMode"]),
                request_id=_of_type(str, item, "requestId"),
                created_at=_of_type(str, item, "createdAt"),
                created_by=item.get(CREATED_BY),
                is_author_verified=item.get(IS_VERIFIED) is True,
                finished_at=item.get("finishedAt"),
                error=item.get("error"),
                cause=item.get("cause"),
                ttl=item.get("ttl"),
                attempt=_of_type(int, {ATTEMPT: 0, **item}, ATTEMPT),
                restarted_at=item.get(RESTARTED_AT),
            )
        except KeyError as error:
            raise _damaged(key, f"it has no {error.args[0]}") from None
        except (TypeError, ValueError) as error:
            raise _damaged(key, str(error)) from None

    def to_item(self, placed_attributes: dict[str, Any]) -> Item:
        """Item of the commands table, with its attributes as they were placed."""
        optional = {
            CREATED_BY: self.created_by,
            IS_VERIFIED: self.is_author_verified or None,
            "finishedAt": self.finished_at,
            "ttl": self.ttl,
            **marked_schema(self.content),
            UNFINISHED: None
            if self.status is CommandStatus.FINISHED
            else shard_of(*self.key.address),
        }
        return {
            **self.key.to_mapping(),
            "version": self.version,
            "name": self.content.name,
            "isDeleted": self.content.is_deleted,
            "tenantCode": tenant_code(self.pk),
            "status": self.status.value,
            "syncMode": self.sync_mode.value,
            "requestId": self.request_id,
            "createdAt": self.created_at,
            **{name: value for name, value in optional.items() if value is not None},
            **placed_attributes,
        }


@dataclass(frozen=True, slots=True)
class PublishResult:
    """The result of a publish call.

    Attributes
    ----------
    key
        The new command's key; if nothing changed, that of the version that already says so.
    changed
        Whether a command was written.
    request_id
        Identity of the publish call that made that version.
    """

    key: CommandKey
    changed: bool
    request_id: str


def status_of(item: Item) -> CommandStatus:
    """The status of a command's item.

    Raises
    ------
    ValidationError
        If it has none.
    """
    try:
        return CommandStatus(item["status"])
    except (KeyError, ValueError):
        key = CommandKey.parse(item["pk"], item["sk"])
        raise _damaged(key, f"its status is {item.get('status')!r:.80}") from None


def content_of(item: Item, attributes: dict[str, Any]) -> Content:
    """The content of a command or data item, given its attributes.

    Raises
    ------
    ValidationError
        If its name is not text, its mark of deletion is neither true nor false, or its schema has
        no such version.
    """
    return Content(name_of(item), attributes, is_deleted(item), schema_version_of(item))


def marked_schema(content: Content) -> dict[str, int]:
    """The attribute of an item that names the version of its schema; none for the first."""
    if content.schema_version == FIRST_SCHEMA_VERSION:
        return {}
    return {SCHEMA_VERSION: content.schema_version}


Kind = TypeVar("Kind", str, int)


def _of_type(kind: type[Kind], item: Item, name: str) -> Kind:
    value = item[name]
    if not isinstance(value, kind):
        raise TypeError(f"its {name} is {value!r}")
    return value


def _damaged(key: CommandKey, reason: str) -> ValidationError:
    return ValidationError(
        f"The command {key} is damaged: {reason}. It was not written so by CommandService; mend or "
        "delete its item in the commands table."
    )
