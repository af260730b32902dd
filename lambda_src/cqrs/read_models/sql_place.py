"""Read models in a table of SQL: one row for each item, in each generation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cqrs.core.keys import KEY_SEPARATOR, ItemKey
from cqrs.errors import ValidationError
from cqrs.read_models import sql_statements as statements
from cqrs.read_models.places import Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.read_models.database import Database
    from cqrs.read_models.places import Change, Generation
    from cqrs.read_models.sql_tables import SqlTable

ROWS = 200
"""Rows of one statement. A statement takes 65,535 parameters (PostgreSQL documentation, "Appendix
K: PostgreSQL Limits"), and a transaction of DSQL 3,000 rows and 10 MB."""

PLAIN = (str, int, float, bool, Decimal)


class SqlPlace:
    """Keeps rows, at most once and in order for each item.

    Parameters
    ----------
    database
        The environment's database.
    table
        The table.
    """

    def __init__(self, database: Database, table: SqlTable) -> None:
        self._database = database
        self._table = table

    def checked(self, shown: Any) -> dict[str, Any] | None:
        """See that a projection gave a row, or nothing.

        Raises
        ------
        ValidationError
            If it gave something else, or a column or value that the table does not take.
        """
        if shown is None:
            return None
        table = self._table
        if not isinstance(shown, Mapping):
            raise ValidationError(
                f"A projection gave {shown!r:.80}; a read model in SQL shows an item by a dict "
                "of its columns, or None."
            )
        unknown = [name for name in shown if name not in table.columns]
        if unknown:
            raise ValidationError(
                f"A projection gave the column {unknown[0]!r:.80}; table {table.name} has "
                f"{', '.join(table.columns)}."
            )
        for name, value in shown.items():
            if value is not None and not isinstance(value, PLAIN):
                raise ValidationError(
                    f"A projection gave {value!r:.80} for column {name}; a row takes text, "
                    "numbers, true, false and None."
                )
            if isinstance(value, str) and "\0" in value:
                raise ValidationError(
                    f"A projection gave text with a zero character for column {name}; no text of "
                    "PostgreSQL has one."
                )
        return dict(shown)

    def write(
        self, generation: Generation, changes: Sequence[Change], *, again: bool = False
    ) -> int:
        """Show items (one statement for each two hundred).

        Raises
        ------
        TransientError
            If the database is away, busy, or not migrated.
        ValidationError
            If it refuses a value.
        """
        written = 0
        for forgotten in (False, True):
            chosen = [change for change in changes if change.is_forgotten is forgotten]
            for start in range(0, len(chosen), ROWS):
                part = chosen[start : start + ROWS]
                parameters: dict[str, Any] = {}
                for row, change in enumerate(part):
                    values = self._row(generation, change)
                    parameters.update({f"{name}_{row}": one for name, one in values.items()})
                statement = statements.upsert(
                    self._table, len(part), again=again, forgotten=forgotten
                )
                written += self._database.change(statement, **parameters)
        return written

    def read(self, generation: Generation, keys: Sequence[ItemKey]) -> dict[ItemKey, Shown]:
        """Read how items are shown (one statement for each two hundred)."""
        found: dict[ItemKey, Shown] = {}
        for start in range(0, len(keys), ROWS):
            part = keys[start : start + ROWS]
            parameters: dict[str, Any] = {"generation": generation.number}
            for row, key in enumerate(part):
                parameters.update({f"pk_{row}": key.pk, f"sk_{row}": key.sk})
            rows = self._database.run(statements.read(self._table, len(part)), **parameters)
            for pk, sk, version, is_deleted, *values in rows:
                found[ItemKey(pk, sk)] = Shown(version, "" if is_deleted else _digest(values))
        return found

    def clear(
        self, generation: Generation, segment: tuple[int, int], cursor: Any
    ) -> tuple[int, Any]:
        """Remove some rows of a generation; the first segment does it for all."""
        del cursor
        if segment[0]:
            return 0, None
        removed = self._database.change(
            statements.clear(self._table), generation=generation.number, most=5 * ROWS
        )
        return removed, {"more": True} if removed else None

    def clear_tenant(self, tenant: str) -> int:
        """Remove all rows of a tenant; how many there were."""
        removed = 0
        while gone := self._database.change(
            statements.clear_tenant(self._table), end=f"{KEY_SEPARATOR}{tenant}", most=5 * ROWS
        ):
            removed += gone
        return removed

    def count_tenant(self, tenant: str) -> int:
        """How many rows of a tenant there are."""
        end = f"{KEY_SEPARATOR}{tenant}"
        ((count,),) = self._database.run(statements.count_tenant(self._table), end=end)
        return int(count)

    def clear_item(self, key: ItemKey) -> int:
        """Remove the rows of an item, whatever generation they are of; how many there were.

        Generations that nobody reads or writes any more may have one, too.
        """
        statement = statements.clear_item(self._table)
        return sum(
            self._database.change(statement, generation=generation, pk=key.pk, sk=key.sk)
            for generation in self._generations()
        )

    def count_item(self, key: ItemKey) -> int:
        """How many rows an item has, of all generations."""
        statement, found = statements.count_item(self._table), 0
        for generation in self._generations():
            ((count,),) = self._database.run(statement, generation=generation, pk=key.pk, sk=key.sk)
            found += count
        return found

    def _generations(self) -> Iterator[int]:
        """Numbers of the generations that have rows (one statement each)."""
        statement = statements.next_generation(self._table)
        after = -1
        while True:
            ((number,),) = self._database.run(statement, after=after)
            if number is None:
                return
            yield number
            after = number

    def query(
        self, generation: Generation, statement: str, parameters: Mapping[str, Any]
    ) -> list[Sequence[Any]]:
        """Rows of a statement, which has the generation as ``:generation``."""
        return self._database.run(statement, generation=generation.number, **parameters)

    def _row(self, generation: Generation, change: Change) -> dict[str, Any]:
        shown = change.shown or {}
        return {
            "generation": generation.number,
            "pk": change.key.pk,
            "sk": change.key.sk,
            "version": change.version,
            "is_deleted": change.shown is None,
            "is_forgotten": change.is_forgotten,
            **{name: shown.get(name) for name in self._table.columns},
        }


def _digest(values: Sequence[Any]) -> str:
    return hashlib.sha256(repr(list(values)).encode(errors="surrogatepass")).hexdigest()
