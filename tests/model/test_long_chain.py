"""Ten thousand versions of one item, over the real code and the real definition."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from cqrs.application import Application
from cqrs.aws.clients import Clients
from cqrs.commands.models import Command
from cqrs.core.attribute_values import Item, to_attribute_values
from cqrs.core.keys import ItemKey
from cqrs.core.observability import metrics
from cqrs.resources import Table
from cqrs.testing.asl.state_machine import Ended, Execution, Progress, waits
from cqrs.testing.text import freeze, thaw
from tests.model.exploration import definition, interpreter
from tests.model.memory_store import MemoryStore, Tables
from tests.model.program import settings
from tests.model.stores import use_store

VERSIONS = 10_000
RETRIED = 1_000

ITEM = ItemKey("ITEM#acme", "A")


class Environment:
    """Runs executions to their ends, one step of one invocation after the other.

    Attributes
    ----------
    most
        The most executions that ran at once.
    seen
        The versions that reached the sync handler, in this order.
    """

    def __init__(self, refused: int = 0) -> None:
        self.most = 0
        self.seen: list[int] = []
        self.refused = refused
        self.executions: dict[str, Execution] = {}
        self.running: set[str] = set()
        self._tables: Tables = {}
        self._machine = interpreter(definition())
        self._waiting: deque[Callable[[], None]] = deque()
        self._application = Application(settings(), _Clients(self))
        self._application.sync_handler("recorder")(self._see)
        self.services = self._application.services
        use_store(self.services, MemoryStore(self._tables))

    def publish(self, versions: int) -> list[Item]:
        """Store commands, and return their items as the stream has them."""
        keys = [
            self.services.commands.publish(ITEM.pk, ITEM.sk, attributes={"n": n}, version=n).key
            for n in range(versions)
        ]
        return [thaw(self._tables[Table.COMMANDS.value, *key.address]) for key in keys]

    def deliver(self, item: Item) -> None:
        """Hand a record of the stream to the function."""
        record = {
            "eventSource": "aws:dynamodb",
            "eventSourceARN": f"arn:aws:dynamodb:r:1:table/{Table.COMMANDS.value}/stream/x",
            "eventName": "INSERT",
            "dynamodb": {
                "SequenceNumber": "1",
                "Keys": to_attribute_values({name: item[name] for name in ("pk", "sk")}),
                "NewImage": to_attribute_values(item),
            },
        }
        self._application.handle({"Records": [record]})

    def settle(self) -> None:
        """Let all go on until nothing moves any more."""
        while self._waiting:
            self._waiting.popleft()()

    def start_execution(self, **request: str) -> None:
        """Start an execution; one of a name that was taken goes on as it is."""
        if request["name"] not in self.executions:
            self.running.add(request["name"])
            self.most = max(self.most, len(self.running))
            self._move_on(self._machine.started(request["name"], freeze(thaw(request["input"]))))

    def send_task_success(self, **request: str) -> None:
        """Resume the state that waits with a token."""
        execution = self._waiting_with(request["taskToken"])
        self._move_on(self._machine.answered(execution, (), freeze(thaw(request["output"]))))

    def send_task_failure(self, **request: str) -> None:
        """Fail the state that waits with a token."""
        execution = self._waiting_with(request["taskToken"])
        self._move_on(self._machine.failed(execution, (), request["error"], request["cause"]))

    def _waiting_with(self, token: str) -> Execution:
        execution = self.executions[token.rpartition("/")[0]]
        if token not in {active.token for _, active in waits(execution)}:
            raise ClientError({"Error": {"Code": "TaskTimedOut", "Message": token}}, "SendTask")
        return execution

    def _see(self, command: Command) -> None:
        if command.version == self.refused:
            raise ValueError("told to fail")
        self.seen.append(command.version)

    def _move_on(self, progress: Progress) -> None:
        execution = progress.execution
        self.executions[execution.name] = execution
        if isinstance(execution.at, Ended):
            self.running.discard(execution.name)
        for invoke in progress.started:
            self._waiting.append(lambda invoke=invoke: self._invoke(execution.name, invoke))  # type: ignore[misc]

    def _invoke(self, name: str, invoke: Any) -> None:
        try:
            answer = self._application.handle(thaw(invoke.event))
        except Exception as error:  # noqa: BLE001 - Lambda reports whatever it is
            report = freeze({"errorMessage": str(error), "errorType": type(error).__name__})
            execution = self.executions[name]
            kind = type(error).__name__
            self._move_on(self._machine.failed(execution, invoke.path, kind, report))
        else:
            execution = self.executions[name]
            self._move_on(self._machine.returned(execution, invoke.path, freeze(answer)))
        finally:
            metrics.clear_metrics()


class _Clients(Clients):
    def __init__(self, environment: Environment) -> None:
        super().__init__()
        self._environment = environment

    @property
    def step_functions(self) -> Any:
        return self._environment


def test_all_are_applied_in_order_by_two_executions_at_a_time() -> None:
    environment = Environment()
    records = environment.publish(VERSIONS)
    Random(20).shuffle(records)  # noqa: S311 - an order, not a secret

    for record in records:
        environment.deliver(record)
    assert len(environment.running) == 2
    environment.settle()

    assert environment.most == 2
    assert environment.seen == list(range(1, VERSIONS + 1))
    state = environment.services.data.get(ITEM.pk, ITEM.sk)
    assert state is not None
    assert state.version == VERSIONS
    assert len(environment.executions) == VERSIONS
    assert not environment.running


def test_a_chain_that_failed_is_started_again_by_two_executions() -> None:
    environment = Environment(refused=1)
    for record in environment.publish(RETRIED):
        environment.deliver(record)
    environment.settle()
    last = environment.services.repair.find(ITEM.at(RETRIED))
    assert last is not None
    assert last.error == "PredecessorFailed"
    environment.refused = 0

    restarts = environment.services.repair.retry(ITEM.at(1))

    assert len(restarts) == RETRIED
    assert len(environment.running) == 2
    environment.settle()
    assert environment.most == 2
    assert environment.seen == list(range(1, RETRIED + 1))
    assert len(environment.executions) == 2 * RETRIED
