"""Keys of what people follow by an id: tasks, imports and approval requests."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Self

from cqrs.core.keys import KEY_SEPARATOR, tenant_code
from cqrs.core.timed_keys import new_ulid
from cqrs.errors import ValidationError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""A type of task or an import's target, which is the beginning of a sort key."""


@dataclass(frozen=True, slots=True, order=True)
class WorkKey(ABC):
    """Key of a piece of work in its table.

    As text it is ``<pk>/<sk>``, which is what people give a command line.
    """

    pk: str
    sk: str

    def __str__(self) -> str:
        return f"{self.pk}/{self.sk}"

    @classmethod
    @abstractmethod
    def parse(cls, text: str) -> Self:
        """Read a key from its text.

        Raises
        ------
        ValidationError
            If it is not of the form ``<pk>/<sk>``.
        """

    @classmethod
    def from_mapping(cls, mapping: Any) -> Self:
        """Read a key from ``{"pk", "sk"}``, as messages and executions carry it.

        Raises
        ------
        ValidationError
            If it is not a key of such work.
        """
        pk, sk = (mapping.get("pk"), mapping.get("sk")) if isinstance(mapping, dict) else ("", "")
        return cls.parse(f"{pk}/{sk}")

    @property
    def tenant(self) -> str:
        """Tenant code."""
        return tenant_code(self.pk)

    def to_mapping(self) -> dict[str, str]:
        """``{"pk", "sk"}``, as items, messages and executions carry it."""
        return {"pk": self.pk, "sk": self.sk}


@dataclass(frozen=True, slots=True, order=True)
class TimedWorkKey(WorkKey):
    """Key of work that is listed by its time: its sort key begins with ``<name>#<ULID>``."""

    @classmethod
    def of_new(cls, kind: str, tenant: str, name: str, ulid: str | None = None) -> Self:
        """Key of new work.

        Parameters
        ----------
        kind, tenant
            The parts of its partition key.
        name
            The worker: a type of task, or an import's target.
        ulid
            Its identity; a new one by default.
        """
        return cls(f"{kind}{KEY_SEPARATOR}{tenant}", f"{name}{KEY_SEPARATOR}{ulid or new_ulid()}")

    @property
    def name(self) -> str:
        """The name of the worker."""
        return self.sk.partition(KEY_SEPARATOR)[0]

    @property
    def ulid(self) -> str:
        """Identity and time of the work; what belongs to it has the same."""
        return self.sk.split(KEY_SEPARATOR)[1]


def checked_name(what: str, name: Any) -> str:
    """Check the form of a type of task or an import's target.

    Parameters
    ----------
    what
        The kind of work that it names, for the error.
    name
        The key, as it was given.

    Raises
    ------
    ValidationError
        If it is not 1 to 64 letters, digits, dots, dashes and underscores.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValidationError(
            f"The {what} {str(name)[:80]!r} must be 1 to 64 letters, digits, dots, dashes and "
            "underscores, and begin with a letter or digit."
        )
    return name
