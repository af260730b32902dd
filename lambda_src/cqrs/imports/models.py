"""Shapes of the CSV import workflow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from cqrs.core.cancellation import CANCELLED
from cqrs.errors import ValidationError
from cqrs.imports.encoding_names import UTF_8, encoding_name
from cqrs.imports.keys import ImportKey
from cqrs.storage.origins import CREATED_BY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cqrs.core.attribute_values import Item
    from cqrs.core.damaged_items import DamagedItem


COLUMNS = "columns"
"""Attribute of a job with the names of its file's columns."""

ERRORS_LISTED = "errorsListed"
"""The same with the number of rejected rows in its errors file, if the file has not all."""

MAP_IS_OVER = "mapIsOver"
"""The same, true once no further batches come."""

ETAG, VERSION_ID, OFFSET = "etag", "versionId", "offset"
"""Attributes of a job that has begun: which file it reads, and the bytes before the first row."""

NEXT_OFFSET, NEXT_ROW = "nextOffset", "nextRow"
"""The place at which a file that the function reads is to be read on: all rows before it are done.
"""


OPTIONAL_TEXTS = (
    "startedAt", "finishedAt", "errorsKey", "error", "cause", "encoding", ETAG, VERSION_ID,
)  # fmt: skip
OPTIONAL_NUMBERS = (ERRORS_LISTED, OFFSET, NEXT_OFFSET, NEXT_ROW)

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class ImportKind(StrEnum):
    """Attribute ``kind`` of an item in the import_tmp table; only jobs start anything."""

    JOB = "JOB"
    COUNTERS = "COUNTERS"
    CHUNK = "CHUNK"
    REJECTED = "REJECTED"
    PASSED_OVER = "PASSED_OVER"
    HANDED_OVER = "HANDED_OVER"
    HEALING = "HEALING"


class ImportStatus(StrEnum):
    """Status of an import job."""

    CREATED = "CREATED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    COMPLETED_WITH_ERRORS = "COMPLETED_WITH_ERRORS"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether nothing comes after it."""
        return self not in {ImportStatus.CREATED, ImportStatus.PROCESSING}


class ProcessingMode(StrEnum):
    """How a job is worked off: in one invocation after the other, or by the state machine."""

    DIRECT = "DIRECT"
    STEP_FUNCTION = "STEP_FUNCTION"


class PublishMode(StrEnum):
    """How a row becomes a version of its item.

    SYNC applies it in the write that stores it; ASYNC leaves that to an execution of the command
    workflow for each row.
    """

    SYNC = "SYNC"
    ASYNC = "ASYNC"


@dataclass(frozen=True, slots=True)
class Row:
    """A data row of a file.

    Attributes
    ----------
    number
        Counted from 1, without the header and without empty lines.
    fields
        Text by column.
    problem
        Why it cannot be read as a row, if it cannot.
    raw
        As it stands in the file, if that is known.
    offset
        Bytes of the file before it, if that is known.
    """

    number: int
    fields: Mapping[str, str]
    problem: str = ""
    raw: str = ""
    offset: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it, as in the rows that Excel leaves at the end of a file."""
        return not self.problem and not any(text.strip() for text in self.fields.values())


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """The item that a row describes.

    Attributes
    ----------
    item_type, id
        Its key is ``<item_type>#<tenant>``, ``<item_type>#<id>``.
    name, attributes
        Its content, as it is published.
    """

    item_type: str
    id: str
    name: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is not imported.

    Attributes
    ----------
    number
        Of the row, counted from 1.
    reason
        Why, for whoever made the file.
    raw
        The row as CSV.
    """

    number: int
    reason: str
    raw: str

    def to_mapping(self) -> dict[str, Any]:
        """As items hold it."""
        return {"row": self.number, "reason": self.reason, "raw": self.raw}

    @classmethod
    def from_mapping(cls, row: Mapping[str, Any]) -> Self:
        """Read it from an item.

        Raises
        ------
        AttributeError, LookupError, TypeError, ValueError
            If it was not written so by the import.
        """
        return cls(_row_number(row), _text(row, "reason"), _text(row, "raw"))


