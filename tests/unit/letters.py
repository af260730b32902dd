"""Dead-letter queues on moto, and what their letters are given back to and read from."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError

from cqrs.resources import dead_letter_queue
from tests.unit.conftest import PREFIX, MotoClients

STREAM = f"arn:aws:dynamodb:ap-northeast-1:123456789012:table/{PREFIX}commands/stream/1"


class Function:
    """The deployed function: it answers as a test says, and keeps what it was invoked with."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Any] = lambda _event: {"batchItemFailures": []}

    def invoke(self, **request: Any) -> dict[str, Any]:
        event = json.loads(request["Payload"])
        self.events.append(event)
        try:
            return {"Payload": BytesIO(json.dumps(self.answer(event)).encode())}
        except RuntimeError as error:
            report = {"errorType": "RuntimeError", "errorMessage": str(error)}
            return {
                "FunctionError": "Unhandled",
                "Payload": BytesIO(json.dumps(report).encode()),
            }

    @property
    def sequence_numbers(self) -> list[str]:
        """Of each invocation's one record."""
        assert all(len(event["Records"]) == 1 for event in self.events)
        return [sequence_number(event["Records"][0]) for event in self.events]


class Stream:
    """A shard that answers in the pages that a test gives it."""

    def __init__(self, *pages: list[dict[str, Any]], is_open: bool = True) -> None:
        self.pages = pages
        self.is_open = is_open
        self.reads = 0

    def get_shard_iterator(self, **request: Any) -> dict[str, Any]:
        first = request["SequenceNumber"]
        assert request["ShardIteratorType"] == "AT_SEQUENCE_NUMBER"
        known = [sequence_number(record) for page in self.pages for record in page]
        if first not in known:
            raise ClientError({"Error": {"Code": "TrimmedDataAccessException"}}, "GetShardIterator")
        return {"ShardIterator": "0"}

    def get_records(self, **request: Any) -> dict[str, Any]:
        self.reads += 1
        place = int(request["ShardIterator"])
        page = self.pages[place] if place < len(self.pages) else []
        ends = not self.is_open and place + 1 >= len(self.pages)
        return {"Records": page} if ends else {"Records": page, "NextShardIterator": str(place + 1)}


def sequence_number(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def record(number: int, event: str = "INSERT", mode: str = "ASYNC") -> dict[str, Any]:
    key = {"pk": {"S": "NOTE#acme"}, "sk": {"S": f"NOTE#1@{number}"}}
    return {
        "eventID": str(number),
        "eventName": event,
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": key,
            "NewImage": {**key, "syncMode": {"S": mode}, "unfinished": {"S": "7"}},
            "SequenceNumber": str(number),
        },
    }


def place(first: int, last: int) -> dict[str, Any]:
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted"},
        "responseContext": {"functionError": "Unhandled"},
        "DDBStreamBatchInfo": {
            "streamArn": STREAM,
            "shardId": "shardId-1",
            "startSequenceNumber": str(first),
            "endSequenceNumber": str(last),
            "batchSize": 1,
        },
    }


class Letters:
    """The dead-letter queue of a source."""

    def __init__(self, clients: MotoClients, source: str) -> None:
        self._sqs = clients.sqs
        queue = f"{PREFIX}{dead_letter_queue(source)}"
        self.url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]

    def add(self, body: Any, /, **attributes: str | bytes) -> None:
        self._sqs.send_message(
            QueueUrl=self.url,
            MessageBody=body if isinstance(body, str) else json.dumps(body),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                if isinstance(value, str)
                else {"DataType": "Binary", "BinaryValue": value}
                for name, value in attributes.items()
            },
        )

    def hide(self, seconds: int = 30) -> None:
        """Take a letter as somebody else does."""
        self._sqs.receive_message(QueueUrl=self.url, VisibilityTimeout=seconds)

    @property
    def visible(self) -> list[str]:
        answer = self._sqs.receive_message(
            QueueUrl=self.url, VisibilityTimeout=0, MaxNumberOfMessages=10
        )
        return [message["Body"] for message in answer.get("Messages", [])]
