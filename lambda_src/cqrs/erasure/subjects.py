"""Whose data is erased: a tenant's, or that of one item."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from cqrs.aws.item_store import Condition
from cqrs.core.keys import KEY_SEPARATOR, RESERVED_TYPES, CommandKey, ItemKey, tenant_code
from cqrs.errors import ValidationError
from cqrs.read_models.table_place import NOTE

if TYPE_CHECKING:
    from cqrs.core.attribute_values import Item

SUBJECT, ATTRIBUTE_TENANT = "subject", "tenant"

ENTRY = frozenset({"pk", "sk", "version", "name", "isDeleted", "attributes"})
"""Attributes of a read model's entry."""


class Subject(Protocol):
    """Whose data it is."""

    @property
    def tenant(self) -> str:
        """The tenant, or that of the item."""

    @property
    def digest(self) -> str:
        """Tells it from any other, and says nothing of it."""

    @property
    def wanted(self) -> Condition:
        """Lets DynamoDB send its items, and maybe some others."""

    def owns(self, pk: str, sk: str) -> bool:
        """Whether an item of a table is its."""

    def to_mapping(self) -> dict[str, str]:
        """The part of it that a record may keep for ever."""


@dataclass(frozen=True)
class TenantSubject:
    """All data of a tenant."""

    tenant: str

    def __str__(self) -> str:
        return f"tenant {self.tenant}"

    @cached_property
    def digest(self) -> str:
        """Of its code."""
        return _digest("tenant", self.tenant)

    @property
    def wanted(self) -> Condition:
        """All items that have its code behind a ``#`` anywhere in the partition key."""
        return Condition("contains(#pk, :code)", {"code": f"{KEY_SEPARATOR}{self.tenant}"})

    def owns(self, pk: str, sk: str) -> bool:  # noqa: ARG002 - as of an item
        """Whether the text behind the last ``#`` of the partition key is its code, to the letter.

        So ``a`` has nothing of ``ab``, and ``X#a#b`` is of ``b``.
        """
        return KEY_SEPARATOR in pk and tenant_code(pk) == self.tenant

    def to_mapping(self) -> dict[str, str]:
        """Its code, which names an organisation and not a person."""
        return {"tenant": self.tenant}


@dataclass(frozen=True)
class ItemSubject:
    """An item: its data, its history, its commands, and what shows it."""

    key: ItemKey

    def __str__(self) -> str:
        return f"item {self.key}"

    @property
    def tenant(self) -> str:
        """The item's tenant."""
        return tenant_code(self.key.pk)

    @cached_property
    def digest(self) -> str:
        """Of its key."""
        return _digest("item", self.key.pk, self.key.sk)

    @property
    def wanted(self) -> Condition:
        """Its versions, and what read models have of it."""
        return Condition(
            "(#pk = :pk AND begins_with(#sk, :sk)) OR (begins_with(#pk, :model) AND #sk = :sk)"
            " OR (#sk = :sk AND attribute_not_exists(#createdAt))",
            {"pk": self.key.pk, "sk": self.key.sk, "model": RESERVED_TYPES},
        )

    def owns(self, pk: str, sk: str) -> bool:
        """Whether a letter or running work is about it, or about one of its versions."""
        return (pk, sk) == (self.key.pk, self.key.sk) or self.is_version(pk, sk)

    def is_version(self, pk: str, sk: str) -> bool:
        """Whether it is one of its versions in the commands or history table."""
        return pk == self.key.pk and _base(pk, sk) == self.key.sk

    def is_state(self, pk: str, sk: str) -> bool:
        """Whether it is its state in the data table, or a read model's note of it there.

        The sort key of another item may end as a version does.
        """
        is_note = pk.startswith(RESERVED_TYPES) and tenant_code(pk) == self.tenant
        return sk == self.key.sk and (pk == self.key.pk or is_note)

    def is_note(self, pk: str, sk: str) -> bool:
        """Whether it is the note of a declared read model on it, under ``@<model>#<number>#``."""
        of = pk.removeprefix(NOTE).split(KEY_SEPARATOR, 2)
        return pk.startswith(NOTE) and of[2:] == [self.key.pk] and sk == self.key.sk

    def to_mapping(self) -> dict[str, str]:
        """Its tenant and a digest: the key of an item may name a person."""
        return {"tenant": self.tenant, "item": self.digest}


def is_left_entry(item: Item, subject: ItemSubject) -> bool:
    """Whether an item is a read model's entry that shows the subject no longer.

    The note of the model does not name it any more. Its sort key is the item's by convention, and
    it has none of what the services write on items.
    """
    is_entry = set(item) <= ENTRY and item.get("isDeleted") is True
    return is_entry and item["sk"] == subject.key.sk and tenant_code(item["pk"]) == subject.tenant


def entries_of(note: Item) -> list[tuple[str, str]]:
    """The places of a read model's entries, if an item is a note of a read model."""
    pk = str(note.get("pk", ""))
    if not pk.startswith((RESERVED_TYPES, NOTE)):
        return []
    noted = note if pk.startswith(NOTE) else note.get("attributes")
    entries: Any = noted.get("entries") if isinstance(noted, dict) else None
    if not isinstance(entries, list):
        return []
    return [
        (place[0], place[1])
        for place in entries
        if isinstance(place, list) and [type(part) for part in place] == [str, str]
    ]


def _base(pk: str, sk: str) -> str | None:
    try:
        return CommandKey.parse(pk, sk).base
    except ValidationError:
        return None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]
