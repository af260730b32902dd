"""Dead letters of streams: the records that they stand for, and handling those again."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import send
from cqrs.core.texts import storable
from cqrs.deployment.stream_filters import stream_filters
from cqrs.errors import CqrsError
from cqrs.events.dead_letters import RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.dead_letters.delivery import Deliver
    from cqrs.services import Services

PLACE = "DDBStreamBatchInfo"
"""Key of the records' place, in a letter that Lambda wrote."""

EVENT = "requestPayload"
"""Key of the event, in a letter of an asynchronous invocation."""

SEQUENCE_NUMBER = re.compile("[0-9]{1,40}")
"""DynamoDB Streams API reference, StreamRecord."""

GONE_RECORDS = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException"})
"""Errors of DynamoDB Streams for a place of which the records have expired."""

FAILURES = "batchItemFailures"

SHOWN_LENGTH = 100
"""Characters of a key that a result names."""

EMPTY_PAGES = 100
"""Pages without a record after which a place is given up; a shard has some between its records."""

EMPTY_PAGE_PAUSE_SECONDS = 0.2
"""DynamoDB Streams takes five reads a second of a shard."""

Record = dict[str, Any]


class UnreadableLetter(CqrsError):
    """A letter does not say which records it stands for."""


class RecordsNotFound(CqrsError):
    """The stream does not have a letter's records."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a letter's records; both ends belong to it."""

    stream_arn: str
    shard_id: str
    first: str
    last: str

    @classmethod
    def of(cls, info: Any) -> Place:
        """Read what Lambda wrote (Lambda guide, "Retain discarded batches").

        Raises
        ------
        UnreadableLetter
            If it lacks a part.
        """
        names = ("streamArn", "shardId", "startSequenceNumber", "endSequenceNumber")
        parts = info if isinstance(info, dict) else {}
        missing = [name for name in names if not (isinstance(parts.get(name), str) and parts[name])]
        if missing:
            raise UnreadableLetter(f"its {PLACE} has no {', '.join(missing)}")
        place = cls(*(parts[name] for name in names))
        if not all(SEQUENCE_NUMBER.fullmatch(number) for number in (place.first, place.last)):
            raise UnreadableLetter(f"its sequence numbers are {place.first!r} and {place.last!r}")
        return place


def records_of(services: Services, table: str, body: str) -> list[Record]:
    """The records of a letter that call for work, as Lambda would deliver them.

    The function's own letters hold the record. Lambda's hold only the place of the records in the
    stream, and among them some that the stream's filter drops.

    Raises
    ------
    UnreadableLetter
        If it says of no records.
    RecordsNotFound
        If the stream does not have them any more.
    """
    letter = _json_object(body)
    if isinstance(letter.get(RECORD), dict):
        return [letter[RECORD]]
    if PLACE not in letter:
        raise UnreadableLetter(f"it has neither {RECORD!r} nor {PLACE!r}")
    place = Place.of(letter[PLACE])
    records = _read(services, place)
    if not records:
        raise RecordsNotFound(
            f"the stream of {table} holds the records for a day, and they are gone: see "
            "`cqrs doctor` for what they left undone"
        )
    wanted = services.settings.are_ends_of_commands_told
    filters = stream_filters(command_notifications=wanted).get(table)
    return [
        {**_as_delivered(record), "eventSourceARN": place.stream_arn}
        for record in records
        if filters is None or any(one.passes(record) for one in filters)
    ]


def event_of(body: str) -> Any:
    """The event of a letter that Lambda wrote of an asynchronous invocation.

    Source: Lambda guide, "Capturing records of asynchronous invocations".

    Raises
    ------
    UnreadableLetter
        If it has none.
    """
    letter = _json_object(body)
    if EVENT not in letter:
        raise UnreadableLetter(f"it has no {EVENT!r}")
    return letter[EVENT]


def replay_event(deliver: Deliver, event: Any) -> str:
    """Hand an event to the function; why that was not handled, if so."""
    try:
        return deliver(event).problem
    except CqrsError as error:
        return f"{type(error).__name__}: {error}"


def replay(deliver: Deliver, records: list[Record]) -> list[str]:
    """Hand each record to the function in turn; what was not handled, and why.

    One invocation each: a record that fails holds up none behind it, and the answer is its own.
    """
    problems = ((record, _problem(deliver, record)) for record in records)
    return [
        f"{_name(record)} was not handled: {problem}" for record, problem in problems if problem
    ]


def _problem(deliver: Deliver, record: Record) -> str:
    try:
        answer = deliver({"Records": [record]})
    except CqrsError as error:
        return f"{type(error).__name__}: {error}"
    if answer.problem:
        return answer.problem
    if isinstance(answer.result, dict) and answer.result.get(FAILURES):
        return f"the function answered so ({FAILURES}); its log has the reason"
    return ""


def _name(record: Record) -> str:
    change = _object(record.get("dynamodb"))
    values = [_object(value).get("S", "") for value in _object(change.get("Keys")).values()]
    number = str(change.get("SequenceNumber", "unknown"))[:SHOWN_LENGTH]
    keys = [str(value)[:SHOWN_LENGTH] for value in values]
    return storable(" ".join([*keys, f"(sequence number {number})"]))


def _object(value: Any) -> Mapping[str, Any]:
    """A part of what anybody may have written, if it is an object."""
    return value if isinstance(value, dict) else {}


def _read(services: Services, place: Place) -> list[Record]:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        return list(_records(services, place))
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE_RECORDS:
            return []
        raise


def _records(services: Services, place: Place) -> Iterator[Record]:
    streams, empty_pages = services.clients.dynamodb_streams, 0
    iterator = send(
        streams,
        "get_shard_iterator",
        StreamArn=place.stream_arn,
        ShardId=place.shard_id,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=place.first,
    )["ShardIterator"]
    while iterator is not None:
        page = send(streams, "get_records", ShardIterator=iterator)
        for record in page["Records"]:
            position = int(record["dynamodb"]["SequenceNumber"])
            if position <= int(place.last):
                yield record
            if position >= int(place.last):
                return
        iterator = page.get("NextShardIterator")
        empty_pages = 0 if page["Records"] else empty_pages + 1
        if empty_pages == EMPTY_PAGES:
            raise RecordsNotFound(
                f"the stream did not give its records up to {place.last} in {EMPTY_PAGES} pages; "
                "try again later"
            )
        if empty_pages:
            time.sleep(EMPTY_PAGE_PAUSE_SECONDS)


def _as_delivered(record: Mapping[str, Any]) -> Record:
    delivered: Record = json.loads(json.dumps(record, default=_plain))
    return delivered


def _plain(value: Any) -> Any:
    """A time or bytes of a record, in the form in which Lambda delivers them."""
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode()


def _json_object(body: str) -> dict[str, Any]:
    try:
        letter = json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableLetter("it is not JSON") from None
    if not isinstance(letter, dict):
        raise UnreadableLetter("it is not a JSON object")
    return letter
