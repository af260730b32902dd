"""Shapes of the CSV import workflow."""

from __future__ import annotations

from enum import StrEnum


class ImportState(StrEnum):
    """States of the import-csv state machine."""

    IMPORT_CSV = "import-csv"
    CSV_ROWS_HANDLER = "csv_rows_handler"
    FINALIZE = "finalize"


class ImportKind(StrEnum):
    """Attribute ``kind`` of an item in the import_tmp table; only jobs start the state machine."""

    JOB = "JOB"


class ProcessingMode(StrEnum):
    """How a job is worked off: in one invocation, or by the import-csv state machine."""

    DIRECT = "DIRECT"
    STEP_FUNCTION = "STEP_FUNCTION"
