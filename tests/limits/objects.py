"""S3 in memory: objects of buckets that keep versions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from tests.limits.refusals import refusal
from tests.limits.tally import Tally

NOT_FOUND = 404
PRECONDITION = 412
BEHIND_THE_END = 416


class Body:
    """The content of an object that is read."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self) -> bytes:
        """All of it."""
        return self._content

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        """Piece by piece."""
        for start in range(0, len(self._content), size):
            yield self._content[start : start + size]

    def close(self) -> None:
        """Read no more."""


class Objects:
    """The service, as its client's methods."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self.contents: dict[tuple[str, str], bytes] = {}
        self._etags: dict[tuple[str, str], str] = {}
        self._uploads: dict[str, dict[int, bytes]] = {}

    def put_object(self, **request: Any) -> dict[str, Any]:
        """Store an object."""
        self._tally.pay("object_write")
        at = request["Bucket"], request["Key"]
        body = request["Body"]
        self.contents[at] = bytes(body)
        self._etags[at] = f'"{hashlib.md5(self.contents[at], usedforsecurity=False).hexdigest()}"'
        return {"ETag": self._etags[at], "VersionId": "v1"}

    def get_object(self, **request: Any) -> dict[str, Any]:
        """Read an object, or a range of it."""
        self._tally.pay("object_read")
        content = self._find(request)
        whole = len(content)
        if "Range" in request:
            first, _, last = request["Range"].removeprefix("bytes=").partition("-")
            if int(first) >= len(content):
                raise refusal("InvalidRange", BEHIND_THE_END)
            content = content[int(first) : int(last) + 1 if last else None]
        at = request["Bucket"], request["Key"]
        return {
            "Body": Body(content),
            "ETag": self._etags[at],
            "VersionId": "v1",
            "ContentLength": len(content) if "Range" in request else whole,
        }

    def head_object(self, **request: Any) -> dict[str, Any]:
        """Facts about an object."""
        self._tally.pay("object_read")
        return {"ContentLength": len(self._find(request))}

    def delete_object(self, **request: Any) -> dict[str, Any]:
        """Remove an object."""
        self.contents.pop((request["Bucket"], request["Key"]), None)
        return {}

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        """List keys, up to a thousand at a time."""
        self._tally.pay("object_write")
        after = request.get("ContinuationToken", request.get("StartAfter", ""))
        prefix = request.get("Prefix", "")
        keys = sorted(
            key
            for bucket, key in self.contents
            if bucket == request["Bucket"] and key.startswith(prefix) and key > after
        )
        page = keys[:1000]
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
        self._tally.pay("object_write")
        self._uploads[request["UploadId"]][request["PartNumber"]] = bytes(request["Body"])
        return {"ETag": str(request["PartNumber"])}

    def complete_multipart_upload(self, **request: Any) -> dict[str, Any]:
        """Make an object of its parts."""
        parts = self._uploads.pop(request["UploadId"])
        body = b"".join(parts[number] for number in sorted(parts))
        return self.put_object(Bucket=request["Bucket"], Key=request["Key"], Body=body)

    def abort_multipart_upload(self, **request: Any) -> dict[str, Any]:
        """Give an object of parts up."""
        self._uploads.pop(request["UploadId"], None)
        return {}

    def _find(self, request: Mapping[str, Any]) -> bytes:
        at = request["Bucket"], request["Key"]
        if at not in self.contents:
            raise refusal("NoSuchKey", NOT_FOUND)
        if request.get("IfMatch", self._etags[at]) != self._etags[at]:
            raise refusal("PreconditionFailed", PRECONDITION)
        return self.contents[at]
