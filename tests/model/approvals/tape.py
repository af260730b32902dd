"""The requests of the code of approvals to AWS, beside those of the ordering of commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cqrs.aws.item_store import Index, QueryPage
from cqrs.aws.step_functions import TASK_SUCCEEDED, TASK_SUCCEEDED_DETAILS
from cqrs.core.attribute_values import Item
from cqrs.testing.asl.state_machine import FIRST_START
from tests.model.memory_queue import SendMessage, TapedQueues
from tests.model.tape import (
    DescribeExecution,
    SendTask,
    StoreCall,
    Tape,
    TapedClients,
    TapedStepFunctions,
    TapedStore,
)


@dataclass(frozen=True, slots=True, eq=False)
class ReadHistory:
    """A call of GetExecutionHistory."""

    arn: str


ApprovalCall = StoreCall | DescribeExecution | ReadHistory | SendMessage | SendTask


class ApprovalStore(TapedStore):
    """Stands in for ItemStore."""

    def query_index(
        self,
        table: str,
        index: Index,
        partition: str,
        between: tuple[str, str],
        *,
        limit: int,
        start_after: Item | None = None,
    ) -> QueryPage:
        items, last_key = self._call(
            "query_index", table, index, partition, between, limit, start_after
        )
        return QueryPage(items, last_key)


class ApprovalStepFunctions(TapedStepFunctions):
    """Stands in for the Step Functions client."""

    def get_execution_history(self, **request: Any) -> Any:
        """Only what tasks gave, which is kept by its outputs, the newest first."""
        outputs = self._tape.perform(ReadHistory(request["executionArn"]))
        return {
            "events": [
                {
                    "type": TASK_SUCCEEDED,
                    "timestamp": FIRST_START,
                    TASK_SUCCEEDED_DETAILS: {"output": output},
                }
                for output in outputs
            ]
        }


class ApprovalClients(TapedClients):
    """Clients of all that approvals use but DynamoDB."""

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._step_functions = ApprovalStepFunctions(tape)
        self._queues = TapedQueues(tape)

    @property
    def sqs(self) -> Any:
        return self._queues
