"""S3 in memory: objects with their versions, read as a whole or in part."""

from __future__ import annotations

import re
import zlib
from typing import Any, NamedTuple


class Version(NamedTuple):
    """An object after a write; no text for a delete marker."""

    version_id: str
    text: str | None

    @property
    def etag(self) -> str:
        """The same as long as its content is."""
        return f'"{zlib.crc32((self.text or "").encode()):08x}"'


Objects = dict[str, tuple[Version, ...]]
"""Versions by the object's key, the newest last."""


class Refused(Exception):
    """S3 refuses a request; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MemoryBucket:
    """One bucket, whose objects are UTF-8 text.

    Parameters
    ----------
    objects
        The objects in it; changed in place.
    is_versioned
        Whether it keeps what is replaced or deleted.
    """

    def __init__(self, objects: Objects, *, is_versioned: bool) -> None:
        self._objects = objects
        self._is_versioned = is_versioned

    def put_object(self, **request: Any) -> dict[str, Any]:
        return self._write(request["Key"], request["Body"])

    def delete_object(self, **request: Any) -> dict[str, Any]:
        return self._write(request["Key"], None)

    def head_object(self, **request: Any) -> dict[str, Any]:
        found, text = self._found(request)
        return {**self._told(found), "ContentLength": _size(text)}

    def get_object(self, **request: Any) -> dict[str, Any]:
        found, text = self._found(request)
        body = _part(text, request.get("Range", "bytes=0-"))
        return {**self._told(found), "Body": body, "ContentLength": _size(body)}

    def _write(self, key: str, text: str | None) -> dict[str, Any]:
        kept = self._objects.get(key, ()) if self._is_versioned else ()
        written = Version(f"v{len(kept) + 1}" if self._is_versioned else "null", text)
        self._objects[key] = (*kept, written)
        return self._told(written)

    def _found(self, request: dict[str, Any]) -> tuple[Version, str]:
        versions = self._objects.get(request["Key"], ())
        wanted = request.get("VersionId")
        if wanted is not None:
            versions = tuple(known for known in versions if known.version_id == wanted)
        if not versions or versions[-1].text is None:
            raise Refused("NoSuchKey")
        if request.get("IfMatch", versions[-1].etag) != versions[-1].etag:
            raise Refused("PreconditionFailed")
        return versions[-1], versions[-1].text

    def _told(self, version: Version) -> dict[str, Any]:
        named = {"VersionId": version.version_id} if self._is_versioned else {}
        return {"ETag": version.etag, **named}


def _size(text: str) -> int:
    return len(text.encode())


def _part(text: str, asked: str) -> str:
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
    assert found, asked
    content, start = text.encode(), int(found[1])
    if content and start >= len(content):
        raise Refused("InvalidRange")
    return content[start : int(found[2]) + 1 if found[2] else None].decode()
