"""Tables in memory, queues and a bucket on moto, and a recording Step Functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cqrs.aws.clients import Clients
from cqrs.commands.executions import execution_input
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.keys import CommandKey
from cqrs.deployment.indexes import INDEXES, key_attributes
from cqrs.resources import STREAMED_TABLES, Queue, Table, dead_letter_queue
from cqrs.services import Services
from cqrs.settings import Settings
from tests.unit.execution import CommandExecution
from tests.unit.memory_tables import tables_in_memory

REGION = "ap-northeast-1"
PREFIX = "test-cqrs-"
UNSET = {f.name: {"int": 0, "bool": False}[f.type] for f in fields(Settings) if f.type != "str"}
"""Every setting that is not text, so that a new one need not be added here."""

GIVEN = {"max_receive_count": 5, "function_timeout_seconds": 60, "queue_visibility_seconds": 360}
"""Those of them that an environment has by default."""

SESSION = boto3.Session(region_name=REGION)
"""One for all tests: each new session reads the models of the services again, for longer than most
tests take."""


class RecordingStepFunctions:
    """Keeps what it is asked, and refuses what Step Functions would refuse."""

    def __init__(self) -> None:
        self.started: dict[str, Any] = {}
        self.statuses: dict[str, str] = {}
        self.answers: dict[str, tuple[str, Any]] = {}
        self.ends: dict[str, dict[str, str]] = {}
        self.histories: dict[str, list[dict[str, Any]]] = {}
        self.states: dict[str, Any] = {}
        self.map_runs: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self.definitions: dict[str, dict[str, Any]] = {}

    def fail(self, name: str, error: str, cause: str, status: str = "FAILED") -> None:
        """Let an execution end early."""
        self.statuses[name] = status
        self.ends[name] = {"error": error, "cause": cause}

    def run_map(self, name: str, status: str, *failed: dict[str, Any]) -> None:
        """Let an execution have a Map Run, with children that failed: input, error and cause."""
        self.map_runs[name] = (status, list(failed))

    def start_execution(self, **request: Any) -> None:
        if request["name"] in self.started:
            raise _refusal("ExecutionAlreadyExists", "StartExecution")
        self.started[request["name"]] = json.loads(request["input"])
        self.statuses[request["name"]] = "RUNNING"

    def describe_execution(self, **request: Any) -> dict[str, Any]:
        name = request["executionArn"].rpartition(":")[2]
        if name not in self.statuses:
            raise _refusal("ExecutionDoesNotExist", "DescribeExecution")
        return {
            "executionArn": request["executionArn"],
            "name": name,
            "status": self.statuses[name],
            "input": json.dumps(self.started.get(name)),
            "startDate": datetime.now(UTC),
            **self.ends.get(name, {}),
        }

    def get_execution_history(self, **request: Any) -> dict[str, Any]:
        name = request["executionArn"].rpartition(":")[2]
        return {"events": self.histories.get(name, [])}

    def describe_state_machine(self, **request: Any) -> dict[str, Any]:
        machine = request["stateMachineArn"]
        definition = {"Comment": machine, "StartAt": "one", "States": self.states}
        known = self.definitions.get(machine.rpartition(":")[2], definition)
        return {"stateMachineArn": machine, "definition": json.dumps(known)}

    def stop_execution(self, **request: Any) -> dict[str, Any]:
        name = request["executionArn"].rpartition(":")[2]
        if name not in self.statuses:
            raise _refusal("ExecutionDoesNotExist", "StopExecution")
        if self.statuses[name] == "RUNNING":
            self.fail(name, request["error"], request["cause"], "ABORTED")
        return {"stopDate": datetime.now(UTC)}

    def list_map_runs(self, **request: Any) -> dict[str, Any]:
        name = request["executionArn"].rpartition(":")[2]
        if name not in self.map_runs:
            return {"mapRuns": []}
        return {"mapRuns": [{"mapRunArn": f"run:{name}", "startDate": datetime.now(UTC)}]}

    def describe_map_run(self, **request: Any) -> dict[str, Any]:
        status, children = self.map_runs[request["mapRunArn"].removeprefix("run:")]
        return {"status": status, "itemCounts": {"failed": sum(map(_items_of, children))}}

    def list_executions(self, **request: Any) -> dict[str, Any]:
        if "stateMachineArn" in request:
            return self._executions_of(**request)
        assert (request["statusFilter"], request["maxResults"]) == ("FAILED", 1)
        run = request["mapRunArn"].removeprefix("run:")
        for child in self.map_runs[run][1][:1]:
            name = f"child-of-{run}"
            self.started[name] = child["input"]
            self.fail(name, child["error"], child["cause"])
            return {"executions": [{"executionArn": f"child:{name}"}]}
        return {"executions": []}

    def _executions_of(self, **request: Any) -> dict[str, Any]:
        """A page of what was started, the cursor of which is a number."""
        cursor = request.get("nextToken", "0")
        if not cursor.isdecimal():
            raise _refusal("InvalidToken", "ListExecutions")
        names = [
            name
            for name in reversed(self.started)
            if request.get("statusFilter", self.statuses[name]) == self.statuses[name]
        ]
        begin, end = int(cursor), int(cursor) + request["maxResults"]
        prefix = request["stateMachineArn"].replace(":stateMachine:", ":execution:")
        executions = [
            {
                "executionArn": f"{prefix}:{name}",
                "name": name,
                "status": self.statuses[name],
                "startDate": datetime.now(UTC),
            }
            for name in names[begin:end]
        ]
        more = {"nextToken": str(end)} if end < len(names) else {}
        return {"executions": executions, **more}

    def send_task_success(self, **request: Any) -> None:
        self._answer(request["taskToken"], "success", json.loads(request["output"]))

    def send_task_failure(self, **request: Any) -> None:
        self._answer(request["taskToken"], request["error"], request["cause"])

    def send_task_heartbeat(self, **request: Any) -> None:
        if request["taskToken"] in self.answers:
            raise _refusal("TaskTimedOut", "SendTaskHeartbeat")

    def _answer(self, token: str, result: str, details: Any) -> None:
        if token in self.answers:
            raise _refusal("TaskTimedOut", "SendTask")
        self.answers[token] = (result, details)


def _items_of(child: Mapping[str, Any]) -> int:
    return len((child["input"] or {}).get("Items", ()))


def _refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


class MotoClients(Clients):
    """moto for queues and bucket; moto runs no state machines, so those calls are recorded."""

    def __init__(self) -> None:
        super().__init__(SESSION)
        self.recorded = RecordingStepFunctions()

    @property
    def step_functions(self) -> Any:  # type: ignore[override]
        return self.recorded


def secondary_indexes(table: Table) -> dict[str, Any]:
    indexes = [
        {
            "IndexName": index.name,
            "KeySchema": [
                {"AttributeName": index.partition_key, "KeyType": "HASH"},
                {"AttributeName": index.sort_key, "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        for index in INDEXES.get(table, ())
    ]
    return {"GlobalSecondaryIndexes": indexes} if indexes else {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ask moto, or tables in memory behind it; each takes its time."""
    for item in items:
        if isinstance(item, pytest.Function) and "clients" in item.fixturenames:
            item.add_marker(pytest.mark.moto)


