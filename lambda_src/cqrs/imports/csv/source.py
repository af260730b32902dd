"""The file that is imported, whose bucket need not be the environment's own.

A file in another encoding than UTF-8 is converted once, into an object beside the job's other ones,
and the job works on that. Bytes of UTF-8 can be cut into records anywhere, and read on from any of
them. Text in UTF-16 has line ends within its characters, and that of ISO-2022-JP means nothing
without what stands before it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cqrs.aws.object_store import (
    MISSING_BUCKET_CODE,
    MISSING_CODES,
    NO_VERSION,
    READS,
    ObjectStore,
)
from cqrs.errors import ConfigurationError, NotFoundError, ValidationError
from cqrs.imports.encoding_names import UTF_8
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ETAG, VERSION_ID
from cqrs.resources import IMPORT_COPIES_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.exceptions import ClientError

    from cqrs.aws.clients import Clients
    from cqrs.core.attribute_values import Item
    from cqrs.errors import PermanentError
    from cqrs.settings import Settings

DENIED_CODES = frozenset({"AccessDenied", "403"})
REPLACED_CODES = frozenset({"PreconditionFailed", "412"})


class SourceObjects(ObjectStore):
    """Objects of the bucket that a job names, with errors for whoever named it.

    Parameters
    ----------
    clients, settings
        Access to S3, and the environment's own bucket.
    job
        The job's item; it reads the file as it was when it was noted there, and no other.
    """

    def __init__(self, clients: Clients, settings: Settings, job: Mapping[str, Any]) -> None:
        super().__init__(clients, job["bucket"])
        self._own_bucket = settings.bucket
        self._etag = job.get(ETAG)

    def _call(self, operation: str, key: str, **request: Any) -> Any:
        if self._etag and operation in READS:
            request["IfMatch"] = self._etag
        return super()._call(operation, key, **request)

    def _refusal(self, error: ClientError, operation: str, key: str) -> PermanentError | None:
        code = error.response["Error"]["Code"]
        if code in REPLACED_CODES:
            return ValidationError(
                f"{self.uri(key)} was replaced while it was imported. Rows of the file before it "
                "stay; import the file as it is now."
            )
        if code in MISSING_CODES:
            return NotFoundError(
                f"{self.uri(key)} does not exist: is the key spelt so, was the file deleted, or "
                "has it expired?"
            )
        if self._bucket != self._own_bucket and code in {MISSING_BUCKET_CODE, *DENIED_CODES}:
            reason = "access is denied" if code in DENIED_CODES else "there is no such bucket"
            return ConfigurationError(
                f"{self.uri(key)} cannot be read: {reason}. An import reads the environment's own "
                f"bucket, {self._own_bucket}, and those that source_buckets of [import_csv] lists "
                f"in the environment's file. Check the name, list {self._bucket} there, and "
                "deploy."
            )
        if code in DENIED_CODES:
            return ConfigurationError(
                f"{self.uri(key)} cannot be read: access is denied. Does the bucket's policy, or "
                "that of the key which encrypts the file, shut out the function's role?"
            )
        return super()._refusal(error, operation, key)


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a job's rows.

    Attributes
    ----------
    objects, key
        Its object: the file itself, or the one that it was converted into.
    place
        How people name the file.
    encoding
        Of the file.
    """

    objects: ObjectStore
    key: str
    place: str
    encoding: str

    @classmethod
    def of(cls, clients: Clients, settings: Settings, job: Item) -> Source:
        """The source of the rows of an item's job."""
        given = SourceObjects(clients, settings, job)
        encoding, place = job.get("encoding", UTF_8), given.uri(job["key"])
        if encoding == UTF_8:
            return cls(given, job["key"], place, encoding)
        return cls(ObjectStore(clients, settings.bucket), _converted(job), place, encoding)


class FilesAsRead:
    """Tells whether files that a map reads are those that their jobs were started with.

    Step Functions reads a file by its version, and by no ETag (Step Functions guide, "ItemReader
    (Map)"). So it may read another one if S3 keeps no versions.

    Parameters
    ----------
    clients, settings
        Access to files.
    """

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._settings = settings

    def refuse_other(self, given: Mapping[str, Any]) -> None:
        """See that what a map has read so far is its job's file (one HeadObject without versions).

        The file is there now as it was when the job was started, so it was there in between.

        Parameters
        ----------
        given
            The execution's input.

        Raises
        ------
        ValidationError
            If another one is in its place.
        NotFoundError
            If it is gone, and another one may have been there.
        ConfigurationError
            If it may not be read any more.
        """
        # An execution that an earlier release started knows no ETag.
        if given.get(VERSION_ID) == NO_VERSION and ETAG in given:
            SourceObjects(self._clients, self._settings, given).size(given["key"])


def _converted(job: Item) -> str:
    # Of another file comes another object.
    read = hashlib.sha256(str(job.get(ETAG, "")).encode()).hexdigest()[:16]
    return f"{IMPORT_COPIES_PREFIX}/{ImportKey.from_mapping(job).ulid}/in-utf-8-{read}.csv"
