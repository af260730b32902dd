"""The import-action-queue: files that are read in the function, and rests of batches.

Each message is worked off as far as an invocation's time goes; what is left then goes into the
next message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.clients import send
from cqrs.errors import NotFoundError, UnsupportedEventError
from cqrs.imports.batch import Import
from cqrs.imports.csv_file import rows_from
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, PublishMode, Row
from cqrs.imports.records import BUCKET_PREFIX, COLUMNS
from cqrs.imports.rows import RowReader
from cqrs.imports.source import Source
from cqrs.messages import message_body
from cqrs.object_store import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.clients import Clients
    from cqrs.events import SqsEvent
    from cqrs.imports.batch import BatchImporter
    from cqrs.imports.closing import JobCloser
    from cqrs.imports.records import ImportRecords
    from cqrs.imports.strategies import ImportStrategies
    from cqrs.serialization import Item
    from cqrs.settings import Settings

FILE, REST = "file", "rest"
"""What a message is about."""


class ImportQueue:
    """Sends to the queue, and works off what comes from it.

    Parameters
    ----------
    clients, settings
        Access to the queue and to files.
    records, closer
        Write and close jobs.
    importer
        Imports rows.
    strategies
        The application's import strategies.
    """

    def __init__(
        self,
        clients: Clients,
        settings: Settings,
        records: ImportRecords,
        closer: JobCloser,
        importer: BatchImporter,
        strategies: ImportStrategies,
    ) -> None:
        self._clients = clients
        self._settings = settings
        self._records = records
        self._closer = closer
        self._importer = importer
        self._strategies = strategies
        self._objects = ObjectStore(clients, settings.bucket)

    def send_file(self, key: ImportKey, offset: int, row: int) -> None:
        """Let a file be read on from a place, where a row begins."""
        self._send({**key.to_mapping(), "part": FILE, "offset": offset, "row": row})

    def hand_over(self, key: ImportKey, rows: Sequence[Row]) -> None:
        """Leave rows to another invocation; a repeat sends them again, which changes nothing."""
        first = rows[0].number
        self._objects.put_json(
            _rest_key(key, first), [{"row": dict(r.fields), "number": r.number} for r in rows]
        )
        self._records.hand_over(key, first)
        self._send({**key.to_mapping(), "part": REST, "row": first})

    def handle(self, event: SqsEvent) -> None:
        """Import what a message is about.

        Raises
        ------
        ValidationError
            The message names no job.
        UnsupportedEventError
            It does not say what to do.
        NotFoundError
            The job is gone.
        """
        message = event.json()
        key = ImportKey.from_mapping(message)
        if message.get("part") not in {FILE, REST} or not isinstance(message.get("row"), int):
            raise UnsupportedEventError(
                f"A message of {event.queue} must have part ({FILE} or {REST}) and row."
            )
        job = self._records.read(key)
        if job is None:
            raise NotFoundError(f"Import {key} is not in the import_tmp table; has it expired?")
        if ImportStatus(job["status"]).is_final:
            return
        work = self._read_file if message["part"] == FILE else self._read_rest
        work(key, job, message)

    def _read_file(self, key: ImportKey, job: Item, message: dict[str, Any]) -> None:
        rows = rows_from(
            Source.of(self._clients, self._settings, job),
            tuple(job[COLUMNS]),
            message["offset"],
            message["row"],
        )
        rest = self._importer.run(self._import(key, job), rows)
        if rest is None:
            self._closer.end_of_batches(key)
        else:
            self.send_file(key, rest.offset, rest.number)

    def _read_rest(self, key: ImportKey, job: Item, message: dict[str, Any]) -> None:
        first = message["row"]
        rows = [
            Row(entry["number"], entry["row"])
            for entry in self._objects.get_json(_rest_key(key, first))
        ]
        rest = self._importer.run(self._import(key, job), rows, taken_over=first)
        if rest is not None:
            self.hand_over(key, [row for row in rows if row.number >= rest.number])
        self._records.hand_back(key, first)
        self._closer.close_if_done(key)

    def _import(self, key: ImportKey, job: Item) -> Import:
        strategy = self._strategies.of(key.target)
        return Import(key, RowReader(strategy, key.tenant), PublishMode(job["publishMode"]))

    def _send(self, message: dict[str, Any]) -> None:
        send(
            self._clients.sqs,
            "send_message",
            QueueUrl=self._settings.import_action_queue_url,
            MessageBody=message_body(message),
        )


def _rest_key(key: ImportKey, first_row: int) -> str:
    return f"{BUCKET_PREFIX}/{key.ulid}/rest-{first_row}.json"
