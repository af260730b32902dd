"""Batches of records, acknowledged one by one.

A record that fails for good is set aside and so acknowledged; any other failure is delivered again.
A record that fails when it is delivered for the last time is set aside too. SQS would do so without
a reason, and Lambda would repeat a stream's record for a day. If a source has no dead letters,
everything of it that fails is delivered again, until the source's own settings take it away. The
log has the reason.

Source: Lambda developer guide, "Implementing partial batch responses".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cqrs.core.log_keys import error_keys, logged_with
from cqrs.core.observability import logger
from cqrs.core.reading import reading
from cqrs.errors import PermanentError

FOR_GOOD = (PermanentError, RecursionError)
"""Errors that a repeat of the record meets again: a document stays as deep as it is."""

Record = Mapping[str, Any]
SetAside = Callable[[Record, Exception], None]
"""Sets a record aside with the error that it failed with."""

REPLAYED = "replayed"
"""Event id of a record that the command line sends. It learns why the record fails, so that none is
set aside a second time."""

About = Callable[[Record], Mapping[str, str]]
"""Tells what a record is about, as keys of its lines in the log."""

IsLastTry = Callable[[Record], bool]
"""Tells whether a record is not delivered again."""


def _never(_record: Record) -> bool:
    return False


def _nothing(_record: Record) -> Mapping[str, str]:
    return {}


def handle_messages(
    records: Sequence[Record],
    handle: Callable[[Record], None],
    set_aside: SetAside | None,
    is_last_try: IsLastTry = _never,
    about: About = _nothing,
) -> dict[str, list[dict[str, str]]]:
    """Handle SQS messages independently of each other.

    Returns
    -------
    dict
        ``batchItemFailures`` with the messages that failed; the others leave the queue.

    Raises
    ------
    ValidationError
        If one is not a message of SQS.
    Exception
        If all failed: it is the error of the last message, and the whole batch then goes back.
    """
    with reading("A batch of SQS messages"):
        identified = [(record["messageId"], record) for record in records]
    failures = []
    for identifier, record in identified:
        with logged_with(_keys(about, record)):
            error = _failure(identifier, record, handle, set_aside, is_last_try)
        if error is not None:
            failures.append((identifier, error))
    if failures and len(failures) == len(records):
        raise failures[-1][1]
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier, _ in failures]}


def handle_stream_records(
    records: Sequence[Record],
    handle: Callable[[Record], None],
    set_aside: SetAside | None,
    is_last_try: IsLastTry = _never,
    about: About = _nothing,
) -> dict[str, list[dict[str, str]]]:
    """Handle stream records in their order, up to the first that fails.

    Lambda goes on from that record, so handling those after it now would only reorder them.

    Returns
    -------
    dict
        ``batchItemFailures`` with the record to go on from.

    Raises
    ------
    ValidationError
        If one is not a record of a stream.
    Exception
        If a record failed: it is the error of the first. To AWS that says the same as its
        identifier would. Emulator difference: MiniStack 1.5.33 does not read the answer of a
        stream's batch, and only an exception makes it repeat one. With its batches of one record
        both are the same.
    """
    with reading("A batch of records of a DynamoDB stream"):
        identified = [(record["dynamodb"]["SequenceNumber"], record) for record in records]
    for place, (identifier, record) in enumerate(identified):
        with logged_with(_keys(about, record)):
            error = _failure(identifier, record, handle, set_aside, is_last_try)
        if error is None:
            continue
        if place == 0:
            raise error
        return {"batchItemFailures": [{"itemIdentifier": identifier}]}
    return {"batchItemFailures": []}


def _keys(about: About, record: Record) -> Mapping[str, str]:
    """The subject of a record; nothing if nobody can read it."""
    try:
        return about(record)
    except Exception:  # noqa: BLE001 - its handler tells what is wrong with it
        return {}


def _failure(
    identifier: str,
    record: Record,
    handle: Callable[[Record], None],
    set_aside: SetAside | None,
    is_last_try: IsLastTry = _never,
) -> Exception | None:
    """The error of a record; None if it was handled or set aside."""
    try:
        try:
            handle(record)
        except Exception as error:
            is_final = isinstance(error, FOR_GOOD) or is_last_try(record)
            if set_aside is None or not is_final:
                raise
            logger.error("Record set aside", extra={"record": identifier, **error_keys(error)})
            set_aside(record, error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other records go on
        logger.error("Record failed", extra={"record": identifier, **error_keys(error)})
        return error
    return None
