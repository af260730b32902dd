"""Making import jobs, and telling how they do (guide, "Use case 3: large CSV imports")."""

from __future__ import annotations

from copy import copy
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from cqrs.core.cancellation import cancel_cause
from cqrs.core.damaged_items import read_each
from cqrs.core.tenants import checked_new_tenant, checked_tenant
from cqrs.core.texts import checked_text
from cqrs.errors import NotFoundError, ValidationError
from cqrs.imports.csv.encodings import checked_encoding
from cqrs.imports.indexes import BY_TENANT
from cqrs.imports.keys import ImportKey, checked_target
from cqrs.imports.models import (
    ImportJob,
    ImportPage,
    ImportStatus,
    ProcessingMode,
    PublishMode,
    checked_bucket,
    status_of,
)
from cqrs.imports.records import NewJob
from cqrs.storage.origins import UNKNOWN
from cqrs.storage.paging import DEFAULT_PAGE
from cqrs.storage.status_listing import StatusIndex, newest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cqrs.aws.item_store import ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.imports.canceller import ImportCanceller
    from cqrs.imports.models import PassedOverRow, RejectedRow
    from cqrs.imports.records import ImportRecords
    from cqrs.imports.strategies import ImportStrategies
    from cqrs.settings import Settings
    from cqrs.storage.origins import Origin

OBJECT_KEY_BYTES = 1024
DEFAULT_MODE = ProcessingMode.STEP_FUNCTION

Choice = TypeVar("Choice", bound=StrEnum)


