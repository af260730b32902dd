"""AWS clients of the runtime, each made on its first use or before, and kept for the process.

:func:`send` makes a request, as often as may help, and tells what a repeat can mend from what it
cannot.
"""

from __future__ import annotations

import os
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from cqrs.aws.bare_session import BareSession
from cqrs.aws.contention import is_contention
from cqrs.core.backoff import back_off
from cqrs.errors import Throttled, TransientError, Unreachable, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.client import BaseClient

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 10
MAX_ATTEMPTS = 3
"""Of the SDK, for a request. Its pauses double from a second on. So with five attempts a single
request could use up the time in which it may be begun again."""

SDK_CONNECTIONS = 10
"""Connections that a client keeps open (botocore's default)."""

SENDS = 12
SEND_SECONDS = 5.0
"""How often, and for how long, a request is begun again.

The SDK's own attempts come out of a quota. A process uses it up once a quarter of its requests fail
(SDKs reference guide, "Retry behavior"). From then on each failure would be the work's own.
"""

HTTP_TOO_MANY_REQUESTS = 429
HTTP_SERVER_ERROR = 500
SHOWN_LENGTH = 500
"""How much of an answer an error shows: a foreign server may send a page."""

THROTTLE_CODES = frozenset(
    {
        "ExecutionLimitExceeded",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Error codes of throttling, which most services send with HTTP status 400."""


OF_CREDENTIALS = ("Credential", "Token", "Profile", "SSO", "Metadata", "Region")
"""Words in the names of the SDK's errors that are of where and as whom it asks."""


def send(client: Any, operation: str, **parameters: Any) -> Any:
    """Make a request; one that AWS did not do, or whose answer got lost, is made again.

    Raises
    ------
    Unreachable
        If AWS was not reached, or what answered was not AWS.
    Throttled
        If AWS was throttling every time.
    TransientError
        If AWS failed itself every time.
    ValidationError
        If the SDK makes no request of such parameters.
    botocore.exceptions.BotoCoreError
        If there are no credentials, or none that hold.
    botocore.exceptions.ClientError
        If AWS refused the request for any other reason.
    """
    from botocore.exceptions import (  # noqa: PLC0415 - not every event makes a request
        ClientError,
        ConnectionClosedError,
    )

    deadline = time.monotonic() + SEND_SECONDS
    for attempt in range(SENDS - 1):
        try:
            return send_once(client, operation, **parameters)
        except TransientError as error:
            # If nothing listens, there is no answer to be had in a moment either.
            has_met_aws = isinstance(error.__cause__, ClientError | ConnectionClosedError)
            if not has_met_aws or time.monotonic() >= deadline:
                raise
            back_off(attempt)
    return send_once(client, operation, **parameters)


def send_once(client: Any, operation: str, **parameters: Any) -> Any:
    """Make a request as :func:`send` does, as often as the client's own settings say."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    try:
        return getattr(client, operation)(**parameters)
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        told = transient(error, operation)
        if told is not None:
            raise told from error
        if isinstance(error, ClientError) or any(
            word in type(error).__name__ for word in OF_CREDENTIALS
        ):
            raise
        raise ValidationError(f"{operation} cannot be asked so. {error}") from error


def transient(error: BaseException, operation: str = "a request") -> TransientError | None:
    """The runtime's error for one that a repeat may mend; None for any other."""
    from botocore.exceptions import (  # noqa: PLC0415
        ClientError,
        ConnectionError,  # noqa: A004 - botocore's name
        HTTPClientError,
        IncompleteReadError,
    )
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    if isinstance(error, TransientError):
        return error
    if isinstance(error, ClientError):
        kind, told = _transient(error.response), str(error)[:SHOWN_LENGTH]
        return None if kind is None else kind(f"AWS could not do {operation} just now: {told}")
    if isinstance(
        error, ConnectionError | HTTPClientError | IncompleteReadError | ResponseParserError
    ):
        return Unreachable(f"AWS did not answer {operation}: {str(error)[:SHOWN_LENGTH]}")
    return None


def raise_transient(error: BaseException) -> None:
    """Raise what an error is to the runtime if a repeat may mend it; return for any other.

    Raises
    ------
    TransientError
        If a repeat may do it. Also if a client of one's own was asked, and not the runtime's.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415

    told = transient(error)
    if told is error:
        raise error
    if told is None and isinstance(error, ClientError) and is_contention(error):
        told = TransientError(f"DynamoDB found an item busy: {str(error)[:SHOWN_LENGTH]}")
    if told is not None:
        raise told from error


class ClientFactory(Protocol):
    """An object that makes clients: a boto3 session, or localstack-client's."""

    def client(self, service_name: str, **kwargs: Any) -> BaseClient:
        """Make a client of a service."""


class Clients:
    """The AWS services that the runtime calls.

    Parameters
    ----------
    factory
        Makes the clients; a session of botocore by default.
    endpoint_url
        Endpoint of an emulator; by default what ``AWS_ENDPOINT_URL`` says, if anything.
    """

    def __init__(
        self, factory: ClientFactory | None = None, endpoint_url: str | None = None
    ) -> None:
        self._factory = factory
        self._endpoint_url = endpoint_url or os.environ.get("AWS_ENDPOINT_URL")

    def prepare(self) -> None:
        """Make the clients that most events need."""
        _ = self.dynamodb, self.step_functions

    @cached_property
    def dynamodb(self) -> Any:
        """Amazon DynamoDB."""
        return self._make("dynamodb")

    @cached_property
    def dynamodb_streams(self) -> Any:
        """Amazon DynamoDB Streams."""
        return self._make("dynamodbstreams")

    @cached_property
    def step_functions(self) -> Any:
        """AWS Step Functions."""
        return self._make("stepfunctions")

    @cached_property
    def sqs(self) -> Any:
        """Amazon SQS."""
        return self._make("sqs")

    @cached_property
    def sns(self) -> Any:
        """Amazon SNS."""
        return self._make("sns")

    @cached_property
    def ses(self) -> Any:
        """Amazon SES, its API v2."""
        return self._make("sesv2")

    @cached_property
    def secrets_manager(self) -> Any:
        """AWS Secrets Manager."""
        return self._make("secretsmanager")

    @cached_property
    def s3(self) -> Any:
        """Amazon S3."""
        return self._make("s3")

    @cached_property
    def cloudwatch(self) -> Any:
        """Amazon CloudWatch."""
        return self._make("cloudwatch")

    @cached_property
    def logs(self) -> Any:
        """Amazon CloudWatch Logs."""
        return self._make("logs")

    @cached_property
    def lambda_(self) -> Any:
        """AWS Lambda."""
        return self._make("lambda", read_timeout=900, attempts=1)

    @cached_property
    def dsql(self) -> Any:
        """Amazon Aurora DSQL, which signs logins."""
        return self._make("dsql")

    @cached_property
    def rds(self) -> Any:
        """Amazon RDS, which signs logins."""
        return self._make("rds")

    def connections(self, endpoint_url: str, *, read_timeout: int, at_once: int) -> Any:
        """The connections of a WebSocket API; each request is made once.

        Parameters
        ----------
        endpoint_url
            The API with its stage, at which the connections lie.
        read_timeout
            Seconds to wait for an answer.
        at_once
            How many requests are made at the same time.
        """
        return self._client(
            "apigatewaymanagementapi", endpoint_url, read_timeout, attempts=1, at_once=at_once
        )

    def _make(
        self,
        service: str,
        *,
        read_timeout: int = READ_TIMEOUT_SECONDS,
        attempts: int = MAX_ATTEMPTS,
    ) -> BaseClient:
        return self._client(service, self._endpoint_url, read_timeout, attempts, SDK_CONNECTIONS)

    def _client(
        self, service: str, endpoint_url: str | None, read_timeout: int, attempts: int, at_once: int
    ) -> BaseClient:
        from botocore.config import Config  # noqa: PLC0415 - the command line starts without it

        config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=read_timeout,
            max_pool_connections=at_once,
            retries={"mode": "standard", "total_max_attempts": attempts},
            # Emulator difference: an emulator answers on one host name, so a bucket goes into
            # the path.
            # With "auto" links name the host of all regions, which redirects.
            s3={"addressing_style": "path" if endpoint_url else "virtual"},
            # By default links of some regions have version 2. S3 refuses that if a key of the
            # account's encrypts (S3 guide, "Protecting data using server-side encryption").
            signature_version="s3v4" if service == "s3" else None,
            # A proxy could not reach what listens on this machine alone.
            proxies={} if _is_loopback(endpoint_url) else None,
        )
        client = self._session.client(service, config=config, endpoint_url=endpoint_url)
        client.meta.events.register("before-parse", _refuse_part_of_an_answer)
        return client

    @cached_property
    def _session(self) -> ClientFactory:
        return self._factory or BareSession()


def _is_loopback(url: str | None) -> bool:
    host = (urlsplit(url or "").hostname or "").lower()
    return host in {"localhost", "::1"} or host.startswith("127.") or host.endswith(".localhost")


def _refuse_part_of_an_answer(
    operation_model: Any, response_dict: Mapping[str, Any], **_: object
) -> None:
    """Refuse a body that broke off; the SDK takes it for an answer that says nothing.

    It asks its HTTP library not to look at the length, and makes an empty answer of JSON that is
    none (botocore's ``httpsession.py`` and ``parsers.py``). A read would find no item then. The
    length of a streamed answer is looked at while it is read.
    """
    from botocore.exceptions import ConnectionClosedError  # noqa: PLC0415

    body, length = response_dict["body"], response_dict["headers"].get("content-length", "")
    has_body = operation_model.http.get("method") != "HEAD" and isinstance(body, bytes)
    if has_body and length.isdecimal() and len(body) < int(length):
        place = f"{operation_model.name}, after {len(body)} of {length} bytes"
        raise ConnectionClosedError(endpoint_url=place)


def _transient(response: Mapping[str, Any]) -> type[TransientError] | None:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = response.get("Error", {}).get("Code", "")
    if status == HTTP_TOO_MANY_REQUESTS or code in THROTTLE_CODES:
        return Throttled
    return TransientError if status >= HTTP_SERVER_ERROR else None
