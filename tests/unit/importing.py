"""An application that imports, and AWS around it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cqrs.application import Application
from cqrs.aws.clients import Clients
from cqrs.core.attribute_values import to_attribute_values
from cqrs.errors import ValidationError
from cqrs.imports.executions import import_execution_name
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportedItem, ImportJob, ProcessingMode, PublishMode
from cqrs.items.data import DataItem
from cqrs.resources import Queue, Table
from tests.unit.execution import state_event
from tests.unit.sample_events import sqs_event, stream_event

TENANT = "acme"
COLUMNS = ("code", "city", "runways")


class PlaceStrategy:
    """Airports with a three-letter code."""

    columns = ("code", "city")

    def validate(self, row: Mapping[str, str]) -> None:
        if len(row["code"]) != 3:
            raise ValidationError(f"code is {row['code']!r}; it has three letters.")

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        attributes: dict[str, Any] = {"city": row["city"]}
        if row.get("runways"):
            attributes["runways"] = int(row["runways"])
        return ImportedItem("PLACE", row["code"], row["city"], attributes)


def csv_of(*rows: Sequence[str], columns: Sequence[str] = COLUMNS) -> str:
    return "\n".join(",".join(row) for row in (columns, *rows)) + "\n"


def seconds_left(*left: float) -> Callable[[], int]:
    """An invocation's time, question by question; the last answer is for good."""
    remaining = list(left)
    return lambda: int((remaining.pop(0) if len(remaining) > 1 else remaining[0]) * 1000)


class Imports:
    """Brings jobs from their making to their end."""

    def __init__(self, settings: Any, clients: Clients) -> None:
        self.application = Application(settings, clients)
        self.application.import_strategy("places")(PlaceStrategy)
        self.settings = settings
        self.clients = clients
        self.delays: list[int] = []
        """Of each message that was sent, in seconds; it can be received at once all the same."""
        events = clients.sqs.meta.events
        events.register("provide-client-params.sqs.SendMessage", self._without_delay)

    def _without_delay(self, params: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.delays.append(params.get("DelaySeconds", 0))
        return {name: value for name, value in params.items() if name != "DelaySeconds"}

    @property
    def services(self) -> Any:
        return self.application.services

    def upload(self, content: str | bytes, key: str = "in.csv") -> None:
        body = content.encode() if isinstance(content, str) else content
        self.clients.s3.put_object(Bucket=self.settings.bucket, Key=key, Body=body)

    def make(
        self,
        mode: ProcessingMode = ProcessingMode.STEP_FUNCTION,
        key: str = "in.csv",
        publish_mode: PublishMode | None = None,
        target: str = "places",
        bucket: str | None = None,
        encoding: str | None = None,
    ) -> ImportKey:
        return self.application.imports.create_csv_import(
            bucket or self.settings.bucket, key, target, TENANT, mode, publish_mode, encoding
        )

    def start(self, key: ImportKey) -> None:
        """Deliver the new job's record."""
        item = self.services.import_records.read(key)
        image = to_attribute_values(item)
        event = stream_event(image, table=f"test-cqrs-{Table.IMPORT_TMP}")
        assert self.application.handle(event) == {"batchItemFailures": []}

    def job(self, key: ImportKey) -> ImportJob:
        job = self.application.imports.get(key)
        assert job is not None
        return job

    def execution_input(self, key: ImportKey) -> Any:
        return self.clients.step_functions.started[import_execution_name(key)]

    def batch(
        self, key: ImportKey, rows: Sequence[Sequence[str]], first: int = 1, seconds_ago: float = 0
    ) -> Any:
        """The map's event for rows; their numbers begin with ``first``."""
        items = [
            {"row": dict(zip(COLUMNS, row, strict=False)), "index": first - 1 + place}
            for place, row in enumerate(rows)
        ]
        attributes = self.execution_input(key)
        given = {"Items": items, "BatchInput": {"Attributes": attributes}}
        return state_event(
            "csv_rows_handler",
            given,
            execution_input=None,
            kind="express",
            seconds_ago=seconds_ago,
        )

    def import_batch(
        self, key: ImportKey, rows: Sequence[Sequence[str]], first: int = 1
    ) -> dict[str, int]:
        result: dict[str, int] = self.services.import_workflow.csv_rows_handler(
            self.batch(key, rows, first)
        )
        return result

    def finalize(self, key: ImportKey, error: Any = None) -> None:
        given = {**self.execution_input(key), **({"error": error} if error else {})}
        self.services.import_workflow.finalize(
            state_event(
                "finalize",
                given,
                execution_input=self.execution_input(key),
                name=import_execution_name(key),
            )
        )

    def end_execution(
        self, key: ImportKey, status: str, error: str = "", cause: str = "", *, told: bool = True
    ) -> None:
        """Let the execution of a job end early, as EventBridge tells it."""
        name = import_execution_name(key)
        self.clients.step_functions.statuses[name] = status
        if error:
            self.clients.step_functions.fail(name, error, cause, status)
        self.application.handle(self.end_event(key, status, told=told))

    def end_event(self, key: ImportKey, status: str, *, told: bool = True) -> dict[str, Any]:
        """EventBridge's report of the end of a job's execution."""
        return {
            "id": "1",
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "detail": {
                "stateMachineArn": self.settings.import_csv_state_machine_arn,
                "name": import_execution_name(key),
                "status": status,
                "input": json.dumps(self.execution_input(key)) if told else None,
            },
        }

    def work_off_queue(self, *, at_most: int = 100) -> int:
        """Deliver the messages of the import-action-queue until there are none."""
        delivered = 0
        while delivered < at_most and (bodies := self.take_messages()):
            for body in bodies:
                self.deliver(body)
                delivered += 1
        return delivered

    def take_messages(self) -> list[Any]:
        return self._take(self.settings.import_action_queue_url)

    def task_messages(self) -> list[Any]:
        return self._take(self.settings.task_action_queue_url)

    def _take(self, url: str) -> list[Any]:
        answer = self.clients.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1000
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def deliver(self, body: Any, remaining: Any = None) -> None:
        event = sqs_event(json.dumps(body), queue=f"test-cqrs-{Queue.IMPORT_ACTION}")
        assert self.application.handle(event, remaining) == {"batchItemFailures": []}

    def place(self, code: str) -> DataItem | None:
        item: DataItem | None = self.services.data.get(f"PLACE#{TENANT}", f"PLACE#{code}")
        return item

    def errors(self, key: ImportKey) -> str:
        body = self.clients.s3.get_object(
            Bucket=self.settings.bucket, Key=self.job(key).errors_key
        )["Body"]
        return str(body.read().decode())
