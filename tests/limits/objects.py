"""S3 in memory, with what its requests cost."""

from __future__ import annotations

from typing import Any

from cqrs.testing.aws.s3 import Objects as Store
from tests.limits.tally import Tally


class Objects(Store):
    """The service, as its client's methods."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(keeps_versions=False)
        self._tally = tally

    def put_object(self, **request: Any) -> dict[str, Any]:
        """Store an object."""
        self._tally.pay("object_write")
        return super().put_object(**request)

    def get_object(self, **request: Any) -> dict[str, Any]:
        """Read an object, or a range of it."""
        self._tally.pay("object_read")
        return super().get_object(**request)

    def head_object(self, **request: Any) -> dict[str, Any]:
        """Facts about an object."""
        self._tally.pay("object_read")
        return super().head_object(**request)

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        """List keys, up to a thousand at a time."""
        self._tally.pay("object_write")
        return super().list_objects_v2(**request)

    def upload_part(self, **request: Any) -> dict[str, Any]:
        """Store a part."""
        self._tally.pay("object_write")
        return super().upload_part(**request)

    def complete_multipart_upload(self, **request: Any) -> dict[str, Any]:
        """Make an object of its parts."""
        self._tally.pay("object_write")
        return super().complete_multipart_upload(**request)
