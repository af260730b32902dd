"""Imports that do not move, found through the index of those that are not over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from cli.deployed.connection import Connection
from cli.doctor.finding import Finding, examined, is_recent, still_since, unreadable
from cli.doctor.unfinished_items import unfinished_entries
from cli.letters.replays import NEW, replay_end, replay_record
from cli.suggestions import command_line
from cqrs.aws.step_functions import RUNNING, execution_arn
from cqrs.core.attribute_values import Item
from cqrs.core.clock import iso
from cqrs.errors import ValidationError
from cqrs.execution_events import ERRORS
from cqrs.imports.executions import import_execution_name
from cqrs.imports.indexes import UNFINISHED_IMPORTS
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import MAP_IS_OVER, ImportStatus, ProcessingMode, refuse_damaged, status_of
from cqrs.imports.records import CANCELLED_AT, Progress
from cqrs.resources import Queue, StateMachine, Table

PROBLEM = "import that does not move"


def stuck_imports(connection: Connection) -> Iterator[Finding]:
    """Look for imports of which no row was counted for long."""
    since, table = still_since(connection), connection.settings.import_tmp_table
    for entry in unfinished_entries(connection, table, UNFINISHED_IMPORTS, iso(since)):
        yield from examined("import", table, entry, _unless_over(connection, entry, since))


def _unless_over(connection: Connection, entry: Item, since: datetime) -> Iterator[Finding]:
    key = ImportKey.from_mapping(entry)
    item = connection.services.import_records.read(key)
    if item is not None and not status_of(item).is_final:
        yield from _examine_readable(connection, key, item, since)


def _examine_readable(
    connection: Connection, key: ImportKey, item: Item, since: datetime
) -> Iterator[Finding]:
    try:
        refuse_damaged(item)
    except ValidationError as error:
        finding = unreadable("import", connection.settings.import_tmp_table, item, error)
        # The function ends it with this reason.
        fix = partial(replay_record, connection, Table.IMPORT_TMP, item, NEW)
        fixing = command_line(connection, "doctor", "--fix")
        yield replace(finding, repair=f"{finding.repair}; {fixing} ends the import", fix=fix)
    else:
        yield from _examine(connection, key, item, since)


def _examine(
    connection: Connection, key: ImportKey, item: Item, since: datetime
) -> Iterator[Finding]:
    records = connection.services.import_records
    progress = records.progress(key)
    moments = {
        f"Import {key}": [item["createdAt"], item.get("startedAt", "")],
        f"A counter of import {key}": [progress.moved_at],
    }
    moved = max(max(texts) for texts in moments.values())
    for subject, texts in moments.items():
        if any(is_recent(text, subject, since) for text in texts if text):
            return
    if item["status"] == ImportStatus.CREATED and not item.get(MAP_IS_OVER):
        yield _to_be_started(connection, key, item, f"CREATED since {moved}, and not begun")
    elif item.get(MAP_IS_OVER) and not _waits(item, progress):
        detail = f"{_counted(progress)}, and its end is half done"
        yield _to_be_started(connection, key, item, detail)
    elif item["mode"] == ProcessingMode.DIRECT:
        detail = f"{_counted(progress)}, and none since {moved}"
        yield _to_be_started(connection, key, item, detail)
    elif item.get(MAP_IS_OVER):
        yield _left_over(connection, key, progress)
    else:
        yield from _by_its_execution(connection, key, item, progress, since)


def _to_be_started(connection: Connection, key: ImportKey, item: Item, detail: str) -> Finding:
    """An import that its new record starts, or lets go on where it was."""
    fix = partial(replay_record, connection, Table.IMPORT_TMP, item, NEW)
    return Finding(PROBLEM, str(key), detail, command_line(connection, "doctor", "--fix"), fix)


def _by_its_execution(
    connection: Connection, key: ImportKey, item: Item, progress: Progress, since: datetime
) -> Iterator[Finding]:
    machine = connection.settings.import_csv_state_machine_arn
    name = import_execution_name(key)
    found = connection.services.step_functions.describe(execution_arn(machine, name))
    counted = _counted(progress)
    if found is None:
        yield _to_be_started(connection, key, item, f"{counted}, and it has no execution")
    elif found.status == RUNNING:
        command = ("executions", "--machine", StateMachine.IMPORT_CSV.value, "--status", RUNNING)
        cancel = command_line(connection, "import", "cancel", str(key))
        wait = f"wait, or see `{command_line(connection, *command)}`, or end it: `{cancel}`"
        yield Finding(PROBLEM, str(key), f"{counted}, while its execution runs", wait)
    elif found.stopped is None or found.stopped <= since:
        detail = f"{counted}, and its execution is {found.status}"
        if found.status in ERRORS:
            repair = command_line(connection, "doctor", "--fix")
            fix = partial(replay_end, connection, machine, name, found.status, key.to_mapping())
            yield Finding(PROBLEM, str(key), detail, repair, fix)
        else:
            cancel = command_line(connection, "import", "cancel", str(key))
            yield Finding(PROBLEM, str(key), detail, f"{cancel}, and import the file again")


def _left_over(connection: Connection, key: ImportKey, progress: Progress) -> Finding:
    left = progress.handed_over - progress.handed_back
    parts = "1 rest of a batch is" if left == 1 else f"{left} rests of batches are"
    redrive = command_line(connection, "redrive", Queue.IMPORT_ACTION.value)
    cancel = command_line(connection, "import", "cancel", str(key))
    return Finding(
        PROBLEM,
        str(key),
        f"{_counted(progress)}; {parts} not done",
        f"{redrive}, or {cancel} and import the file again",
    )


def _waits(item: Item, progress: Progress) -> bool:
    """Whether the end of a job comes after rests that others have still to do."""
    return progress.handed_over > progress.handed_back and CANCELLED_AT not in item


def _counted(progress: Progress) -> str:
    total = progress.counts.total
    return f"{total:,} {'row' if total == 1 else 'rows'} counted"
