"""Batches of rows, as the Distributed Map hands them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.imports.csv.errors_file import is_errors_file
from cqrs.imports.csv.formulas import plain
from cqrs.imports.csv.reader import BOM
from cqrs.imports.models import COLUMNS, Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def rows_of(batch: Mapping[str, Any]) -> list[Row]:
    """The rows of a batch that are not blank.

    Parameters
    ----------
    batch
        ``{"Items": [{"row", "index"}, ...], "BatchInput": {"Attributes": job}}``.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is none.
    """
    columns = batch["BatchInput"]["Attributes"].get(COLUMNS, ())
    rows = [Row(item["index"] + 1, _fields(item["row"], columns)) for item in batch["Items"]]
    return [row for row in rows if not row.is_blank]


def _fields(row: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str]:
    """Text by column, in the order of the file if that is known.

    Step Functions may leave a byte order mark with the first column's name.
    """
    texts = {_column(str(name), columns): _text(value) for name, value in row.items()}
    return {**{name: texts[name] for name in columns if name in texts}, **texts}


def _column(name: str, columns: Sequence[str]) -> str:
    """A column's name as the header was read.

    The mark may have kept the name's quotes from being taken for such too.
    """
    if name.startswith(BOM):
        return columns[0] if columns else name.removeprefix(BOM)
    return plain(name) if is_errors_file(columns) else name


def _text(value: Any) -> str:
    return "" if value is None else str(value)
