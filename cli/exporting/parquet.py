"""An export's files as Parquet, a file for each table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqrs.core.json_text import to_json
from cqrs.errors import ValidationError
from cqrs.exports.lines import TYPED_ATTRIBUTES, read
from cqrs.storage.large_attributes import ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.exporting.folder import ExportFolder
    from cqrs.exports.records import Export

OF_BOTH = {
    "pk": "VARCHAR",
    "sk": "VARCHAR",
    "version": "BIGINT",
    "name": "VARCHAR",
    "isDeleted": "BOOLEAN",
    "requestId": "VARCHAR",
    "schemaVersion": "BIGINT",
    "createdAt": "VARCHAR",
    "ttl": "BIGINT",
    ATTRIBUTES: "VARCHAR",
    TYPED_ATTRIBUTES: "VARCHAR",
}
OF_STATES = {**OF_BOTH, "updatedAt": "VARCHAR"}
OF_COMMANDS = {
    **OF_BOTH,
    "status": "VARCHAR",
    "syncMode": "VARCHAR",
    "createdBy": "VARCHAR",
    "createdByIsVerified": "BOOLEAN",
    "finishedAt": "VARCHAR",
    "error": "VARCHAR",
    "cause": "VARCHAR",
    "attempt": "BIGINT",
    "restartedAt": "VARCHAR",
}
COLUMNS = {"data": OF_STATES, "history": OF_STATES, "commands": OF_COMMANDS}
"""Columns of each table's file, the same in every export. Attributes are JSON text."""

LONGEST_LINE = 64 * 1024 * 1024


def to_parquet(folder: ExportFolder, export: Export) -> list[Path]:
    """Write each table as Parquet beside the lines.

    DuckDB's own reading of JSON makes floats of numbers, so attributes are given to it as text.

    Raises
    ------
    ValidationError
        If DuckDB is not installed, or the files are damaged.
    """
    try:
        import duckdb  # noqa: PLC0415 - an extra that few need
    except ImportError:
        raise ValidationError(
            "Parquet needs DuckDB, which is an extra: install it by `uv sync --extra parquet`, or "
            "by `pip install duckdb`."
        ) from None
    made = []
    for table in [name for name in COLUMNS if export.counts.get(name)]:
        lines, path = folder.path / f"{table}.part", folder.path / f"{table}.parquet"
        with lines.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(_lines(folder, export, table))
        with duckdb.connect() as connection:
            rows = connection.read_json(
                str(lines),
                columns=COLUMNS[table],
                format="newline_delimited",
                maximum_object_size=LONGEST_LINE,
            )
            rows.write_parquet(str(path))
        lines.unlink()
        made.append(path)
    return made


def _lines(folder: ExportFolder, export: Export, table: str) -> Iterator[str]:
    for file in export.files:
        if file["table"] == table:
            for entry in read(folder.lines(file)):
                yield f"{to_json(_with_text(entry), compact=True)}\n"


def _with_text(entry: dict[str, Any]) -> dict[str, Any]:
    texts = {
        name: to_json(entry[name], compact=True)
        for name in (ATTRIBUTES, TYPED_ATTRIBUTES)
        if name in entry
    }
    return {**entry, **texts}
