"""S3 in memory: objects of buckets that keep versions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from cqrs.testing.aws.refusals import refusal
from cqrs.testing.aws.unknown import refuse_others

NOT_FOUND = 404
PRECONDITION = 412
BEHIND_THE_END = 416
KEYS_OF_A_PAGE = 1000

Put = Callable[[str, str, bytes, str], None]
"""Takes bucket, key, content and ETag of each object that is put."""


class Version(NamedTuple):
    """An object after a write."""

    id: str
    content: bytes
    etag: str


class Body:
    """The content of an object that is read."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, amount: int | None = None) -> bytes:
        """So much of what is left, by default all of it."""
        amount = len(self._content) if amount is None else amount
        part, self._content = self._content[:amount], self._content[amount:]
        return part

    def iter_chunks(self, chunk_size: int = 1024) -> Iterator[bytes]:
        """Piece by piece."""
        for start in range(0, len(self._content), chunk_size):
            yield self._content[start : start + chunk_size]

    def close(self) -> None:
        """Read no more."""


class Objects:
    """The service, as its client's methods.

    Parameters
    ----------
    keeps_versions
        Whether earlier versions can be read.
    put
        Takes each object that is put.
    """

    def __init__(self, *, keeps_versions: bool = True, put: Put = lambda *_: None) -> None:
        self.contents: dict[tuple[str, str], bytes] = {}
        self._keeps_versions = keeps_versions
        self._put = put
        self._newest: dict[tuple[str, str], Version] = {}
        self._earlier: dict[tuple[str, str, str], Version] = {}
        self._uploads: dict[str, dict[int, bytes]] = {}
        self._number = 0

    def put_object(self, **request: Any) -> dict[str, Any]:
        """Store an object."""
        known = ("Bucket", "Key", "Body", "ContentType", "Metadata")
        refuse_others("S3", "PutObject", request, *known)
        body = request.get("Body", b"")
        content = body.read() if hasattr(body, "read") else body
        content = content.encode() if isinstance(content, str) else bytes(content)
        return self._store(request["Bucket"], request["Key"], content)

    def _store(self, bucket: str, key: str, content: bytes) -> dict[str, Any]:
        at = bucket, key
        etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
        self._number += 1
        version = f"v{self._number}" if self._keeps_versions else "v1"
        self.contents[at] = content
        self._newest[at] = Version(version, content, etag)
        if self._keeps_versions:
            self._earlier[bucket, key, version] = self._newest[at]
        self._put(bucket, key, content, etag)
        return {"ETag": etag, "VersionId": version}

    def get_object(self, **request: Any) -> dict[str, Any]:
        """Read an object, or a range of it."""
        refuse_others("S3", "GetObject", request, "Bucket", "Key", "VersionId", "IfMatch", "Range")
        found = self._find(request)
        content = found.content
        if "Range" in request:
            first, _, last = request["Range"].removeprefix("bytes=").partition("-")
            if int(first) >= len(content):
                raise refusal("InvalidRange", BEHIND_THE_END)
            content = content[int(first) : int(last) + 1 if last else None]
        return {
            "Body": Body(content),
            "ETag": found.etag,
            "VersionId": found.id,
            "ContentLength": len(content),
        }

    def head_object(self, **request: Any) -> dict[str, Any]:
        """Facts about an object."""
        refuse_others("S3", "HeadObject", request, "Bucket", "Key", "VersionId", "IfMatch")
        found = self._find(request)
        return {
            "ContentLength": len(found.content),
            "ETag": found.etag,
            "VersionId": found.id,
        }

    def delete_object(self, **request: Any) -> dict[str, Any]:
        """Remove an object."""
        refuse_others("S3", "DeleteObject", request, "Bucket", "Key")
        self.contents.pop((request["Bucket"], request["Key"]), None)
        self._newest.pop((request["Bucket"], request["Key"]), None)
        return {}

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        """List keys, up to a thousand at a time."""
        known = ("Bucket", "Prefix", "StartAfter", "ContinuationToken")
        refuse_others("S3", "ListObjectsV2", request, *known)
        after = request.get("ContinuationToken", request.get("StartAfter", ""))
        prefix = request.get("Prefix", "")
        keys = sorted(
            key
            for bucket, key in self.contents
            if bucket == request["Bucket"] and key.startswith(prefix) and key > after
        )
        page = keys[:KEYS_OF_A_PAGE]
        answer: dict[str, Any] = {
            "IsTruncated": len(keys) > len(page),
            "Contents": [{"Key": key} for key in page],
        }
        if answer["IsTruncated"]:
            answer["NextContinuationToken"] = page[-1]
        return answer

    def create_multipart_upload(self, **request: Any) -> dict[str, Any]:
        """Begin an object of parts."""
        name = f"{request['Key']}-{len(self._uploads)}"
        self._uploads[name] = {}
        return {"UploadId": name}

    def upload_part(self, **request: Any) -> dict[str, Any]:
        """Store a part."""
        self._uploads[request["UploadId"]][request["PartNumber"]] = bytes(request["Body"])
        return {"ETag": str(request["PartNumber"])}

    def complete_multipart_upload(self, **request: Any) -> dict[str, Any]:
        """Make an object of its parts."""
        parts = self._uploads.pop(request["UploadId"])
        body = b"".join(parts[number] for number in sorted(parts))
        return self._store(request["Bucket"], request["Key"], body)

    def abort_multipart_upload(self, **request: Any) -> dict[str, Any]:
        """Give an object of parts up."""
        self._uploads.pop(request["UploadId"], None)
        return {}

    def generate_presigned_url(
        self,
        ClientMethod: str,  # noqa: N803
        Params: Mapping[str, Any],  # noqa: N803
        ExpiresIn: int = 3600,  # noqa: N803
    ) -> str:
        """Make a link, which leads nowhere."""
        query = urlencode({"method": ClientMethod, "expires": ExpiresIn})
        return f"https://{Params['Bucket']}.s3.invalid/{quote(Params['Key'])}?{query}"

    def _find(self, request: Mapping[str, Any]) -> Version:
        bucket, key = request["Bucket"], request["Key"]
        found = self._newest.get((bucket, key))
        wanted = request.get("VersionId")
        if wanted is not None and self._keeps_versions:
            found = self._earlier.get((bucket, key, wanted))
            if found is None:
                raise refusal("NoSuchVersion", NOT_FOUND)
        if found is None:
            raise refusal("NoSuchKey", NOT_FOUND)
        if request.get("IfMatch", found.etag) != found.etag:
            raise refusal("PreconditionFailed", PRECONDITION)
        return found
