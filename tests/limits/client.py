"""Clients of the simulated services, in the place of boto3's.

The runtime's own code begins right above them: its :func:`cqrs.aws.clients.send` with its repeats,
and all that calls it. Each client repeats what the SDK would in its standard mode, out of the
process's quota of retries (SDKs reference guide, "Retry behavior").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cqrs.aws.clients import MAX_ATTEMPTS, THROTTLE_CODES

if TYPE_CHECKING:
    from tests.limits.account import Account

LATENCIES: Mapping[str, str] = {
    "get_item": "get_item",
    "batch_get_item": "get_item",
    "query": "get_item",
    "put_item": "write_item",
    "update_item": "write_item",
    "delete_item": "write_item",
    "transact_get_items": "transact",
    "transact_write_items": "transact",
    "start_execution": "start_execution",
    "describe_execution": "answer_task",
    "list_executions": "answer_task",
    "list_map_runs": "answer_task",
    "describe_map_run": "answer_task",
    "stop_execution": "answer_task",
    "send_task_success": "answer_task",
    "send_task_failure": "answer_task",
    "send_message": "queue",
    "send_message_batch": "queue",
}
"""Which latency a request has; requests that are not here are of S3."""

RETRY_QUOTA, RETRY_COST, RETRY_REFUND = 500, 5, 1
LONGEST_PAUSE = 20.0
SERVER_ERROR = 500
TRANSACTION = "transact_write_items"

RETRIED = THROTTLE_CODES | {"TransactionInProgressException", "PriorRequestNotComplete"}


class Session:
    """A process's boto3 session.

    Parameters
    ----------
    account
        The services.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    def client(self, service_name: str, **_options: Any) -> Any:
        """Make a client."""
        return Client(self._account, service_name)


class Client:
    """A service's client; its methods are made when they are first asked for."""

    def __init__(self, account: Account, service: str) -> None:
        self._account = account
        self._service = service
        self._quota = RETRY_QUOTA
        self.meta = SimpleNamespace(
            events=SimpleNamespace(register=lambda *_: None), region_name="ap-northeast-1"
        )

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        account, service = self._account, self._service
        perform = getattr(account.services[service], operation)
        latency = LATENCIES.get(operation, "object")
        clock, chance, tally = account.clock, account.chance, account.tally

        def request(**parameters: Any) -> Any:
            attempt = 1
            taken = 0
            while True:
                seconds = chance.seconds(latency)
                clock.sleep(seconds / 2)
                try:
                    if service == "dynamodb" and account.is_dynamodb_away:
                        account.dynamodb.refuse()
                    answer = perform(**parameters)
                except ClientError as error:
                    clock.sleep(seconds / 2)
                    if (
                        attempt == MAX_ATTEMPTS
                        or not _is_retried(error)
                        or self._quota < RETRY_COST
                    ):
                        raise
                    self._quota -= RETRY_COST
                    taken = RETRY_COST
                    pause = chance.uniform(0.0, 1.0) * min(2.0 ** (attempt - 1), LONGEST_PAUSE)
                    tally.counts["SDK retries"] += 1
                    clock.sleep(pause)
                    attempt += 1
                else:
                    if operation == TRANSACTION:
                        account.dynamodb.lock(parameters["TransactItems"], seconds / 2)
                    clock.sleep(seconds / 2)
                    self._quota = min(RETRY_QUOTA, self._quota + (taken or RETRY_REFUND))
                    tally.counts["requests"] += 1
                    return answer

        setattr(self, operation, request)
        return request


def _is_retried(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return code in RETRIED or status >= SERVER_ERROR
