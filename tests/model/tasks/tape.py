"""The requests of the code of tasks to AWS and handlers, beside those of ordering commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cqrs.aws.item_store import Index, QueryPage
from cqrs.errors import TransientError
from cqrs.tasks.models import Task
from cqrs.testing.text import Text, freeze
from tests.model.memory_bucket import GetObject, PutObject, TapedBucket
from tests.model.memory_queue import SendMessage, TapedQueues
from tests.model.tape import (
    DescribeExecution,
    HandlerError,
    StartExecution,
    StoreCall,
    Tape,
    TapedClients,
    TapedStepFunctions,
    TapedStore,
)

TRANSIENT, REFUSED = "transient", "refused"
"""Ways in which a handler may end."""


@dataclass(frozen=True, slots=True, eq=False)
class StopExecution:
    """A call of StopExecution."""

    arn: str
    error: str


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A run of the handler; its result is what the handler returns, or how it ends instead."""

    sk: str
    input: Text


TaskCall = (
    StoreCall
    | PutObject
    | GetObject
    | SendMessage
    | StartExecution
    | DescribeExecution
    | StopExecution
    | Work
)


class TaskStore(TapedStore):
    """Stands in for ItemStore."""

    def query(self, table: str, pk: str, **named: Any) -> QueryPage:
        page = (named["sk_prefix"], named["limit"], named["start_after"])
        items, last_key = self._call("query", table, pk, *page)
        return QueryPage(items, last_key)

    def count_index(self, table: str, index: Index, partition: str) -> int:
        counted: int = self._call("count_index", table, index, partition)
        return counted


class TaskStepFunctions(TapedStepFunctions):
    """Stands in for the Step Functions client."""

    def stop_execution(self, **request: str) -> None:
        self._tape.perform(StopExecution(request["executionArn"], request["error"]))


class TaskClients(TapedClients):
    """Clients of all that tasks use but DynamoDB."""

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._step_functions = TaskStepFunctions(tape)
        self._bucket = TapedBucket(tape)
        self._queues = TapedQueues(tape)

    @property
    def s3(self) -> Any:
        return self._bucket

    @property
    def sqs(self) -> Any:
        return self._queues


class TapedHandler:
    """A task handler that does as it is told, each time it runs."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def __call__(self, task: Task) -> Any:
        told = self._tape.perform(Work(task.key.sk, freeze(task.input)))
        if told == TRANSIENT:
            raise TransientError("AWS failed the handler just now")
        if told == REFUSED:
            raise HandlerError("told to fail")
        return told