class ImportService:
    """Makes and reads import jobs.

    Parameters
    ----------
    store, settings
        Access to the import_tmp table.
    records
        Writes and reads jobs.
    strategies
        The application's import strategies. None if this process does not know the application;
        then a job of a target without a strategy fails when its turn comes, not here.
    canceller
        Makes what ends cancelled jobs, in a process that knows the application.
    origin
        The origin of its calls.
    """

    def __init__(
        self,
        store: ItemStore,
        settings: Settings,
        records: ImportRecords,
        strategies: ImportStrategies | None,
        canceller: Callable[[], ImportCanceller],
        origin: Origin = UNKNOWN,
    ) -> None:
        self._store = store
        self._table = settings.import_tmp_table
        self._records = records
        self._strategies = strategies
        self._canceller = canceller
        self._origin = origin

    def of(self, origin: Origin) -> ImportService:
        """The same service for calls of an origin, of which each try makes the same job."""
        bound = copy(self)
        bound._origin = origin
        return bound

    def create_csv_import(
        self,
        bucket: str,
        key: str,
        target: str,
        tenant: str,
        mode: ProcessingMode | str | None = None,
        publish_mode: PublishMode | str | None = None,
        encoding: str | None = None,
    ) -> ImportKey:
        """Make a job that imports a CSV file (one PutItem).

        Parameters
        ----------
        bucket, key
            The file: comma-separated, with a line of column names.
        target
            The target that the rows are for, and that a strategy is registered for.
        tenant
            Tenant code.
        mode
            ``STEP_FUNCTION``, the default: by the state machine. ``DIRECT``: in the function, for
            a file of at most 16 MB.
        publish_mode
            How rows become versions of their items, ``SYNC`` or ``ASYNC``; by default as the
            strategy says.
        encoding
            Of the file, UTF-8 by default. Mode ``DIRECT`` also takes any other that Python's text
            codecs know, such as ``cp932`` (Python, "Standard Encodings").

        Raises
        ------
        ValidationError
            If an argument is refused; nothing was written. Whether the file can be imported is told
            on the job.
        """
        checked_target(target)
        job_key = ImportKey.make(checked_new_tenant(tenant), target, self._origin.identity)
        wanted = checked_choice(ProcessingMode, DEFAULT_MODE if mode is None else mode, "mode")
        job = NewJob(
            checked_bucket(bucket),
            _checked_key(key),
            wanted,
            self._publish_mode(target, publish_mode),
            checked_encoding(encoding, wanted),
            self._origin.author,
        )
        self._records.create(job_key, job)
        return job_key

    def get(self, key: ImportKey) -> ImportJob | None:
        """A job as it is now; None if there is none (one GetItem and one Query).

        Raises
        ------
        ValidationError
            If its item is damaged.
        """
        return self._records.job(key)

    def cancel(self, key: ImportKey, *, by: str, reason: str = "") -> ImportJob:
        """End a job that nobody wants to go on with; what it has imported stays.

        Its execution is stopped, no further rows are published, and the sync handlers of those that
        were run to their end. A call that died on its way is finished by the job's stream, or by
        the same call again.

        Some thirty requests, and for each chunk whose sync handlers have still to run what these
        cost.

        Parameters
        ----------
        key
            The job.
        by
            Who cancels it.
        reason
            Why.

        Returns
        -------
        ImportJob
            CANCELLED, with its final counts; one that was cancelled before as it is. A process that
            does not know the application leaves the end to the function, and returns the job as it
            is until then.

        Raises
        ------
        NotFoundError
            If there is no such job.
        ValidationError
            If the job is over already, or damaged, or an argument is refused.
        TransientError
            If AWS could not do it just now: repeat the call.
        """
        cause = cancel_cause(by, reason)
        if not _refuse_over(key, self._existing(key)).is_final:
            self._records.note_cancellation(key, cause)
        if self._strategies is not None:
            self._canceller().go_on(key)
        item = self._existing(key)
        _refuse_over(key, item)
        return self._records.job_of(item)

    def list(
        self,
        tenant: str,
        status: ImportStatus | None = None,
        *,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
    ) -> ImportPage:
        """A tenant's jobs with their counts, the newest first.

        One Query for each status that is asked for, one BatchGetItem, and one Query for each job
        that is not over.

        Parameters
        ----------
        tenant
            Tenant code.
        status
            Only jobs of this status; by default of all.
        limit
            Jobs of a page, 1 to 100.
        cursor
            ``cursor`` of the page before.

        Raises
        ------
        ValidationError
            If an argument is refused.
        """
        place = StatusIndex(self._table, BY_TENANT, checked_tenant(tenant))
        statuses = [status] if status else [*ImportStatus]
        page = newest(self._store, place, statuses, limit=limit, cursor=cursor)
        jobs, damaged = read_each(page.items, self._records.job_of)
        return ImportPage(jobs, damaged, page.cursor)

    def rejected_rows(self, key: ImportKey) -> Iterator[RejectedRow]:
        """The rows of a job that were rejected so far, in the order of the file."""
        return self._records.rejected_rows(key)

    def passed_over_rows(self, key: ImportKey) -> Iterator[PassedOverRow]:
        """The rows of a job that its strategy passed over so far, in the order of the file."""
        return self._records.passed_over_rows(key)

    def _existing(self, key: ImportKey) -> Item:
        item = self._records.read(key)
        if item is None:
            raise NotFoundError(f"There is no import {key}; was it ever made, or has it expired?")
        return item

    def _publish_mode(self, target: str, given: PublishMode | str | None) -> PublishMode:
        default = PublishMode.SYNC
        if self._strategies is not None:
            default = self._strategies.of(target).publish_mode
        return default if given is None else checked_choice(PublishMode, given, "publish_mode")


def checked_choice(kind: type[Choice], value: Any, name: str) -> Choice:
    """Read one of some words.

    Raises
    ------
    ValidationError
        If it is none of them.
    """
    try:
        return kind(value)
    except ValueError:
        raise ValidationError(
            f"{name} is {value!r}; it must be {' or '.join(member.value for member in kind)}."
        ) from None


def _refuse_over(key: ImportKey, item: Item) -> ImportStatus:
    """Status of a job that may be, or was, cancelled.

    Raises
    ------
    ValidationError
        If it is over otherwise, or has no status.
    """
    status = status_of(item)
    if status.is_final and status is not ImportStatus.CANCELLED:
        raise ValidationError(
            f"Import {key} is over already: it is {status.value}. The rows that it imported stay."
        )
    return status


def _checked_key(key: Any) -> str:
    if not isinstance(key, str) or not key:
        raise ValidationError(f"key is {key!r}; it must be text.")
    if len(checked_text(key, "key").encode()) > OBJECT_KEY_BYTES:
        raise ValidationError(f"key is longer than {OBJECT_KEY_BYTES} bytes.")
    return key