@dataclass(frozen=True, slots=True)
class PassedOverRow:
    """A row that its strategy wants neither imported nor rejected.

    Attributes
    ----------
    number
        Of the row, counted from 1.
    reason
        Why, in the strategy's words.
    """

    number: int
    reason: str

    def to_mapping(self) -> dict[str, Any]:
        """As items hold it."""
        return {"row": self.number, "reason": self.reason}

    @classmethod
    def from_mapping(cls, row: Mapping[str, Any]) -> Self:
        """Read it from an item, as :meth:`RejectedRow.from_mapping` does."""
        return cls(_row_number(row), _text(row, "reason"))


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How many rows came to what.

    Attributes
    ----------
    total
        Rows that were looked at.
    succeeded, skipped, failed
        Of these: published; already said by their items, or passed over by the strategy; rejected.
    """

    total: int = 0
    succeeded: int = 0
    skipped: int = 0
    failed: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        return RowCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def to_mapping(self) -> dict[str, int]:
        """By name, as items hold it."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_item(cls, item: Item) -> RowCounts:
        """Read counts from an item; what is missing counts as 0.

        Raises
        ------
        ValueError
            If one of them is not a whole number.
        """
        return cls(*(_whole(item, f.name) for f in fields(cls)))


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import job as it is now.

    Attributes
    ----------
    bucket, object_key
        The file.
    created_at, started_at, finished_at
        UTC, ISO 8601; None if it has not come to that.
    errors_key
        Object in the environment's bucket with the rejected rows; None if there are none.
    error, cause
        Why the job as a whole failed, or who cancelled it and why.
    passed_over
        How many of the skipped rows the strategy passed over.
    encoding
        Of the file.
    errors_listed
        How many rejected rows stand in the errors file; None if all do.
    columns
        Of the file, once it was looked at.
    created_by
        Who made it; None if nobody has verified that.
    """

    key: ImportKey
    bucket: str
    object_key: str
    mode: ProcessingMode
    publish_mode: PublishMode
    status: ImportStatus
    counts: RowCounts
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    errors_key: str | None = None
    error: str | None = None
    cause: str | None = None
    passed_over: int = 0
    encoding: str = UTF_8
    errors_listed: int | None = None
    columns: tuple[str, ...] = ()
    created_by: str | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody has cancelled it, whether it is over by now or not."""
        return self.error == CANCELLED

    @classmethod
    def from_item(cls, item: Item, counts: RowCounts, passed_over: int = 0) -> ImportJob:
        """Read a job from its item.

        Raises
        ------
        ValidationError
            If the item is damaged: ImportService did not write it so.
        """
        key = ImportKey(item["pk"], item["sk"])
        refuse_damaged(item)
        return cls(
            key=key,
            bucket=item["bucket"],
            object_key=item["key"],
            mode=ProcessingMode(item["mode"]),
            publish_mode=PublishMode(item["publishMode"]),
            status=ImportStatus(item["status"]),
            counts=counts,
            created_at=item["createdAt"],
            started_at=item.get("startedAt"),
            finished_at=item.get("finishedAt"),
            errors_key=item.get("errorsKey"),
            error=item.get("error"),
            cause=item.get("cause"),
            passed_over=passed_over,
            encoding=item.get("encoding", UTF_8),
            errors_listed=item.get(ERRORS_LISTED),
            columns=tuple(item.get(COLUMNS, ())),
            created_by=item.get(CREATED_BY),
        )


@dataclass(frozen=True, slots=True)
class ImportPage:
    """Some jobs.

    Attributes
    ----------
    jobs
        The newest first.
    damaged
        Those among them that cannot be read.
    cursor
        Give it to the next call to go on; None on the last page.
    """

    jobs: Sequence[ImportJob]
    damaged: Sequence[DamagedItem]
    cursor: str | None


