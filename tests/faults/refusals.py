"""Errors of AWS as its services send them, by the words of their API references.

Each service has its own codes for throttling and for failures of its own, and its own form of an
error's body. DynamoDB has further answers that are not failures of the service: writes that
contend.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TOLD = "a fault of the test"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that a service answers with; ``details`` are parts of its body."""

    code: str
    status: int = 400
    details: Mapping[str, Any] = field(default_factory=dict)


THROTTLING: Mapping[str, Sequence[Refusal]] = {
    "dynamodb": (
        Refusal("ProvisionedThroughputExceededException"),
        Refusal("ThrottlingException"),
        Refusal("RequestLimitExceeded"),
    ),
    "states": (Refusal("ThrottlingException"),),
    "sqs": (Refusal("RequestThrottled", 403), Refusal("ThrottlingException")),
    "sns": (Refusal("Throttling"), Refusal("Throttled", 429)),
    "s3": (Refusal("SlowDown", 503),),
    "lambda": (Refusal("TooManyRequestsException", 429),),
}
FAILURES: Mapping[str, Sequence[Refusal]] = {
    "dynamodb": (Refusal("InternalServerError", 500), Refusal("ServiceUnavailable", 503)),
    "states": (Refusal("InternalFailure", 500), Refusal("ServiceUnavailable", 503)),
    "sqs": (Refusal("InternalFailure", 500), Refusal("ServiceUnavailable", 503)),
    "sns": (Refusal("InternalError", 500), Refusal("ServiceUnavailable", 503)),
    "s3": (Refusal("InternalError", 500), Refusal("ServiceUnavailable", 503)),
    "lambda": (Refusal("ServiceException", 500),),
}
CONFLICT = Refusal("TransactionConflictException")
IN_PROGRESS = Refusal("TransactionInProgressException")
CANCELLATIONS = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")

NAMESPACES = {"dynamodb": "com.amazonaws.dynamodb.v20120810#", "sqs": "com.amazonaws.sqs#"}
XML = {
    "s3": "<Error><Code>{code}</Code><Message>{told}</Message></Error>",
    "sns": "<ErrorResponse><Error><Code>{code}</Code><Message>{told}</Message></Error>"
    "<RequestId>x</RequestId></ErrorResponse>",
}


def cancelled(actions: int, place: int, reason: str) -> Refusal:
    """The cancellation of a transaction, whose reasons are in the order of its actions."""
    reasons = [{"Code": "None"} for _ in range(actions)]
    reasons[place] = {"Code": reason, "Message": TOLD}
    return Refusal("TransactionCanceledException", details={"CancellationReasons": reasons})


def rendered(service: str, refusal: Refusal) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a refusal."""
    if service in XML:
        body = XML[service].format(code=refusal.code, told=TOLD)
        return body.encode(), {"Content-Type": "text/xml"}
    name = NAMESPACES.get(service, "") + refusal.code
    body = json.dumps({"__type": name, "message": TOLD, **refusal.details})
    return body.encode(), {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": name}
