"""A bucket as the runtime uses it: JSON documents, and files piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.core.json_text import from_json, to_json
from cqrs.core.json_values import DEEPEST
from cqrs.core.sizes import depth
from cqrs.core.texts import checked_text
from cqrs.errors import ConfigurationError, NotFoundError, TransientError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from botocore.exceptions import ClientError

    from cqrs.aws.clients import Clients
    from cqrs.errors import PermanentError

MISSING_CODES = frozenset({"NoSuchKey", "404"})
MISSING_BUCKET_CODE = "NoSuchBucket"
BEHIND_THE_END = "InvalidRange"
WITHHELD_CODES = frozenset({"InvalidObjectState", "InvalidRequest"})
"""Of an object in an archive, and of one whose reader has to bring its key (S3 API reference,
GetObject)."""

KEY_CODES = "KMS."
READS = frozenset({"get_object", "head_object"})

PART_BYTES = 8 * 1024 * 1024
"""Parts of a multipart upload; all but the last have 5 MB or more (S3 guide, "Multipart upload
limits")."""


DEEPEST_DOCUMENT = 2 * DEEPEST + 1
"""Lists and objects in each other; DynamoDB's notation has two for one of a value."""

NO_VERSION = "null"
"""Version of an object in a bucket that keeps none (S3 guide, "Using versioning")."""


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """S3's facts about an object.

    Attributes
    ----------
    etag
        The same as long as its content is.
    version_id
        Names it as it is, whatever comes after it.
    size
        In bytes.
    """

    etag: str
    version_id: str
    size: int


class ObjectStore:
    """Objects of one bucket.

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

    def put_json(self, key: str, document: Any) -> None:
        """Store a document (one PutObject).

        Raises
        ------
        TransientError
            If S3 did not take it.
        """
        # UTF-8 has no bytes for half of a surrogate pair; the escape is what JSON writes for it.
        body = to_json(document, compact=True).encode(errors="backslashreplace")
        self._call("put_object", key, Body=body, ContentType="application/json")

    def get_json(self, key: str) -> Any:
        """Read a document (one GetObject).

        Raises
        ------
        NotFoundError
            If there is no such object.
        ValidationError
            If it holds no JSON, or is deeper than anything that the services store.
        TransientError
            If S3 did not answer.
        """
        try:
            document = from_json(self.get_bytes(key))
        except ValueError as error:
            raise self._foreign(key, f"is no JSON document ({error})") from None
        if (levels := depth(document)) > DEEPEST_DOCUMENT:
            raise self._foreign(key, f"is {levels} lists and objects deep")
        return document

    def _foreign(self, key: str, what: str) -> ValidationError:
        return ValidationError(
            f"{self.uri(key)} {what}: something else has written it. Put back the version before; "
            "the bucket keeps versions."
        )

    def get_bytes(self, key: str) -> bytes:
        """Read an object (one GetObject).

        Raises
        ------
        NotFoundError
            If there is no such object.
        TransientError
            If S3 did not answer.
        """
        from botocore.exceptions import HTTPClientError, IncompleteReadError  # noqa: PLC0415

        answer = self._call("get_object", key)
        try:
            body: bytes = answer["Body"].read()
        except (HTTPClientError, IncompleteReadError) as error:
            raise TransientError(
                f"S3 broke off while sending s3://{self._bucket}/{key}: {error}"
            ) from error
        return body

    def remove(self, key: str) -> None:
        """Remove an object, which may be gone (one DeleteObject); its versions stay for a while."""
        self._call("delete_object", key)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """Keys of objects in their order (one ListObjectsV2 for each thousand).

        Parameters
        ----------
        prefix
            How they begin.
        after
            A text behind which they come.
        """
        page: dict[str, Any] = {"IsTruncated": True}
        while page["IsTruncated"]:
            token = page.get("NextContinuationToken")
            place = {"ContinuationToken": token} if token else {"StartAfter": after}
            page = send(
                self._clients.s3, "list_objects_v2", Bucket=self._bucket, Prefix=prefix, **place
            )
            yield from (entry["Key"] for entry in page.get("Contents", ()))

    def uri(self, key: str) -> str:
        """How people name an object."""
        return f"s3://{self._bucket}/{key}"

    def link(self, key: str, seconds: int) -> str:
        """Make a link by which anybody may download an object for a while (no request)."""
        url: str = self._clients.s3.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )
        return url

    def upload_link(self, key: str, seconds: int, content_type: str) -> str:
        """Make a link by which anybody may put an object for a while (no request)."""
        url: str = self._clients.s3.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._bucket, "Key": key, "ContentType": content_type},
            ExpiresIn=seconds,
        )
        return url

    def stat(self, key: str) -> ObjectStat:
        """S3's facts about an object as it is now (one GetObject, whose content is not read).

        A HeadObject that is refused does not say why (S3 API reference, HeadObject).

        Raises
        ------
        NotFoundError
            If there is no such object.
        """
        answer = self._call("get_object", key)
        answer["Body"].close()
        return ObjectStat(
            str(answer["ETag"]), str(answer.get("VersionId", NO_VERSION)), answer["ContentLength"]
        )

    def size(self, key: str) -> int:
        """Bytes of an object (one HeadObject).

        Raises
        ------
        NotFoundError
            If there is no such object.
        """
        return int(self._call("head_object", key)["ContentLength"])

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part of an object, what there is of it (one GetObject).

        Raises
        ------
        NotFoundError
            If there is no such object.
        """
        return b"".join(self._stream(key, f"bytes={start}-{start + length - 1}", length))

    def stream(self, key: str, start: int, piece_bytes: int) -> Iterator[bytes]:
        """Read an object from a place on, piece by piece (one GetObject)."""
        return self._stream(key, f"bytes={start}-", piece_bytes)

    def put_pieces(self, key: str, pieces: Iterable[bytes], content_type: str) -> None:
        """Store an object that is made piece by piece and need not fit into memory.

        One PutObject for a small one, else a multipart upload.
        """
        parts = _parts(pieces)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            self._call("put_object", key, Body=first, ContentType=content_type)
            return
        upload = self._call("create_multipart_upload", key, ContentType=content_type)["UploadId"]
        try:
            done = [
                {"PartNumber": number, "ETag": self._put_part(key, upload, number, part)}
                for number, part in enumerate(chain((first, second), parts), start=1)
            ]
            self._call(
                "complete_multipart_upload",
                key,
                UploadId=upload,
                MultipartUpload={"Parts": done},
            )
        except BaseException:
            self._call("abort_multipart_upload", key, UploadId=upload)
            raise

    def _put_part(self, key: str, upload: str, number: int, part: bytes) -> str:
        answer = self._call("upload_part", key, UploadId=upload, PartNumber=number, Body=part)
        return str(answer["ETag"])

    def _stream(self, key: str, range_: str, piece_bytes: int) -> Iterator[bytes]:
        from botocore.exceptions import (  # noqa: PLC0415
            ClientError,
            HTTPClientError,
            IncompleteReadError,
        )

        try:
            body = self._call("get_object", key, Range=range_)["Body"]
            yield from body.iter_chunks(piece_bytes)
        except ClientError as error:
            if error.response["Error"]["Code"] != BEHIND_THE_END:
                raise
        except (HTTPClientError, IncompleteReadError) as error:
            raise TransientError(f"S3 broke off while sending {self.uri(key)}: {error}") from error

    def _call(self, operation: str, key: str, **request: Any) -> Any:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        checked_text(key, "The key of an object")
        try:
            return send(self._clients.s3, operation, Bucket=self._bucket, Key=key, **request)
        except ClientError as error:
            refusal = self._refusal(error, operation, key)
            if refusal is None:
                raise
            raise refusal from error

    def _refusal(self, error: ClientError, operation: str, key: str) -> PermanentError | None:
        """The meaning of an error of S3; None if its code says enough."""
        code = error.response["Error"]["Code"]
        if code in MISSING_CODES:
            return NotFoundError(
                f"{self.uri(key)} does not exist. Was it deleted, or did a lifecycle rule expire "
                "it? Its earlier versions may still be in the bucket."
            )
        if code == MISSING_BUCKET_CODE:
            return ConfigurationError(
                f"The bucket {self._bucket} does not exist: is this environment deployed?"
            )
        if operation in READS and _is_about_object(code):
            return NotFoundError(
                f"S3 does not let {self.uri(key)} be read ({error}): was it archived, or "
                "encrypted with a key that may not be used here? Restore it, or mend that."
            )
        return None


def _is_about_object(code: str) -> bool:
    """Whether S3 refuses an object, and might give another one."""
    return code in WITHHELD_CODES or code.startswith(KEY_CODES)


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Put pieces together to parts of a multipart upload."""
    part = bytearray()
    for piece in pieces:
        part += piece
        if len(part) >= PART_BYTES:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)
