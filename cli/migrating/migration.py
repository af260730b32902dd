"""Running the migrations that a database lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.migrating.statements import MIGRATIONS, statements_from
from cqrs.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cqrs.read_models.database import Database
    from cqrs.read_models.sql_target import SqlTarget


def migrate(
    database: Database,
    target: SqlTarget,
    tell: Callable[[str], None],
    *,
    grant_to: str = "",
    folder: Path = MIGRATIONS,
) -> Sequence[str]:
    """Bring a database to the newest migration; any call may be repeated.

    Parameters
    ----------
    tell
        Is told each statement before it is run.
    grant_to
        The role that gets the tables' use; empty for none.

    Returns
    -------
    Sequence
        The statements that were run.
    """
    statements = planned(revision_of(database), target, grant_to=grant_to, folder=folder)
    for statement in statements:
        tell(statement)
        database.run(statement)
    return statements


def planned(
    revision: str | None, target: SqlTarget, *, grant_to: str = "", folder: Path = MIGRATIONS
) -> Sequence[str]:
    """The statements that :func:`migrate` runs on a database of some revision."""
    statements = statements_from(revision, target.engine, folder)
    if grant_to:
        statements += [
            f"GRANT USAGE ON SCHEMA public TO {grant_to}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {grant_to}",
        ]
    return statements


def revision_of(database: Database) -> str | None:
    """The newest migration that a database has; None if it has none.

    Raises
    ------
    TransientError
        If it is away or busy.
    ValidationError
        If it refuses to tell.
    """
    try:
        rows = database.run("SELECT version_num FROM alembic_version")
    except TransientError as error:
        if "alembic_version" in str(error):
            return None
        raise
    return str(rows[0][0]) if rows else None
