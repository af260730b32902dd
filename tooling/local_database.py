"""The database of this clone's read models: started, and brought to the newest migration."""

import os
from collections.abc import Callable

from stacks.environment.file import DATABASE_VARIABLE
from tooling.errors import ToolingError
from tooling.paths import TOOLS
from tooling.postgres import PostgreSql

DATA = TOOLS / "run" / "postgres"


def start_database(announce: Callable[[str], None]) -> None:
    """Start this clone's PostgreSQL unless DATABASE_URL names another one, and migrate it.

    If there is none for this machine, the environment has no read models in SQL.

    Parameters
    ----------
    announce
        Is told if there is none, and which migrations were run.

    Raises
    ------
    ToolingError
        If the database that DATABASE_URL names does not answer, or refuses a migration.
    """
    if not os.environ.get(DATABASE_VARIABLE):
        try:
            os.environ[DATABASE_VARIABLE] = PostgreSql(DATA).start().url
        except ToolingError as error:
            announce(f"Without read models in SQL: {error}")
            return
    _migrate(os.environ[DATABASE_VARIABLE], announce)


def use_running_database() -> None:
    """Let DATABASE_URL name this clone's PostgreSQL if it runs, unless it names another one.

    Each command that reads the local environment then reads the one that ``make up`` deploys.
    """
    if not os.environ.get(DATABASE_VARIABLE) and (url := running_database()):
        os.environ[DATABASE_VARIABLE] = url


def running_database() -> str | None:
    """The address of this clone's PostgreSQL with its password, or nothing if it does not run."""
    if not DATA.exists():
        return None
    database = PostgreSql(DATA)
    return database.url if database.is_running() else None


def end_database() -> None:
    """End this clone's PostgreSQL, and forget its data."""
    if DATA.exists():
        database = PostgreSql(DATA)
        database.stop()
        database.remove()


def _migrate(url: str, announce: Callable[[str], None]) -> None:
    # Alembic takes a third of a second, and most commands of the tooling migrate nothing.
    from cli.migrating.migration import migrate  # noqa: PLC0415
    from cqrs.errors import CqrsError  # noqa: PLC0415
    from cqrs.read_models.database import Database  # noqa: PLC0415
    from cqrs.read_models.sql_target import Engine, SqlTarget  # noqa: PLC0415

    target = SqlTarget(engine=Engine.URL, url=url)
    database = Database(target, lambda _: "")
    try:
        ran = migrate(database, target, lambda _: None)
    except CqrsError as error:
        raise ToolingError(
            f"The database of read models at {target.address} cannot be migrated: {error} Mend "
            f"that, or unset {DATABASE_VARIABLE}."
        ) from error
    finally:
        database.close()
    if ran:
        announce(f"The database of read models has its tables ({len(ran)} statements).")
