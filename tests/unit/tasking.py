"""An application that works off tasks, and AWS around it."""

from __future__ import annotations

import json
from typing import Any

from cqrs.application import Application
from cqrs.aws.clients import Clients
from cqrs.core.attribute_values import to_attribute_values
from cqrs.resources import Queue, Table
from cqrs.settings import Settings
from cqrs.tasks.executions import task_execution_name
from cqrs.tasks.keys import TaskKey
from tests.unit.execution import state_event
from tests.unit.sample_events import sqs_event, stream_event

TENANT = "acme"


class Tasks:
    """An application with task handlers, and AWS around it."""

    def __init__(self, application: Application, clients: Clients) -> None:
        self.application = application
        self.service = application.tasks
        self.clients = clients
        self._settings = application.services.settings
        self._seen: set[str] = set()

    @classmethod
    def of_squares(cls, settings: Settings, clients: Clients) -> Tasks:
        """An application that squares numbers."""
        application = Application(settings, clients)
        application.task("square")(square)
        return cls(application, clients)

    def item(self, key: TaskKey) -> dict[str, Any]:
        item = self.application.services.store.get(self._settings.tasks_table, key.pk, key.sk)
        assert item is not None
        return item

    def deliver_stream_record(self, key: TaskKey) -> None:
        """Deliver a task's newest change."""
        item = self.item(key)
        name = "MODIFY" if str(key) in self._seen else "INSERT"
        self._seen.add(str(key))
        event = task_record(item, name)
        assert self.application.handle(event) == {"batchItemFailures": []}

    def messages(self, queue: Queue) -> list[dict[str, Any]]:
        """Take all messages from a queue."""
        url = f"{self._settings.notification_queue_url.rpartition('/')[0]}/test-cqrs-{queue}"
        bodies = []
        while found := self.clients.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1000
        ).get("Messages"):
            bodies += [json.loads(message["Body"]) for message in found]
        return bodies

    def deliver_message(self, body: Any, receive_count: int = 1) -> Any:
        event = sqs_event(json.dumps(body), queue=f"test-cqrs-{Queue.TASK_ACTION}")
        for record in event["Records"]:
            record["attributes"]["ApproximateReceiveCount"] = str(receive_count)
        return self.application.handle(event)

    def queue(self, key: TaskKey) -> dict[str, Any]:
        """Let a new task come to the queue."""
        self.deliver_stream_record(key)
        (message,) = self.messages(Queue.TASK_ACTION)
        return message

    def fan_out(self, key: TaskKey) -> list[TaskKey]:
        """Bring a step-function task to its execution; the keys that the execution gets."""
        assert self.deliver_message(self.queue(key)) == {"batchItemFailures": []}
        started = self.clients.step_functions.started[task_execution_name(key)]
        return [TaskKey(entry["pk"], entry["sk"]) for entry in started]

    def iterate(self, key: TaskKey) -> str:
        return self.application.services.task_workflow.iterator(iteration(key))


def task_record(item: dict[str, Any], event_name: str) -> dict[str, Any]:
    image = to_attribute_values(item)
    return stream_event(image, table=f"test-cqrs-{Table.TASKS}", event_name=event_name)


def iteration(key: TaskKey, **more: Any) -> Any:
    return state_event("iterator", {**key.to_mapping(), **more}, execution_input=[])


def square(task) -> dict[str, Any]:
    if task.input["n"] < 0:
        raise ArithmeticError("no negative numbers")
    return {"n": task.input["n"] ** 2}


def execution_ended(machine: str, name: str, status: str) -> dict[str, Any]:
    """EventBridge's event, with an input that was too large for it."""
    return {
        "id": "1",
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "stateMachineArn": machine,
            "name": name,
            "status": status,
            "inputDetails": {"included": False},
        },
    }
