"""The bucket that a file is imported from, which need not be the environment's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.errors import ConfigurationError, NotFoundError
from cqrs.object_store import MISSING_BUCKET_CODE, MISSING_CODES, ObjectStore

if TYPE_CHECKING:
    from cqrs.attribute_values import Item
    from cqrs.clients import Clients
    from cqrs.errors import PermanentError
    from cqrs.settings import Settings

DENIED_CODES = frozenset({"AccessDenied", "403"})


class SourceObjects(ObjectStore):
    """Objects of the bucket that a job names, with errors for whoever named it.

    Parameters
    ----------
    clients, settings
        Access to S3, and the environment's own bucket.
    job
        The job's item.
    """

    def __init__(self, clients: Clients, settings: Settings, job: Item) -> None:
        super().__init__(clients, job["bucket"])
        self._own_bucket = settings.bucket

    def _refusal(self, code: str, key: str) -> PermanentError | None:
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
                f"in the environment's file: check the name, list {self._bucket} there, and deploy."
            )
        if code in DENIED_CODES:
            return ConfigurationError(
                f"{self.uri(key)} cannot be read: access is denied. Does the bucket's policy, or "
                "that of the key which encrypts the file, shut out the function's role?"
            )
        return super()._refusal(code, key)
