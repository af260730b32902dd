"""Turns rows of a file into what they say about items."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

from cqrs.aws.application_code import application_code, ran
from cqrs.commands.service import checked_content
from cqrs.core.keys import KEY_SEPARATOR, ItemKey
from cqrs.core.observability import FAULT, logger
from cqrs.core.texts import message_of, storable
from cqrs.errors import SkipRow, TransientError, ValidationError
from cqrs.imports.chunks.publisher import Draft
from cqrs.imports.csv.errors_file import is_errors_file
from cqrs.imports.csv.formulas import plain
from cqrs.imports.models import ImportedItem, PassedOverRow, RejectedRow
from cqrs.storage.time_to_live import refuse_bad_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.imports.keys import ImportKey
    from cqrs.imports.models import Row
    from cqrs.imports.strategies import ImportStrategies, Registration
    from cqrs.item_types.known_types import TypedItems

REASON_LENGTH = 1000
"""Characters kept of a reason."""

SKIP_REASON_LENGTH = 200
"""The same for a row that is passed over: such rows may be most of a file."""

NO_REASON = "no reason was given"

MOST_FAULTS = 20
"""Places of mistakes that the log gets, for each job and process."""

LINE_END = "\r\n"

RAW_LENGTH = 300_000
"""Characters kept of a rejected row."""

CUT = f"Behind {RAW_LENGTH:,} characters it is cut here: take the whole row out of the file."


class RowReader:
    """Reads the rows of a target.

    Parameters
    ----------
    strategy
        Makes items of rows.
    tenant
        Whose items they are.
    typed_items
        Tells what items of a type must be.
    told
        Places of mistakes that the log has already, which is added to.
    """

    def __init__(
        self,
        strategy: Registration,
        tenant: str,
        typed_items: TypedItems,
        told: set[str] | None = None,
    ) -> None:
        self._strategy = strategy
        self._tenant = tenant
        self._typed_items = typed_items
        self._told = set() if told is None else told

    def read(self, row: Row) -> Draft | RejectedRow | PassedOverRow:
        """Read a row; whatever is wrong with it is told in words."""
        if row.problem:
            return _rejected(row, row.problem)
        try:
            fields = _as_written(row.fields)
            with application_code():
                ran(self._strategy.validate(fields))
                item = self._strategy.transform(fields)
            return self._draft(row, item)
        except TransientError:
            raise
        except SkipRow as skip:
            reason = storable(message_of(skip))[:SKIP_REASON_LENGTH]
            return PassedOverRow(row.number, reason or NO_REASON)
        except ValidationError as error:
            return _rejected(row, message_of(error))
        except Exception as error:  # noqa: BLE001 - the other rows go on
            self._tell(row, error)
            return _rejected(
                row, f"The row could not be understood: {type(error).__name__}: {message_of(error)}"
            )

    def _tell(self, row: Row, error: Exception) -> None:
        """Tell where a mistake is, once: it may fail every row, each of which keeps its reason.

        The reason may have a cell in it, so the log gets none.
        """
        from cqrs.core.tracebacks import traceback_of  # noqa: PLC0415 - few rows are mistaken

        told = traceback_of(error, with_reasons=False)
        fault = told.get(FAULT, "")
        if not fault or fault in self._told or len(self._told) > MOST_FAULTS:
            return
        self._told.add(fault)
        names = {"row": row.number, "error": type(error).__name__}
        logger.warning("Row failed", extra={**names, **told})

    def _draft(self, row: Row, item: ImportedItem) -> Draft:
        _refuse_no_item(item)
        pk = f"{item.item_type}{KEY_SEPARATOR}{self._tenant}"
        key = ItemKey.publishable(pk, f"{item.item_type}{KEY_SEPARATOR}{item.id}")
        content = checked_content(item.name, item.attributes)
        refuse_bad_settings(key.pk, key.sk, content.attributes)
        self._typed_items.check(key, content.attributes)
        newest = self._typed_items.newest(key.pk)
        return Draft(row.number, key, replace(content, schema_version=newest))


class RowReaders:
    """Makes readers of the rows of jobs.

    Parameters
    ----------
    strategies
        The application's import strategies.
    typed_items
        Tells what items of a type must be.
    """

    def __init__(self, strategies: ImportStrategies, typed_items: TypedItems) -> None:
        self._strategies = strategies
        self._typed_items = typed_items
        self._told: dict[ImportKey, set[str]] = {}

    def of(self, key: ImportKey) -> RowReader:
        """The reader of a job's rows.

        Raises
        ------
        ValidationError
            If the job's target has no strategy.
        """
        told = self._told.get(key) or set()
        # Of the last job alone: a process may live for hours.
        self._told = {key: told}
        strategy = self._strategies.of(key.target)
        return RowReader(strategy, key.tenant, self._typed_items, told)


def _as_written(fields: Mapping[str, str]) -> Mapping[str, str]:
    """Cells as they were before an errors file made them harmless, if they come from one.

    A strategy may change what it is given, and a row may be read again.
    """
    if not is_errors_file(list(fields)[:2]):
        return dict(fields)
    return {name: plain(text) for name, text in fields.items()}


def _refuse_no_item(item: object) -> None:
    if not isinstance(item, ImportedItem):
        raise ValidationError(
            f"The import strategy made {type(item).__name__} of the row, and it must make an "
            "ImportedItem: mend its transform."
        )
    if not item.id:
        raise ValidationError("It says no id, so that nobody knows which item it is about.")
    if KEY_SEPARATOR in item.item_type:
        raise ValidationError(
            f"The import strategy made an item of type {item.item_type!r}; a type has no "
            f"{KEY_SEPARATOR!r}: mend its transform."
        )


def raw_text(row: Row) -> str:
    """A row as CSV, without the end of its line; one that is to be cut has a character more."""
    if row.raw:
        return row.raw[: RAW_LENGTH + 1]
    text = io.StringIO()
    # A cell with a line's end is quoted for the sake of these, and by some Pythons only for it.
    csv.writer(text, lineterminator=LINE_END).writerow(row.fields.values())
    return text.getvalue().removesuffix(LINE_END)[: RAW_LENGTH + 1]


def rejected_row(number: int, reason: str, raw: str) -> RejectedRow:
    """A row that is rejected, with a word about what is kept of it."""
    if len(raw) > RAW_LENGTH:
        return RejectedRow(number, f"{reason} {CUT}", raw[:RAW_LENGTH])
    return RejectedRow(number, reason, raw)


def _rejected(row: Row, reason: str) -> RejectedRow:
    return rejected_row(row.number, reason[:REASON_LENGTH] or NO_REASON, raw_text(row))
