"""AWS's refusals, as botocore raises them."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import ClientError

BAD_REQUEST, TOO_MANY, SERVER_ERROR = 400, 429, 500


def refusal(code: str, status: int = BAD_REQUEST, message: str = "") -> ClientError:
    """The error of a request that AWS has refused."""
    return ClientError(
        {
            "Error": {"Code": code, "Message": message or code},
            "ResponseMetadata": {"HTTPStatusCode": status},
        },
        "Request",
    )


def cancelled(reasons: Sequence[str]) -> ClientError:
    """The error of a transaction that was cancelled, with the reason of each action."""
    error = refusal("TransactionCanceledException", message=f"Transaction cancelled {reasons}")
    error.response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return error
