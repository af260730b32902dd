"""The bucket as the runtime uses it: JSON documents in and out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cqrs.clients import send
from cqrs.errors import ConfigurationError, NotFoundError, TransientError

if TYPE_CHECKING:
    from cqrs.clients import Clients

MISSING_CODES = frozenset({"NoSuchKey", "404"})


class ObjectStore:
    """JSON documents in one bucket.

    Parameters
    ----------
    clients
        Where the S3 client comes from.
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
            S3 did not take it.
        """
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        self._call("put_object", key, Body=body, ContentType="application/json")

    def get_json(self, key: str) -> Any:
        """Read a document (one GetObject).

        Raises
        ------
        NotFoundError
            There is no such object.
        TransientError
            S3 did not answer.
        """
        from botocore.exceptions import HTTPClientError  # noqa: PLC0415

        answer = self._call("get_object", key)
        try:
            body = answer["Body"].read()
        except HTTPClientError as error:
            raise TransientError(
                f"S3 broke off while sending s3://{self._bucket}/{key}: {error}"
            ) from error
        return json.loads(body)

    def _call(self, operation: str, key: str, **request: Any) -> Any:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            return send(self._clients.s3, operation, Bucket=self._bucket, Key=key, **request)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in MISSING_CODES:
                raise NotFoundError(
                    f"s3://{self._bucket}/{key} does not exist. Was it deleted, or did a lifecycle "
                    "rule expire it? Its earlier versions may still be in the bucket."
                ) from error
            if code == "NoSuchBucket":
                raise ConfigurationError(
                    f"The bucket {self._bucket} does not exist: is this environment deployed?"
                ) from error
            raise
