"""AWS clients of the runtime, each made on its first use and kept for the process."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from botocore.client import BaseClient

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 10
MAX_ATTEMPTS = 5


class ClientFactory(Protocol):
    """Whatever makes clients: a boto3 session, or localstack-client's."""

    def client(self, service_name: str, **kwargs: Any) -> BaseClient:
        """Make a client of a service."""


class Clients:
    """The AWS services that the runtime calls.

    Parameters
    ----------
    factory
        Makes the clients; a boto3 session by default.
    """

    def __init__(self, factory: ClientFactory | None = None) -> None:
        self._factory = factory

    @cached_property
    def dynamodb(self) -> Any:
        """Amazon DynamoDB."""
        return self._make("dynamodb")

    @cached_property
    def step_functions(self) -> Any:
        """AWS Step Functions."""
        return self._make("stepfunctions")

    @cached_property
    def sqs(self) -> Any:
        """Amazon SQS."""
        return self._make("sqs")

    @cached_property
    def s3(self) -> Any:
        """Amazon S3."""
        return self._make("s3")

    @cached_property
    def lambda_(self) -> Any:
        """AWS Lambda."""
        return self._make("lambda", read_timeout=900, attempts=1)

    def _make(
        self,
        service: str,
        *,
        read_timeout: int = READ_TIMEOUT_SECONDS,
        attempts: int = MAX_ATTEMPTS,
    ) -> BaseClient:
        from botocore.config import Config  # noqa: PLC0415 - the command line starts without it

        config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
            s3={"addressing_style": _addressing_style()},
        )
        return self._session.client(service, config=config)

    @cached_property
    def _session(self) -> ClientFactory:
        if self._factory is not None:
            return self._factory
        import boto3  # noqa: PLC0415 - the command line starts without it

        session: ClientFactory = boto3.Session()
        return session


def _addressing_style() -> str:
    # Emulator difference: an emulator answers on one host name, so a bucket goes into the path.
    return "path" if os.environ.get("AWS_ENDPOINT_URL") else "auto"
