"""The statements of a read model's table, in the part of SQL that Aurora DSQL takes.

There is no extension, no foreign key, no sequence, no savepoint and no TRUNCATE among them. Each is
a transaction of its own (DSQL guide, "Unsupported PostgreSQL features in Aurora DSQL").
"""

# ruff: noqa: S608 - names are those of SqlTable, which has checked them, and values are parameters

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cqrs.read_models.sql_tables import OWN_COLUMNS

if TYPE_CHECKING:
    from cqrs.read_models.sql_tables import SqlTable

OWN_TYPES = {
    "generation": "integer",
    "pk": "text",
    "sk": "text",
    "version": "bigint",
    "is_deleted": "boolean",
    "is_forgotten": "boolean",
}
KEY = OWN_COLUMNS[:3]


def create_table(table: SqlTable) -> str:
    """The statement that makes a table."""
    own = [f"{name} {kind} NOT NULL" for name, kind in OWN_TYPES.items()]
    others = [f"{name} {kind}" for name, kind in table.columns.items()]
    lines = ",\n  ".join([*own, *others, f"PRIMARY KEY ({', '.join(KEY)})"])
    return f"CREATE TABLE {table.name} (\n  {lines}\n)"


def create_indexes(table: SqlTable) -> Iterator[str]:
    """The statements that make a table's indexes, one each."""
    for number, columns in enumerate(table.indexes, 1):
        yield f"CREATE INDEX {table.name}_index_{number} ON {table.name} ({', '.join(columns)})"


def columns_of(table: SqlTable) -> dict[str, str]:
    """All columns of a table with their types."""
    return {**OWN_TYPES, **table.columns}


def upsert(table: SqlTable, rows: int, *, again: bool, forgotten: bool) -> str:
    """The statement that shows items, each unless its row is of its version, or of a later one.

    The comparison is the statement's own. So two writers of one item come to the same, whichever
    is first.

    Parameters
    ----------
    rows
        Number of the items.
    again
        Whether a row of the very version is written again.
    forgotten
        Whether the items are erased: then a row of the very version is replaced, too.
    """
    columns = columns_of(table)
    values = ", ".join(
        "(" + ", ".join(f"CAST(:{name}_{row} AS {kind})" for name, kind in columns.items()) + ")"
        for row in range(rows)
    )
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in KEY)
    newer = f"{table.name}.version < excluded.version"
    if again or forgotten:
        same = f"{table.name}.version = excluded.version AND NOT {table.name}.is_forgotten"
        newer = f"{newer} OR ({same})"
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {values} "
        f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {changed} WHERE {newer}"
    )


def read(table: SqlTable, keys: int) -> str:
    """The statement that reads the rows of items."""
    wanted = " OR ".join(f"(pk = :pk_{row} AND sk = :sk_{row})" for row in range(keys))
    columns = ", ".join(("pk", "sk", "version", "is_deleted", *table.columns))
    return (
        f"SELECT {columns} FROM {table.name} "
        f"WHERE generation = CAST(:generation AS integer) AND ({wanted})"
    )


def clear_tenant(table: SqlTable) -> str:
    """The statement that removes some rows of a tenant, of all generations."""
    of_tenant = "right(pk, char_length(CAST(:end AS text))) = CAST(:end AS text)"
    return (
        f"DELETE FROM {table.name} WHERE (generation, pk, sk) IN (SELECT generation, pk, sk "
        f"FROM {table.name} WHERE {of_tenant} LIMIT CAST(:most AS integer))"
    )


def count_tenant(table: SqlTable) -> str:
    """The statement that counts the rows of a tenant, of all generations."""
    return (
        f"SELECT count(*) FROM {table.name} "
        "WHERE right(pk, char_length(CAST(:end AS text))) = CAST(:end AS text)"
    )


def next_generation(table: SqlTable) -> str:
    """The statement that finds the next generation that has rows; the key's index leads to it."""
    return f"SELECT min(generation) FROM {table.name} WHERE generation > CAST(:after AS integer)"


def clear_item(table: SqlTable) -> str:
    """The statement that removes the row of an item from a generation."""
    return f"DELETE FROM {table.name} {_OF_ITEM}"


def count_item(table: SqlTable) -> str:
    """The statement that counts the rows of an item in a generation."""
    return f"SELECT count(*) FROM {table.name} {_OF_ITEM}"


_OF_ITEM = (
    "WHERE generation = CAST(:generation AS integer) "
    "AND pk = CAST(:pk AS text) AND sk = CAST(:sk AS text)"
)


def clear(table: SqlTable) -> str:
    """The statement that removes some rows of a generation.

    A transaction of DSQL changes 3,000 rows at most (DSQL guide, "Cluster quotas and database
    limits").
    """
    return (
        f"DELETE FROM {table.name} WHERE generation = CAST(:generation AS integer) "
        f"AND (pk, sk) IN (SELECT pk, sk FROM {table.name} "
        "WHERE generation = CAST(:generation AS integer) LIMIT CAST(:most AS integer))"
    )
