"""Keys of import jobs and of what belongs to them.

A job lies under ``CSV_IMPORT#<tenant>`` with the sort key ``<target>#<ULID>``. Behind the job's own
sort key lie its counters, the parts of its file that are done, and the rows that were rejected.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Any, Self

from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.texts import checked_text
from cqrs.core.timed_keys import ULID
from cqrs.core.work_keys import NAME, TimedWorkKey, checked_name
from cqrs.errors import ValidationError
from cqrs.resources import IMPORTS_PREFIX
from cqrs.storage.tenant_folders import tenant_folder

CSV_IMPORT = "CSV_IMPORT"
"""The beginning of partition keys."""

ROW_DIGITS = 12
"""Digits of a row's number, so that sort keys sort as numbers do."""

COUNTER_SHARDS = 16
"""Items that a job's counters are spread over. So chunks at work on one job do not wait for each
other (DynamoDB guide, "Using write sharding")."""

_ID = re.compile(
    rf"(?P<pk>{CSV_IMPORT}{KEY_SEPARATOR}.+)/"
    rf"(?P<sk>{NAME.pattern}{KEY_SEPARATOR}{ULID.pattern})",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, order=True)
class ImportKey(TimedWorkKey):
    """Key of an import job in the import_tmp table."""

    @classmethod
    def make(cls, tenant: str, target: str, ulid: str | None = None) -> Self:
        """Key of a new job."""
        return cls.of_new(CSV_IMPORT, tenant, target, ulid)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key from its text.

        Raises
        ------
        ValidationError
            If it is not of the form ``<pk>/<sk>``, or not text that can be stored.
        """
        found = _ID.fullmatch(checked_text(text, "The id of an import"))
        if found is None:
            raise ValidationError(
                f"{text!r} is not the id of an import: one looks like "
                f"{CSV_IMPORT}#acme/airports#01ARZ3NDEKTSV4RRFFQ69G5FAV."
            )
        return cls(found["pk"], found["sk"])

    @property
    def target(self) -> str:
        """The target that the rows are for."""
        return self.name

    @property
    def folder(self) -> str:
        """The beginning of the keys of its objects; earlier releases had no folders of tenants."""
        return f"{tenant_folder(IMPORTS_PREFIX, self.tenant)}{self.ulid}/"

    def chunk(self, first_row: int) -> str:
        """Sort key of the mark that a chunk of rows is done."""
        return self._part("B", first_row)

    @property
    def chunks_prefix(self) -> str:
        """The beginning of the sort keys of chunks."""
        return f"{self.sk}{KEY_SEPARATOR}B{KEY_SEPARATOR}"

    def row_of(self, sk: str, prefix: str) -> int | None:
        """First row of a chunk, by the sort key of an item of it; None if it tells none."""
        digits = sk.removeprefix(prefix)
        return int(digits) if digits.isascii() and digits.isdecimal() else None

    def rejected(self, first_row: int) -> str:
        """Sort key of the rejected rows of a chunk."""
        return f"{self.rejected_prefix}{first_row:0{ROW_DIGITS}}"

    @property
    def rejected_prefix(self) -> str:
        """The beginning of the sort keys of rejected rows; they sort in the order of the file."""
        return f"{self.sk}{KEY_SEPARATOR}E{KEY_SEPARATOR}"

    def passed_over(self, first_row: int) -> str:
        """Sort key of the rows of a chunk that their strategy passed over."""
        return f"{self.passed_over_prefix}{first_row:0{ROW_DIGITS}}"

    @property
    def passed_over_prefix(self) -> str:
        """The beginning of the sort keys of rows that were passed over, in the file's order."""
        return f"{self.sk}{KEY_SEPARATOR}P{KEY_SEPARATOR}"

    def handed_over(self, first_row: int) -> str:
        """Sort key of the mark that rows were handed over to another invocation."""
        return self._part("H", first_row)

    @property
    def rests_prefix(self) -> str:
        """The beginning of the sort keys of marks that rows were handed over."""
        return f"{self.sk}{KEY_SEPARATOR}H{KEY_SEPARATOR}"

    def counters(self, first_row: int) -> str:
        """Sort key of the counters that a chunk counts on."""
        return self._counter(zlib.crc32(str(first_row).encode()) % COUNTER_SHARDS)

    def all_counters(self) -> tuple[str, ...]:
        """Sort keys of all counters."""
        return tuple(map(self._counter, range(COUNTER_SHARDS)))

    @property
    def counters_prefix(self) -> str:
        """The beginning of the sort keys of the counters."""
        return f"{self.sk}{KEY_SEPARATOR}C{KEY_SEPARATOR}"

    def _counter(self, shard: int) -> str:
        return f"{self.counters_prefix}{shard:02}"

    def _part(self, kind: str, row: int) -> str:
        return f"{self.sk}{KEY_SEPARATOR}{kind}{KEY_SEPARATOR}{row:0{ROW_DIGITS}}"


def checked_target(target: Any) -> str:
    """Check the form of a target (:func:`~cqrs.core.work_keys.checked_name`)."""
    return checked_name("import target", target)
