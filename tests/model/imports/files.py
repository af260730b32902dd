"""Files that are imported, and the strategy that reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cqrs.errors import SkipRow, ValidationError
from cqrs.imports.models import ImportedItem

COLUMNS = ("code", "says")

ITEM_TYPE = "PLACE"

LETTERS = 3
"""Of a code; a row with another one is rejected."""

SKIPPED = "skip"
"""The text of a row that the strategy passes over."""


class Line(NamedTuple):
    """A row of a file."""

    code: str
    says: str

    @property
    def is_bad(self) -> bool:
        """Whether it is rejected, whatever happens."""
        return len(self.code) != LETTERS

    @property
    def is_passed_over(self) -> bool:
        """Whether the strategy passes it over."""
        return not self.is_bad and self.says == SKIPPED


def lines(*rows: str) -> tuple[Line, ...]:
    """Rows as they stand in a file."""
    return tuple(Line(*row.split(",")) for row in rows)


def text_of(rows: Sequence[Line]) -> str:
    """A file."""
    return "".join(f"{','.join(row)}\n" for row in (COLUMNS, *rows))


class PlaceStrategy:
    """Makes an item of a code of three letters."""

    columns = COLUMNS

    def validate(self, row: Mapping[str, str]) -> None:
        if len(row["code"]) != LETTERS:
            raise ValidationError(f"code is {row['code']!r}; it has three letters.")
        if row["says"] == SKIPPED:
            raise SkipRow("it says so")

    def transform(self, row: Mapping[str, str]) -> ImportedItem:
        return ImportedItem(ITEM_TYPE, row["code"], "", {"says": row["says"]})
