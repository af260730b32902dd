"""Objects with all their versions, which deleting an object alone leaves there."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from cqrs.aws.clients import send
from cqrs.errors import ConfigurationError, NotFoundError, TransientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cqrs.aws.clients import Clients

DELETED_AT_ONCE = 1000
"""Keys of one DeleteObjects (S3 API reference)."""

NOTHING_THERE = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "InvalidRange"})
"""Errors of a version that is gone, is a mark that the object was deleted, or is empty."""

REFUSED = "AccessDenied"


class Version(NamedTuple):
    """A version of an object; ``is_mark`` if it only says that the object was deleted."""

    key: str
    id: str
    is_mark: bool


class ObjectVersions:
    """Versions of the objects of a bucket.

    Parameters
    ----------
    clients
        Source of the S3 client.
    bucket
        Name of the bucket.
    """

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    def below(self, prefix: str) -> Iterator[Version]:
        """All versions of objects whose keys begin so (one ListObjectVersions a thousand)."""
        place: dict[str, str] = {}
        while True:
            page = send(
                self._clients.s3,
                "list_object_versions",
                Bucket=self._bucket,
                Prefix=prefix,
                **place,
            )
            for name, is_mark in (("Versions", False), ("DeleteMarkers", True)):
                for entry in page.get(name, ()):
                    yield Version(entry["Key"], str(entry["VersionId"]), is_mark)
            if not page.get("IsTruncated"):
                return
            place = {"KeyMarker": page["NextKeyMarker"]}
            if page.get("NextVersionIdMarker"):
                place["VersionIdMarker"] = page["NextVersionIdMarker"]

    def of(self, key: str) -> Iterator[Version]:
        """All versions of one object."""
        return (version for version in self.below(key) if version.key == key)

    def read(self, version: Version, most: int) -> bytes:
        """The beginning of a version (one GetObject).

        Parameters
        ----------
        version
            The version.
        most
            How many bytes of it.

        Raises
        ------
        NotFoundError
            If it is gone by now, or never had any.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            answer = send(
                self._clients.s3,
                "get_object",
                Bucket=self._bucket,
                Key=version.key,
                VersionId=version.id,
                Range=f"bytes=0-{most - 1}",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in NOTHING_THERE:
                raise NotFoundError(f"s3://{self._bucket}/{version.key} is gone.") from error
            raise
        content: bytes = answer["Body"].read()
        return content

    def remove(self, versions: Iterable[Version]) -> int:
        """Remove versions for good, and return how many (one DeleteObjects a thousand).

        Raises
        ------
        ConfigurationError
            If S3 does not let them be removed.
        TransientError
            If S3 could not do it just now.
        """
        left, removed = iter(versions), 0
        while batch := list(islice(left, DELETED_AT_ONCE)):
            named = [{"Key": version.key, "VersionId": version.id} for version in batch]
            answer = send(
                self._clients.s3,
                "delete_objects",
                Bucket=self._bucket,
                Delete={"Objects": named, "Quiet": True},
            )
            for error in answer.get("Errors", ()):
                self._raise(error)
            removed += len(batch)
        return removed

    def count_uploads(self, prefix: str) -> int:
        """How many uploads of parts were not completed (one ListMultipartUploads)."""
        return len(self._uploads(prefix))

    def end_uploads(self, prefix: str) -> None:
        """Give up such uploads (one AbortMultipartUpload each)."""
        for upload in self._uploads(prefix):
            send(
                self._clients.s3,
                "abort_multipart_upload",
                Bucket=self._bucket,
                Key=upload["Key"],
                UploadId=upload["UploadId"],
            )

    def _uploads(self, prefix: str) -> list[dict[str, str]]:
        answer = send(
            self._clients.s3, "list_multipart_uploads", Bucket=self._bucket, Prefix=prefix
        )
        return [one for one in answer.get("Uploads", ()) if one["Key"].startswith(prefix)]

    def _raise(self, error: dict[str, Any]) -> None:
        told = f"s3://{self._bucket}/{error.get('Key')} was not removed: {error.get('Message')}"
        if error.get("Code") == REFUSED:
            raise ConfigurationError(f"{told}. It takes s3:DeleteObjectVersion.")
        raise TransientError(f"{told}. Try again later.")
