"""The statements of migrations, each a transaction of its own, in the form that an engine takes.

Alembic knows the migrations and their order. It writes their statements and runs none. So a driver
alone asks the database, the one that the function has, and a statement can be refused before it.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from cqrs.errors import ValidationError
from cqrs.read_models.sql_target import Engine

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

REFUSED = {
    r"\bFOREIGN\s+KEY\b|\bREFERENCES\b": "foreign keys",
    r"\bTRUNCATE\b": "TRUNCATE; delete rows instead",
    r"\bSAVEPOINT\b": "savepoints",
    r"\bEXTENSION\b": "extensions",
    r"\bSEQUENCE\b|\b(SMALL|BIG)?SERIAL\b|\bGENERATED\b": "sequences; make keys yourself",
    r"\bTRIGGER\b": "triggers",
    r"\bTEMP(ORARY)?\s+TABLE\b": "temporary tables",
    r"\bMATERIALIZED\b": "materialized views",
    r"\bPARTITION\s+BY\b|\bINHERITS\b": "partitions and inheritance",
    r"\bEXCLUDE\s+USING\b": "exclusion constraints",
    r"\bJSONB?\b": "columns of JSON; store text",
    r"\bVACUUM\b|\bALTER\s+SYSTEM\b": "VACUUM and ALTER SYSTEM",
    r"\bLANGUAGE\s+(?!SQL\b)\w+": "functions in other languages than SQL",
    r"\bUSING\s+(GIN|GIST|BRIN|HASH)\b": "other indexes than btree",
}
"""Forms that Aurora DSQL does not take, and how an error calls them (DSQL guide, "Unsupported
PostgreSQL features in Aurora DSQL")."""

INDEX_ORDER = re.compile(r"\bCREATE\b.*\bINDEX\b.*\b(ASC|DESC)\b", re.IGNORECASE | re.DOTALL)
CREATE_INDEX = re.compile(
    r"^CREATE\s+(UNIQUE\s+)?INDEX\s+(CONCURRENTLY\s+)?(ASYNC\s+)?(IF\s+NOT\s+EXISTS\s+)?",
    re.IGNORECASE,
)
CREATE_TABLE = re.compile(r"^CREATE\s+TABLE\s+(IF\s+NOT\s+EXISTS\s+)?", re.IGNORECASE)
COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
NOT_RUN = {"", "BEGIN", "COMMIT"}


class _Collected(io.StringIO):
    """Takes what Alembic writes, one statement at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.statements: list[str] = []

    def write(self, text: str) -> int:
        statement = COMMENT.sub("", text).strip().rstrip(";").strip()
        if statement not in NOT_RUN:
            self.statements.append(statement)
        return len(text)


def statements_from(revision: str | None, engine: Engine, folder: Path = MIGRATIONS) -> list[str]:
    """The statements that lead from a revision to the newest one.

    Each may be run again, if a migration ended in its middle.

    Raises
    ------
    ValidationError
        If the migrations do not lead there, or one has what Aurora DSQL does not take.
    """
    collected = _Collected()
    try:
        scripts = ScriptDirectory(str(folder), version_locations=[str(folder)])

        def steps(current: Any, _context: Any) -> Any:
            return scripts._upgrade_revs("head", current)

        context = MigrationContext.configure(
            dialect_name="postgresql",
            opts={
                "as_sql": True,
                "output_buffer": collected,
                "starting_rev": revision,
                "fn": steps,
            },
        )
        with Operations.context(context):
            context.run_migrations()
    except CommandError as error:
        raise ValidationError(f"The migrations in {folder.name}/ cannot be used: {error}") from None
    return [form_of(statement, engine) for statement in collected.statements]


def form_of(statement: str, engine: Engine) -> str:
    """A statement as an engine takes it.

    Raises
    ------
    ValidationError
        If Aurora DSQL takes none like it. PostgreSQL might, but what was tested there has to run
        on the other.
    """
    bare = re.sub(r"'(?:[^']|'')*'", "''", statement)
    for form, name in REFUSED.items():
        if re.search(form, bare, re.IGNORECASE):
            raise ValidationError(f"Aurora DSQL takes no {name}: {statement[:200]}")
    if INDEX_ORDER.search(bare):
        raise ValidationError(f"Aurora DSQL takes no ASC or DESC in an index: {statement[:200]}")
    made = CREATE_TABLE.sub("CREATE TABLE IF NOT EXISTS ", statement)
    asynchronous = "ASYNC " if engine is Engine.DSQL else ""
    return CREATE_INDEX.sub(
        lambda found: f"CREATE {(found[1] or '').upper()}INDEX {asynchronous}IF NOT EXISTS ", made
    )
