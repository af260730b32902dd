"""Imports of which no row was counted for long."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cqrs.aws.step_functions import RUNNING, execution_arn
from cqrs.core.moments import is_recent, moment
from cqrs.errors import ValidationError
from cqrs.execution_events import ERRORS
from cqrs.healing.faults import Fault, Remedy, unreadable
from cqrs.healing.retelling import NEW
from cqrs.imports.executions import import_execution_name
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import MAP_IS_OVER, ImportStatus, ProcessingMode, refuse_damaged, status_of
from cqrs.imports.records import CANCELLED_AT
from cqrs.resources import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.core.attribute_values import Item
    from cqrs.healing.patience import Patience
    from cqrs.healing.retelling import Retelling
    from cqrs.imports.records import ImportRecords, Progress
    from cqrs.settings import Settings

PROBLEM = "import that does not move"


class StuckImports:
    """Looks at imports.

    Parameters
    ----------
    settings
        Names the table and the state machine.
    records
        Reads imports.
    step_functions
        Tells whether an import's execution runs.
    retelling
        Moves imports on.
    patience
        How long a message and an invocation may take.
    """

    def __init__(
        self,
        settings: Settings,
        records: ImportRecords,
        step_functions: StepFunctionsService,
        retelling: Retelling,
        patience: Patience,
    ) -> None:
        self._settings = settings
        self._records = records
        self._step_functions = step_functions
        self._retelling = retelling
        self._patience = patience

    def faults(self, entry: Item) -> Iterator[Fault]:
        """The faults of the import of an index's entry (at most one DescribeExecution).

        Raises
        ------
        ValidationError
            If it cannot be read.
        """
        key = ImportKey.from_mapping(entry)
        item = self._records.read(key)
        if item is None or status_of(item).is_final:
            return
        try:
            refuse_damaged(item)
        except ValidationError as error:
            fault = unreadable("import", self._settings.import_tmp_table, item, error)
            # The function ends it with this reason.
            mend = partial(self._retelling.record, Table.IMPORT_TMP, item, NEW)
            yield replace(fault, remedy=Remedy.END_DAMAGED_IMPORT, mend=mend)
        else:
            yield from self._examine(key, item)

    def _examine(self, key: ImportKey, item: Item) -> Iterator[Fault]:
        progress = self._records.progress(key)
        moments = {
            f"Import {key}": [item["createdAt"], item.get("startedAt", "")],
            f"A counter of import {key}": [progress.moved_at],
        }
        moved = max(max(texts) for texts in moments.values())
        for subject, texts in moments.items():
            if any(is_recent(text, subject, self._since) for text in texts if text):
                return
        if item["status"] == ImportStatus.CREATED and not item.get(MAP_IS_OVER):
            yield self._to_be_started(key, item, f"CREATED since {moved}, and not begun")
        elif item.get(MAP_IS_OVER) and not _waits(item, progress):
            detail = f"{_counted(progress)}, and its end is half done"
            yield self._to_be_started(key, item, detail)
        elif item["mode"] == ProcessingMode.DIRECT:
            detail = f"{_counted(progress)}, and none since {moved}"
            yield self._to_be_started(key, item, detail)
        elif item.get(MAP_IS_OVER):
            yield self._left_over(key, item, progress, moved)
        else:
            yield from self._by_its_execution(key, item, progress, moved)

    @property
    def _since(self) -> datetime:
        return self._patience.delayed_message

    def _to_be_started(self, key: ImportKey, item: Item, detail: str) -> Fault:
        """An import that its new record starts, or lets go on where it was."""
        mend = partial(self._retelling.record, Table.IMPORT_TMP, item, NEW)
        return self._fault(key, item, detail, Remedy.MEND, mend)

    def _by_its_execution(
        self, key: ImportKey, item: Item, progress: Progress, moved: str
    ) -> Iterator[Fault]:
        machine = self._settings.import_csv_state_machine_arn
        name = import_execution_name(key)
        found = self._step_functions.describe(execution_arn(machine, name))
        counted = _counted(progress)
        if found is None:
            yield self._to_be_started(key, item, f"{counted}, and it has no execution")
        elif found.status == RUNNING:
            detail = f"{counted}, while its execution runs"
            yield self._fault(key, item, detail, Remedy.WAIT_FOR_EXECUTION, since=moved)
        elif found.stopped is None or found.stopped <= self._since:
            detail = f"{counted}, and its execution is {found.status}"
            if found.status in ERRORS:
                given = key.to_mapping()
                mend = partial(self._retelling.end, machine, name, found.status, given)
                yield self._fault(key, item, detail, Remedy.MEND, mend)
            else:
                yield self._fault(key, item, detail, Remedy.IMPORT_AGAIN)

    def _left_over(self, key: ImportKey, item: Item, progress: Progress, moved: str) -> Fault:
        left = progress.handed_over - progress.handed_back
        parts = "1 rest of a batch is" if left == 1 else f"{left} rests of batches are"
        detail = f"{_counted(progress)}; {parts} not done"
        return self._fault(key, item, detail, Remedy.WAIT_FOR_IMPORT_QUEUE, since=moved)

    def _fault(
        self,
        key: ImportKey,
        item: Item,
        detail: str,
        remedy: Remedy,
        mend: Callable[[], bool] | None = None,
        since: str = "",
    ) -> Fault:
        table = self._settings.import_tmp_table
        moved = moment(since, f"Import {key}") if since else None
        return Fault(PROBLEM, str(key), detail, remedy, table, item, key, mend, moved)


def _waits(item: Item, progress: Progress) -> bool:
    """Whether the end of a job comes after rests that others have still to do."""
    return progress.handed_over > progress.handed_back and CANCELLED_AT not in item


def _counted(progress: Progress) -> str:
    total = progress.counts.total
    return f"{total:,} {'row' if total == 1 else 'rows'} counted"