def status_of(item: Item) -> ImportStatus:
    """Status of a job's item.

    Raises
    ------
    ValidationError
        If it has none.
    """
    try:
        return ImportStatus(_text(item, "status"))
    except ValueError as error:
        raise _damaged(item, error) from None


def refuse_damaged(item: Item) -> None:
    """See that a job's item has all that reading it and working on it needs.

    Raises
    ------
    ValidationError
        If it has not; the message names the item, and what is wrong with it.
    """
    try:
        ImportKey.from_mapping(item)
        _refuse_other_kind(item)
        status = ImportStatus(_text(item, "status"))
        mode = ProcessingMode(_text(item, "mode"))
        PublishMode(_text(item, "publishMode"))
        checked_bucket(_text(item, "bucket"))
        for name in ("key", "createdAt"):
            _text(item, name)
        for name in OPTIONAL_TEXTS:
            if name in item:
                _text(item, name)
        for name in OPTIONAL_NUMBERS:
            if name in item:
                _refuse_other_than_count(item, name)
        _refuse_other_encoding(mode, item.get("encoding", UTF_8))
        _refuse_other_mark(item)
        if status is ImportStatus.PROCESSING or COLUMNS in item:
            _texts(item, COLUMNS)
        if status.is_final:
            RowCounts.from_item(item)
    except (TypeError, ValueError, ValidationError) as error:
        raise _damaged(item, error) from None


def checked_bucket(name: Any) -> str:
    """Check the form of a bucket's name (S3 guide, "General purpose buckets naming rules").

    An ARN in its place, which the SDK takes too, would send requests to a host of its own.

    Raises
    ------
    ValidationError
        If it is none.
    """
    if not isinstance(name, str) or not BUCKET_NAME.fullmatch(name):
        raise ValidationError(
            f"bucket is {name!r:.80}; it must be the name of a bucket: 3 to 63 small letters, "
            "digits, dots and dashes."
        )
    return name


def _damaged(item: Item, error: Exception) -> ValidationError:
    return ValidationError(
        f"Import {item['pk']}/{item['sk']} is damaged: {error}. Something other than "
        "ImportService wrote it. Mend its item in the import_tmp table, or delete it."
    )


def _refuse_other_kind(item: Item) -> None:
    if item.get("kind") != ImportKind.JOB:
        raise ValueError(f"its kind is {item.get('kind')!r:.80}")


def _refuse_other_encoding(mode: ProcessingMode, encoding: str) -> None:
    name = encoding_name(encoding)
    if name != encoding:
        raise ValueError(f"its encoding {encoding!r:.80} is {name} by its name")
    if mode is not ProcessingMode.DIRECT and encoding != UTF_8:
        raise ValueError(f"its mode {mode.value} does not take its encoding {encoding}")


def _refuse_other_mark(item: Mapping[str, Any]) -> None:
    if item.get(MAP_IS_OVER, True) is not True:
        raise ValueError(f"its attribute {MAP_IS_OVER} is there, and not true")


def _refuse_other_than_count(item: Mapping[str, Any], name: str) -> None:
    if type(item[name]) is not int or item[name] < 0:
        raise ValueError(f"its attribute {name} is not a whole number from 0")


def _row_number(row: Mapping[str, Any]) -> int:
    number = row["row"]
    if type(number) is not int:
        raise TypeError(f"row is {number!r:.80}")
    return number


def _text(item: Mapping[str, Any], name: str) -> str:
    if name not in item:
        raise ValueError(f"its attribute {name} is missing")
    if not isinstance(item[name], str):
        raise ValueError(f"its attribute {name} is not text")  # noqa: TRY004 - as for other damage
    return str(item[name])


def _texts(item: Item, name: str) -> None:
    values = item.get(name)
    if not (isinstance(values, list) and all(isinstance(value, str) for value in values)):
        raise ValueError(f"its attribute {name} is not a list of texts")


def _whole(item: Item, name: str) -> int:
    value = item.get(name, 0)
    if not isinstance(value, int):
        raise ValueError(f"its attribute {name} is not a whole number")  # noqa: TRY004
    return value