@pytest.fixture
def settings() -> Settings:
    machine = f"arn:aws:states:{REGION}:123456789012:stateMachine:{PREFIX}"
    queue = f"https://sqs.{REGION}.amazonaws.com/123456789012/{PREFIX}"
    return Settings(
        resource_prefix=PREFIX,
        **{f"{table.value}_table": f"{PREFIX}{table.value}" for table in Table},
        bucket=f"{PREFIX}files",
        function_name=f"{PREFIX}main",
        command_state_machine_arn=f"{machine}command-handler",
        task_state_machine_arn=f"{machine}task-handler",
        import_csv_state_machine_arn=f"{machine}import-csv",
        express_command_state_machine_arn=f"{machine}command-express",
        command_lane="standard",
        unknown_item_types="allow",
        task_action_queue_url=f"{queue}task-action-queue",
        notification_queue_url=f"{queue}notification-queue",
        import_action_queue_url=f"{queue}import-action-queue",
        **(UNSET | GIVEN),
    )


@pytest.fixture
def clients(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MotoClients]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    has_moto_tables = request.node.get_closest_marker("moto_tables") is not None
    with mock_aws(), nullcontext() if has_moto_tables else tables_in_memory():
        made = MotoClients()
        for table in Table:
            made.dynamodb.create_table(
                TableName=settings.table(table),
                KeySchema=[
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": name, "AttributeType": "S"} for name in key_attributes(table)
                ],
                BillingMode="PAY_PER_REQUEST",
                **secondary_indexes(table),
            )
        for queue in Queue:
            made.sqs.create_queue(QueueName=f"{PREFIX}{queue}")
        for source in (*Queue, *STREAMED_TABLES):
            made.sqs.create_queue(QueueName=f"{PREFIX}{dead_letter_queue(source)}")
        made.s3.create_bucket(
            Bucket=settings.bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield made


@pytest.fixture
def sync_handlers() -> SyncHandlers:
    return SyncHandlers()


@pytest.fixture
def services(settings: Settings, clients: MotoClients, sync_handlers: SyncHandlers) -> Services:
    return Services(settings, clients, sync_handlers)


@pytest.fixture
def step_functions(clients: MotoClients) -> RecordingStepFunctions:
    return clients.recorded


class Requests:
    """The function's requests to DynamoDB and S3, as they are sent."""

    def __init__(self, clients: MotoClients) -> None:
        self.operations: list[str] = []
        self._before: list[tuple[str, Callable[[], object]]] = []
        self._lost: list[str] = []
        for client in (clients.dynamodb, clients.s3):
            client.meta.events.register("before-call", self._sent)
            client.meta.events.register("needs-retry", self._answered)

    def before_next(self, operation: str, act: Callable[[], object]) -> None:
        """Let somebody else act just before the next request of an operation is sent."""
        self._before.append((operation, act))

    def lose_answer(self, operation: str) -> None:
        """Lose the next answer to an operation, so that the SDK makes the request again."""
        self._lost.append(operation)

    def _answered(self, operation: Any, **_details: Any) -> int | None:
        if operation.name not in self._lost:
            return None
        self._lost.remove(operation.name)
        return 0

    def _sent(self, model: Any, **_details: Any) -> None:
        self.operations.append(model.name)
        due = [entry for entry in self._before if entry[0] == model.name]
        self._before = [entry for entry in self._before if entry not in due]
        for _, act in due:
            act()


@pytest.fixture
def requests(clients: MotoClients) -> Requests:
    return Requests(clients)


@pytest.fixture
def execute(services: Services, settings: Settings) -> Any:
    """Start the execution of a command: ``execute(key)``."""

    def start(key: CommandKey) -> CommandExecution:
        command = services.commands.get(key)
        return CommandExecution(
            services.command_workflow,
            settings.resource_prefix,
            key,
            execution_input(key, command.request_id, command.attempt)
            if command
            else execution_input(key, "gone"),
        )

    return start
