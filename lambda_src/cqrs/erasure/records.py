"""Records of erasures: that one was asked for, how far it is, and that it was done.

They lie in the bucket for ever, under a digest of what was erased, and have nothing of it. An
erasure that was killed goes on with its record.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.core.clock import now_iso
from cqrs.core.timed_keys import new_ulid
from cqrs.errors import ValidationError
from cqrs.resources import ERASURES_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.aws.object_store import ObjectStore
    from cqrs.erasure.subjects import Subject


class ErasureStatus(StrEnum):
    """How far an erasure is."""

    UNDER_WAY = "UNDER_WAY"
    DONE = "DONE"


@dataclass(slots=True)
class Erasure:
    """An erasure, as its record has it.

    Attributes
    ----------
    id
        ULID of the request.
    subject
        The tenant, or the tenant and a digest of the item's key.
    by, reason
        Who asked for it, and why.
    requested_at, finished_at
        When; UTC.
    counts
        How many entries were removed from each store. A process that was killed may have removed a
        page more than it has counted.
    done
        Stores that this pass has come to the end of.
    passes
        How often all stores were gone through; the last pass found nothing.
    expires
        Stores that nothing can be taken out of: the day by which each has forgotten, and why.
    """

    id: str
    subject: dict[str, str]
    by: str
    reason: str
    requested_at: str
    status: str = ErasureStatus.UNDER_WAY.value
    finished_at: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    passes: int = 0
    expires: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.status == ErasureStatus.DONE

    @classmethod
    def of_new(cls, subject: Subject, by: str, reason: str) -> Erasure:
        """A new one."""
        return cls(new_ulid(), subject.to_mapping(), by, reason, now_iso())

    def to_mapping(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


class ErasureRecords:
    """Reads and writes the records.

    Parameters
    ----------
    objects
        The environment's bucket.
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def keep(self, subject: Subject, erasure: Erasure) -> None:
        """Write how far it is (one PutObject)."""
        key = f"{ERASURES_PREFIX}/{subject.digest}/{erasure.id}.json"
        self._objects.put_json(key, erasure.to_mapping())

    def under_way(self, subject: Subject) -> Erasure | None:
        """The erasure of a subject that has not come to its end; None if there is none."""
        return next((one for one in self.of(subject) if not one.is_done), None)

    def of(self, subject: Subject) -> Iterator[Erasure]:
        """All erasures of a subject, the oldest first."""
        yield from self._below(f"{ERASURES_PREFIX}/{subject.digest}/")

    def all(self) -> Iterator[Erasure]:
        """All erasures of the environment (one GetObject each)."""
        yield from self._below(f"{ERASURES_PREFIX}/")

    def _below(self, prefix: str) -> Iterator[Erasure]:
        for key in self._objects.keys(prefix):
            document = self._objects.get_json(key)
            try:
                yield Erasure(**document)
            except TypeError as error:
                raise ValidationError(
                    f"{self._objects.uri(key)} is not a record of an erasure ({error}): something "
                    "else has written it. Put back the version before; the bucket keeps versions."
                ) from None
