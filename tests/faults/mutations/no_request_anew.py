"""A request is begun once only, and what AWS could not do is told as the work's own failure."""

from __future__ import annotations

import cqrs.aws.clients
from cqrs.errors import ValidationError


def lasting(error: BaseException, operation: str = "a request") -> Exception | None:
    found = transient(error, operation)
    return None if found is None else ValidationError(f"a mistake of the test: {found}")


transient = cqrs.aws.clients.transient
cqrs.aws.clients.transient = lasting  # type: ignore[assignment]
cqrs.aws.clients.SENDS = 1
