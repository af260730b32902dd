"""Imports by direct invocation: the calls of ImportService."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from cqrs.actions.answers import answering
from cqrs.actions.room import Room
from cqrs.core.tenants import checked_tenant
from cqrs.errors import NotFoundError
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus
from cqrs.imports.service import checked_choice
from cqrs.storage.paging import DEFAULT_PAGE, refuse_bad_limit

if TYPE_CHECKING:
    from cqrs.aws.object_store import ObjectStore
    from cqrs.imports.models import ImportJob
    from cqrs.imports.service import ImportService

LINK_SECONDS = 900
"""How long a link to an errors file holds."""

DEFAULT_ROWS = 100
MOST_ROWS = 1000
"""Rejected rows of an answer; the errors file has them all."""


class ImportActions:
    """Actions on import jobs.

    Parameters
    ----------
    imports
        The service.
    objects
        The bucket of errors files.
    """

    def __init__(self, imports: ImportService, objects: ObjectStore) -> None:
        self._imports = imports
        self._objects = objects
        self.create_csv_import = answering(imports.create_csv_import, _created)

    def get_csv_import(self, id: str) -> dict[str, Any] | None:  # noqa: A002 - the payload's key
        """Read a job with its counts as they are now."""
        job = self._imports.get(_key(id))
        return None if job is None else whole_job(job)

    def list_csv_imports(
        self,
        tenant: str,
        status: str | None = None,
        limit: int = DEFAULT_PAGE,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Read a page of a tenant's jobs, newest first; its cursor is None on the last page."""
        wanted = None if status is None else checked_choice(ImportStatus, status, "status")
        page = self._imports.list(tenant, wanted, limit=limit, cursor=cursor)
        return {
            "imports": [whole_job(job) for job in page.jobs],
            "damaged": [each.to_mapping() for each in page.damaged],
            "cursor": page.cursor,
        }

    def cancel_csv_import(
        self,
        id: str,  # noqa: A002 - the payload's key
        by: str,
        reason: str = "",
    ) -> dict[str, Any]:
        """End a job that nobody wants to go on with; what it has imported stays."""
        return whole_job(self._imports.cancel(_key(id), by=by, reason=reason))

    def list_rejected_rows(
        self,
        id: str,  # noqa: A002 - the payload's key
        limit: int = DEFAULT_ROWS,
    ) -> list[dict[str, Any]]:
        """Read the first rows of a job that were rejected so far, in the order of the file.

        Fewer than the limit if an answer takes no more; the errors file has them all.

        Raises
        ------
        ValidationError
            If an argument is refused, or no answer holds the first row.
        """
        refuse_bad_limit(limit, longest=MOST_ROWS)
        rows = self._imports.rejected_rows(_key(id))
        room = Room()
        for row in islice(rows, limit):
            what = f"Row {row.number} of {id}"
            if not room.takes(row.to_mapping(), what, "Read it in the job's errors file."):
                break
        return room.entries

    def list_passed_over_rows(
        self,
        id: str,  # noqa: A002 - the payload's key
        limit: int = DEFAULT_ROWS,
    ) -> list[dict[str, Any]]:
        """Read the first rows of a job that its strategy passed over, in the order of the file.

        Raises
        ------
        ValidationError
            If an argument is refused.
        """
        # At 200 characters a reason, the most of them fit into an answer.
        refuse_bad_limit(limit, longest=MOST_ROWS)
        rows = self._imports.passed_over_rows(_key(id))
        return [row.to_mapping() for row in islice(rows, limit)]

    def get_rejected_rows_link(self, id: str) -> dict[str, Any] | None:  # noqa: A002
        """Make a link to download a job's errors file; None if the job has none, or not yet.

        Raises
        ------
        NotFoundError
            If there is no such job.
        """
        key = _key(id)
        job = self._imports.get(key)
        if job is None:
            raise NotFoundError(f"There is no import {key}; was it ever made, or has it expired?")
        if job.errors_key is None:
            return None
        url = self._objects.link(job.errors_key, LINK_SECONDS)
        rows = job.counts.failed if job.errors_listed is None else job.errors_listed
        return {"url": url, "expires_in": LINK_SECONDS, "rows": rows}


def _created(key: ImportKey) -> dict[str, Any]:
    return {"id": str(key), **key.to_mapping()}


def whole_job(job: ImportJob) -> dict[str, Any]:
    """A job as JSON."""
    return {
        "id": str(job.key),
        "target": job.key.target,
        "bucket": job.bucket,
        "key": job.object_key,
        "mode": job.mode.value,
        "publish_mode": job.publish_mode.value,
        "status": job.status.value,
        "counts": job.counts.to_mapping(),
        "created_at": job.created_at,
        "created_by": job.created_by,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "errors_key": job.errors_key,
        "error": job.error,
        "cause": job.cause,
        "passed_over": job.passed_over,
        "encoding": job.encoding,
    }


def _key(text: str) -> ImportKey:
    key = ImportKey.parse(text)
    checked_tenant(key.tenant)
    return key
