"""Imports over HTTP: the calls of ImportService, and links to upload and download files."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from cqrs.actions.imports import DEFAULT_ROWS, LINK_SECONDS, MOST_ROWS, whole_job
from cqrs.actions.room import Room
from cqrs.api.answers import LARGEST_BODY, ApiAnswer
from cqrs.api.problems import Problem
from cqrs.api.schemas import FILE_NAME, UPLOAD_NAME
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.timed_keys import ULID, new_ulid
from cqrs.core.work_keys import NAME
from cqrs.errors import NotFoundError, ValidationError
from cqrs.imports.keys import CSV_IMPORT, ImportKey
from cqrs.imports.models import ImportStatus
from cqrs.resources import uploads_folder
from cqrs.storage.paging import DEFAULT_PAGE, refuse_bad_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.api.call import ApiCall
    from cqrs.imports.models import ImportJob, PassedOverRow, RejectedRow
    from cqrs.services import Services

_FILE = re.compile(FILE_NAME)

CSV_TYPE = "text/csv"

_UPLOAD = re.compile(UPLOAD_NAME)

_ID = re.compile(rf"(?P<target>{NAME.pattern})\.(?P<ulid>{ULID.pattern})")


class ImportCalls:
    """Requests about imports.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._imports = services.imports
        self._objects = services.objects
        self._strategies = services.import_strategies
        self._bucket = services.settings.bucket

    def create_upload(self, call: ApiCall) -> ApiAnswer:
        """Make a link to upload a file, into the tenant's folder."""
        name = call.body["file"]
        if not _FILE.fullmatch(name):
            raise ValidationError(
                f"file is {name[:80]!r}; it must be a name of 1 to 120 characters without folders, "
                'such as airports.csv. It has none of /\\:*?"<>|{}[]^%`~#$; and no control '
                "characters, and does not begin with a space, dot or dash."
            )
        upload = f"{call.origin.identity or new_ulid()}-{name}"
        url = self._objects.upload_link(_object_key(call, upload), LINK_SECONDS, CSV_TYPE)
        body = {
            "upload": upload,
            "method": "PUT",
            "url": url,
            "headers": {"content-type": CSV_TYPE},
            "expires_in": LINK_SECONDS,
        }
        return ApiAnswer(201, body)

    def create_import(self, call: ApiCall) -> ApiAnswer:
        """Make a job that imports an uploaded file."""
        upload = call.body["upload"]
        if not _UPLOAD.fullmatch(upload):
            raise ValidationError(
                f"upload is {upload[:80]!r}; send the upload of an answer of POST .../uploads."
            )
        place = _object_key(call, upload)
        self._strategies.of(call.body["target"])
        self._refuse_no_upload(place, upload)
        key = self._imports.of(call.origin).create_csv_import(
            self._bucket,
            place,
            call.body["target"],
            call.tenant,
            call.body.get("mode"),
            call.body.get("publish_mode"),
            call.body.get("encoding"),
        )
        import_id = id_of(key)
        return ApiAnswer(202, {"id": import_id}, {"location": call.place("imports", import_id)})

    def _refuse_no_upload(self, place: str, upload: str) -> None:
        """See that there is something to import (one GetObject, whose content is not read).

        Raises
        ------
        Problem
            If there is not.
        """
        try:
            self._objects.stat(place)
        except NotFoundError:
            raise Problem(
                409,
                "no-upload",
                f"Nothing can be read as the upload {upload[:80]!r}: PUT the file to the url that "
                "POST .../uploads has told, and send this again. A link holds for "
                f"{LINK_SECONDS // 60} minutes; make another one if it is over.",
            ) from None

    def get_import(self, call: ApiCall) -> ApiAnswer:
        """A job with its counts as they are now."""
        return ApiAnswer(200, _shown(self._existing(call)))

    def list_imports(self, call: ApiCall) -> ApiAnswer:
        """A page of jobs, newest first."""
        status = call.query.get("status")
        page = self._imports.list(
            call.tenant,
            None if status is None else ImportStatus(status),
            limit=call.query.get("limit", DEFAULT_PAGE),
            cursor=call.query.get("cursor"),
        )
        body = {
            "imports": [_shown(job) for job in page.jobs],
            "cursor": page.cursor,
            "damaged": [each.to_mapping() for each in page.damaged],
        }
        return ApiAnswer(200, body)

    def list_rejected_rows(self, call: ApiCall) -> ApiAnswer:
        """The first rows of a job that were rejected, in the order of the file."""
        rows = self._imports.rejected_rows(self._existing(call).key)
        return _rows(call, rows, "Read it in the job's errors file.")

    def list_passed_over_rows(self, call: ApiCall) -> ApiAnswer:
        """The first rows of a job that its strategy passed over, in the order of the file."""
        rows = self._imports.passed_over_rows(self._existing(call).key)
        return _rows(call, rows, "Read it in the file.")

    def get_rejected_rows_link(self, call: ApiCall) -> ApiAnswer:
        """A link to download the errors file of a job."""
        job = self._existing(call)
        if job.errors_key is None:
            raise Problem(
                404,
                "no-errors-file",
                "The import has no errors file: no row was rejected, or it is not over yet.",
            )
        rows = job.counts.failed if job.errors_listed is None else job.errors_listed
        url = self._objects.link(job.errors_key, LINK_SECONDS)
        return ApiAnswer(200, {"url": url, "expires_in": LINK_SECONDS, "rows": rows})

    def cancel_import(self, call: ApiCall) -> ApiAnswer:
        """End a job."""
        reason = call.body.get("reason", "")
        job = self._imports.cancel(import_key(call), by=call.principal.author, reason=reason)
        return ApiAnswer(200, _shown(job))

    def _existing(self, call: ApiCall) -> ImportJob:
        job = self._imports.get(import_key(call))
        if job is None:
            raise _no_import(call)
        return job


def _rows(call: ApiCall, rows: Iterator[RejectedRow | PassedOverRow], otherwise: str) -> ApiAnswer:
    limit = call.query.get("limit", DEFAULT_ROWS)
    refuse_bad_limit(limit, longest=MOST_ROWS)
    room = Room(LARGEST_BODY)
    for row in islice(rows, limit):
        if not room.takes(row.to_mapping(), f"Row {row.number}", otherwise):
            break
    return ApiAnswer(200, {"rows": room.entries})


def id_of(key: ImportKey) -> str:
    """A job's id within its tenant."""
    return f"{key.target}.{key.ulid}"


def upload_of(object_key: str) -> str:
    """The upload that an object of the bucket is."""
    return object_key.rpartition("/")[2]


def _shown(job: ImportJob) -> dict[str, Any]:
    told = whole_job(job)
    hidden = {"bucket", "key", "errors_key"}
    shown = {name: value for name, value in told.items() if name not in hidden}
    return {**shown, "id": id_of(job.key), "upload": upload_of(job.object_key)}


def _object_key(call: ApiCall, upload: str) -> str:
    return f"{uploads_folder(call.tenant)}{upload}"


def import_key(call: ApiCall) -> ImportKey:
    """The key of the import of a path.

    Raises
    ------
    Problem
        If it is none.
    """
    found = _ID.fullmatch(call.path["id"])
    if found is None:
        raise _no_import(call)
    sk = KEY_SEPARATOR.join((found["target"], found["ulid"]))
    return ImportKey(f"{CSV_IMPORT}{KEY_SEPARATOR}{call.tenant}", sk)


def _no_import(call: ApiCall) -> Problem:
    return Problem(
        404,
        "not-found",
        f"There is no import {call.path['id'][:120]!r} of {call.tenant}; was it ever made, or has "
        "it expired?",
    )
