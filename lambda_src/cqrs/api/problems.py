"""Problems of requests (RFC 9457), and what each error of the runtime is to a caller.

A caller learns what was wrong with the request, and what to do. Of a fault of the deployment it
learns the id of the request, by which the log has the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cqrs.api.answers import ApiAnswer
from cqrs.errors import (
    ApprovalAnswered,
    ApprovalExpired,
    CommandFailed,
    CommandInProgress,
    ConfigurationError,
    Contention,
    InvalidItem,
    ItemDeleted,
    ItemTooLarge,
    NoSuchItem,
    NotFoundError,
    PredecessorFailed,
    SyncHandlerRefused,
    TransientError,
    UnsupportedEventError,
    ValidationError,
    VersionAlreadyApplied,
    VersionConflict,
    VersionGap,
)

PROBLEM_TYPE = "application/problem+json"

TYPE_PREFIX = "urn:cqrs:problem:"

RETRY_SECONDS = 2
"""When a caller may try again what AWS could not do just now."""

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

STATUSES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], int], ...] = (
    (NotFoundError, 404),
    (VersionConflict, 412),
    (ItemTooLarge, 413),
    (InvalidItem, 422),
    ((ApprovalAnswered, ApprovalExpired, CommandInProgress, PredecessorFailed), 409),
    ((VersionAlreadyApplied, VersionGap), 409),
    ((CommandFailed, SyncHandlerRefused), 422),
    (TransientError, 503),
    ((ConfigurationError, UnsupportedEventError), 500),
)
"""By the error of the runtime, the first that fits; any other than a ValidationError is a fault."""

KINDS_OF_ITEMS: Mapping[type[Exception], str] = {ItemDeleted: "deleted", NoSuchItem: "not-found"}
"""By the error: the kinds that reads of items have as well."""

STEP = re.compile(r"""\.([\w-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]""")
"""A step of a place in an item, by name, position or name in quotes."""

FAULT = "The service could not do this; its log has the reason under this `instance`."
CONTENTION = (
    "Others change this item at the same time, and were first each time; nothing was written. Send "
    "the same request again after the seconds of Retry-After, and fewer at once."
)
BUSY = "AWS could not do this just now. Send the same request again in a moment."


class Problem(Exception):
    """A request that is not answered as it was meant to be.

    Attributes
    ----------
    status
        HTTP status.
    kind
        Name of the kind of problem, for programs.
    detail
        The fault, its place, and what to do.
    errors
        Each fault by itself, if there are several: ``detail``, and ``pointer`` or ``parameter``.
    headers, more
        Headers of the answer, and further members of its body.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.more = more or {}

    def answer(self, request_id: str) -> ApiAnswer:
        """The answer that tells it."""
        body = {
            "type": f"{TYPE_PREFIX}{self.kind}",
            "title": TITLES[self.status],
            "status": self.status,
            "detail": self.detail,
            "instance": request_id,
            **({"errors": list(self.errors)} if self.errors else {}),
            **self.more,
        }
        return ApiAnswer(self.status, body, {**self.headers, "content-type": PROBLEM_TYPE})


def problem_of(error: Exception, refused: int = 400) -> Problem:
    """The meaning of an error to a caller.

    Parameters
    ----------
    error
        The error.
    refused
        Status of a :class:`~cqrs.errors.ValidationError`: 409 for what the state of a thing
        forbids.
    """
    if isinstance(error, Problem):
        return error
    status = _status_of(error, refused)
    if isinstance(error, Contention):
        return Problem(status, "contention", CONTENTION, headers=_retry_after())
    if status >= 500:  # noqa: PLR2004
        return _fault(status)
    return Problem(
        status,
        _kind_of(error),
        str(error),
        errors=list(map(_misfit, error.errors)) if isinstance(error, InvalidItem) else (),
        headers=_version_told(error),
        more={"current_version": error.current} if isinstance(error, VersionConflict) else None,
    )


def _version_told(error: Exception) -> Mapping[str, str]:
    """The header with the version that the item has."""
    if isinstance(error, VersionConflict):
        return etag(error.current)
    return etag(error.version) if isinstance(error, ItemDeleted) else {}


def etag(version: int) -> dict[str, str]:
    """The header that tells a version; none for version 0."""
    return {"etag": f'"{version}"'} if version else {}


def _misfit(told: tuple[str, str]) -> Mapping[str, str]:
    """A fault of an item, with its place as a JSON Pointer (RFC 6901)."""
    path, message = told
    steps = [json.loads(one[2]) if one[2] else one[0] or one[1] for one in STEP.findall(path)]
    parts = ["attributes", *(str(step).replace("~", "~0").replace("/", "~1") for step in steps)]
    return {"detail": f"{path} {message}.", "pointer": f"#/{'/'.join(parts)}"}


def _status_of(error: Exception, refused: int) -> int:
    for kinds, status in STATUSES:
        if isinstance(error, kinds):
            return status
    return refused if isinstance(error, ValidationError) else 500


def _fault(status: int) -> Problem:
    if status == 503:  # noqa: PLR2004
        return Problem(status, "busy", BUSY, headers=_retry_after())
    return Problem(status, "fault", FAULT)


def _retry_after() -> dict[str, str]:
    return {"retry-after": str(RETRY_SECONDS)}


def _kind_of(error: Exception) -> str:
    """``VersionConflict`` as ``version-conflict``."""
    if type(error) in KINDS_OF_ITEMS:
        return KINDS_OF_ITEMS[type(error)]
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]
