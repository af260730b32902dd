"""Dead letters: counting them, and giving them to the function once more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cli.connection import Connection
from cli.context import session_of
from cli.function import invoke
from cqrs.clients import send
from cqrs.dead_letters import RECORD
from cqrs.resources import STREAMED_TABLES, Queue, dead_letter_queue

SOURCES = (*Queue, *STREAMED_TABLES)
"""What has a dead-letter queue: the queues, and the tables with a stream."""

GONE_RECORDS = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException"})
"""Errors of DynamoDB Streams for a place of which the records have expired."""

PLACE = "DDBStreamBatchInfo"
"""Key of the records' place, in a letter that Lambda wrote."""

MESSAGES_AT_ONCE = 10
HIDDEN_SECONDS = 60
"""How long a message stays hidden from others while it is given back."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of one dead letter.

    Attributes
    ----------
    message_id
        The message.
    problem
        Why it stays in the dead-letter queue; empty where it was given back.
    """

    message_id: str
    problem: str = ""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(redrive)


def redrive(
    context: typer.Context,
    queue: Annotated[str, typer.Argument(help=f"One of {', '.join(SOURCES)}.")],
) -> None:
    """Give dead letters back: a queue's messages, or the records of a table's stream."""
    session = session_of(context)
    if queue not in SOURCES:
        raise typer.BadParameter(f"{queue!r} has no dead letters; use one of {', '.join(SOURCES)}")
    results = list(_redrive(session.connection, queue))
    rows = [
        {"message": result.message_id, "result": result.problem or "given back"}
        for result in results
    ]
    session.output.rows(f"dead letters of {queue}", rows, ("message", "result"))
    if any(result.problem for result in results):
        raise typer.Exit(1)


def count_dead_letters(connection: Connection, source: str) -> int:
    """Messages that lie in a dead-letter queue, about to be seen or being looked at."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = send(
        connection.services.clients.sqs,
        "get_queue_attributes",
        QueueUrl=_dead_letter_url(connection, source),
        AttributeNames=names,
    )
    return sum(int(answer["Attributes"][name]) for name in names)


def _redrive(connection: Connection, source: str) -> Iterator[Redriven]:
    sqs, url = connection.services.clients.sqs, _dead_letter_url(connection, source)
    give_back = _send_to_queue if source in set(Queue) else _replay_records
    # What comes back is a new letter, and trying that again at once would go on for ever.
    remaining = count_dead_letters(connection, source)
    while remaining > 0:
        answer = send(
            sqs,
            "receive_message",
            QueueUrl=url,
            MaxNumberOfMessages=min(MESSAGES_AT_ONCE, remaining),
            VisibilityTimeout=HIDDEN_SECONDS,
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            return
        remaining -= len(messages)
        for message in messages:
            problem = give_back(connection, source, message)
            if not problem:
                send(sqs, "delete_message", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield Redriven(message["MessageId"], problem)


def _send_to_queue(connection: Connection, source: str, message: dict[str, Any]) -> str:
    # SQS can move messages by itself (StartMessageMoveTask), but not on every emulator.
    send(
        connection.services.clients.sqs,
        "send_message",
        QueueUrl=connection.environment.queue_url(source),
        MessageBody=message["Body"],
        MessageAttributes=message.get("MessageAttributes", {}),
    )
    return ""


def _replay_records(connection: Connection, source: str, message: dict[str, Any]) -> str:
    """Invoke the function with the records of a letter.

    The function's own letters hold the record; Lambda's hold only the place of the records in the
    stream (Lambda guide, "Retain discarded batches").
    """
    letter = json.loads(message["Body"])
    records = [letter[RECORD]] if RECORD in letter else _records(connection, letter[PLACE])
    if not records:
        return (
            f"the stream of {source} holds the records for a day, and they are gone: see "
            "`cqrs doctor` for what they left undone"
        )
    return invoke(connection.services, {"Records": records}).problem


def _records(connection: Connection, place: dict[str, Any]) -> list[dict[str, Any]]:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    streams = connection.services.clients.dynamodb_streams
    try:
        iterator = send(
            streams,
            "get_shard_iterator",
            StreamArn=place["streamArn"],
            ShardId=place["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=place["startSequenceNumber"],
        )["ShardIterator"]
        found = send(streams, "get_records", ShardIterator=iterator, Limit=place["batchSize"])
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE_RECORDS:
            return []
        raise
    # Times become text on their way to the function, which does not look at them.
    records = json.loads(json.dumps(found["Records"], default=str))
    return [
        {**record, "eventSourceARN": place["streamArn"]}
        for record in records
        if record["eventName"] == "INSERT"
    ]


def _dead_letter_url(connection: Connection, source: str) -> str:
    return connection.environment.queue_url(dead_letter_queue(source))
