"""Tables of SQL that read models lie in, as an application declares them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cqrs.errors import ConfigurationError

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,50}")
"""Names that need no quotes, short enough for those of indexes (PostgreSQL documentation, "Lexical
Structure": 63 bytes)."""

TYPES = (
    "boolean",
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "double precision",
    "text",
    "uuid",
    "date",
    "timestamp with time zone",
)
"""Types that PostgreSQL and Aurora DSQL both store (DSQL guide, "Supported data types")."""

OWN_COLUMNS = ("generation", "pk", "sk", "version", "is_deleted", "is_forgotten")
"""Columns that each table has beside its own; the first three are its primary key."""


@dataclass(frozen=True, slots=True)
class SqlTable:
    """A table that holds one row for each item, in each generation of a read model.

    Attributes
    ----------
    name
        Name of the table.
    columns
        The types of its columns by their names, each one of :data:`TYPES`. Any may be null, and
        all of them are in the row of an item that is deleted.
    indexes
        Columns of each index; the generation and ``pk`` or others come before them if they name
        them.
    """

    name: str
    columns: Mapping[str, str]
    indexes: Sequence[Sequence[str]] = field(default=())

    def __post_init__(self) -> None:
        """See that the names need no quotes, and that the types are known.

        Raises
        ------
        ConfigurationError
            If one cannot be used.
        """
        for name in (self.name, *self.columns):
            if not isinstance(name, str) or not IDENTIFIER.fullmatch(name):
                raise ConfigurationError(
                    f"{name!r:.80} cannot name a table or column of SQL: use up to 51 small "
                    "letters, digits and underscores, a letter first."
                )
        taken = [name for name in OWN_COLUMNS if name in self.columns]
        if taken:
            raise ConfigurationError(
                f"Table {self.name} has the column {taken[0]} by itself; name yours otherwise."
            )
        for name, kind in self.columns.items():
            if kind not in TYPES:
                raise ConfigurationError(
                    f"Column {name} of table {self.name} is {kind!r}; it must be one of "
                    f"{', '.join(TYPES)}."
                )
        known = {*OWN_COLUMNS, *self.columns}
        for index in self.indexes:
            unknown = [name for name in index if name not in known]
            if unknown or not index:
                raise ConfigurationError(
                    f"An index of table {self.name} names {unknown or 'no column'}; it has "
                    f"{', '.join(self.columns)}."
                )
