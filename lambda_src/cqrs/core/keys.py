"""Keys of items and commands.

An item's partition key is ``<TYPE>#<tenant>`` and its sort key ``<TYPE>#<id>``; a command of it
carries its version behind the sort key, ``<sort key>@<version>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cqrs.core.texts import checked_text
from cqrs.errors import ValidationError

KEY_SEPARATOR = "#"
VERSION_SEPARATOR = "@"

PARTITION_KEY_BYTES = 2048
SORT_KEY_BYTES = 1024
VERSION_DIGITS = 15
LAST_VERSION = 10**VERSION_DIGITS - 1

RESERVED_TYPES = "READ_MODEL_"
"""Begins the types of what read models keep for themselves in the data table."""

UNSTORABLE = "\0"
"""PostgreSQL's text has no such character (PostgreSQL manual, "Character Types")."""

_VERSION = re.compile(rf"[1-9][0-9]{{0,{VERSION_DIGITS - 1}}}")
"""Just as it is written, so that no two sort keys name one command."""


@dataclass(frozen=True, slots=True, order=True)
class ItemKey:
    """Key of a data item: ``pk`` and ``sk`` without a version."""

    pk: str
    sk: str

    def __str__(self) -> str:
        return f"{self.pk} {self.sk}"

    @classmethod
    def checked(cls, pk: str, sk: str) -> ItemKey:
        """Build a key from a caller's input.

        Raises
        ------
        ValidationError
            If the partition key is not ``<TYPE>#<tenant>``, or a key is not text, empty or longer
            than DynamoDB takes. That is 2,048 bytes for ``pk``, and 1,024 for ``sk`` with its
            version.
        """
        _refuse_other_than_text(pk, sk)
        checked_partition_key(pk)
        if not sk:
            raise ValidationError(f"The sort key of {pk} is empty; give one, as in AIRPORT#JFK.")
        _refuse_longer("Sort key", sk, SORT_KEY_BYTES - len(VERSION_SEPARATOR) - VERSION_DIGITS)
        return cls(pk, sk)

    @classmethod
    def publishable(cls, pk: str, sk: str) -> ItemKey:
        """Build the key of an item that somebody publishes.

        Raises
        ------
        ValidationError
            If it is refused (:meth:`checked`), or its type is one that read models keep for
            themselves. So is a key with a character that PostgreSQL cannot hold.
        """
        key = cls.checked(pk, sk)
        if UNSTORABLE in f"{pk}{sk}":
            raise ValidationError(
                f"The key {str(key)[:80]!r} has a zero character (U+0000), which no text of "
                "PostgreSQL can hold: leave it out."
            )
        if pk.startswith(RESERVED_TYPES):
            raise ValidationError(
                f"Items of {pk} belong to a read model, and nobody else writes them: "
                f"choose a type that does not begin with {RESERVED_TYPES}."
            )
        return key

    def at(self, version: int) -> CommandKey:
        """Key of this item's command with the given version."""
        return CommandKey(self.pk, self.sk, version)


@dataclass(frozen=True, slots=True, order=True)
class CommandKey:
    """Key of a command: the item's key and the version that the command makes."""

    pk: str
    base: str
    version: int

    def __str__(self) -> str:
        return f"{self.pk} {self.sk}"

    @classmethod
    def parse(cls, pk: str, sk: str) -> CommandKey:
        """Read a command's key as the commands table holds it.

        Raises
        ------
        ValidationError
            If the sort key does not end in ``@`` and a version of 1 or more.
        """
        _refuse_other_than_text(pk, sk)
        base, _, version = sk.rpartition(VERSION_SEPARATOR)
        if not (base and _VERSION.fullmatch(version)):
            raise ValidationError(
                f"Sort key {sk!r} of {pk} is not a command's: it must end in @ and a version of "
                "1 or more, as in AIRPORT#JFK@3."
            )
        return cls(pk, base, int(version))

    @classmethod
    def checked(cls, pk: str, sk: str) -> CommandKey:
        """Build a key from a caller's input.

        Raises
        ------
        ValidationError
            If it is not a command's, or its item's key is refused (:meth:`ItemKey.checked`).
        """
        key = cls.parse(pk, sk)
        ItemKey.checked(key.pk, key.base)
        return key

    @property
    def sk(self) -> str:
        """Sort key in the commands and history tables."""
        return f"{self.base}{VERSION_SEPARATOR}{self.version}"

    @property
    def item(self) -> ItemKey:
        """Key of the data item that the command changes."""
        return ItemKey(self.pk, self.base)

    @property
    def predecessor(self) -> CommandKey | None:
        """Key of the command before this one; None for version 1."""
        return CommandKey(self.pk, self.base, self.version - 1) if self.version > 1 else None

    @property
    def address(self) -> tuple[str, str]:
        """Partition and sort key in the commands and history tables."""
        return self.pk, self.sk

    def to_mapping(self) -> dict[str, str]:
        """``{"pk", "sk"}``, as executions carry it."""
        return {"pk": self.pk, "sk": self.sk}


def checked_partition_key(pk: str) -> str:
    """Check the form and length of a partition key.

    Raises
    ------
    ValidationError
        If it is not ``<TYPE>#<tenant>``, or longer than DynamoDB takes.
    """
    kind, separator, tenant = pk.rpartition(KEY_SEPARATOR)
    if not (kind and separator and tenant):
        raise ValidationError(
            f"Partition key {pk!r} is not of the form <TYPE>#<tenant>, as in AIRPORT#acme."
        )
    _refuse_longer("Partition key", pk, PARTITION_KEY_BYTES)
    return pk


def tenant_code(pk: str) -> str:
    """Tenant of a partition key: the text after its last ``#``."""
    return pk.rpartition(KEY_SEPARATOR)[2]


def item_type(pk: str) -> str:
    """Type of a partition key: the text before its last ``#``."""
    return pk.rpartition(KEY_SEPARATOR)[0]


def _refuse_other_than_text(pk: object, sk: object) -> None:
    for name, value in (("pk", pk), ("sk", sk)):
        if not isinstance(value, str):
            raise ValidationError(
                f"{name} is a {type(value).__name__}; keys are text, as in AIRPORT#acme and "
                "AIRPORT#JFK."
            )
        checked_text(value, name)


def _refuse_longer(what: str, value: str, limit: int) -> None:
    size = len(value.encode())
    if size > limit:
        raise ValidationError(
            f"{what} {value[:40]!r}... has {size} bytes; at most {limit} are allowed."
        )
