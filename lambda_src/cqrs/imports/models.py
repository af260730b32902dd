"""Shapes of the CSV import workflow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ImportState(StrEnum):
    """States of the import-csv state machine."""

    IMPORT_CSV = "import-csv"
    CSV_ROWS_HANDLER = "csv_rows_handler"
    FINALIZE = "finalize"


class ImportKind(StrEnum):
    """Attribute ``kind`` of an item in the import_tmp table; only jobs start the state machine."""

    JOB = "JOB"


class ImportStatus(StrEnum):
    """Status of an import job."""

    CREATED = "CREATED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class ProcessingMode(StrEnum):
    """How a job is worked off: in one invocation, or by the import-csv state machine."""

    DIRECT = "DIRECT"
    STEP_FUNCTION = "STEP_FUNCTION"


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """The item that a row describes, as it is published."""

    pk: str
    sk: str
    name: str
    attributes: dict[str, Any]
