"""``cqrs read-model migrate`` on the database that ``make up`` starts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.command_line import run
from cli.deployed.connection import connect
from cqrs.read_models.database import Database
from cqrs.read_models.sql_target import Engine, SqlTarget
from tooling import local_database
from tooling.postgres import PostgreSql

Migrate = Callable[..., list[str]]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSql]:
    # The user that root lets run it may not enter pytest's own folders.
    with (
        tempfile.TemporaryDirectory(prefix="cqrs-postgres-") as folder,
        PostgreSql(Path(folder)) as started,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(local_database, "DATA", Path(folder))
        yield started


@pytest.fixture
def migrate(
    postgres: PostgreSql, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Migrate:
    """Runs the command, and gives what it prints."""
    del postgres
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "1000")

    def ran(*arguments: str, code: int = 0) -> list[str]:
        ended = run(["read-model", "migrate", *arguments])
        printed = capsys.readouterr()
        assert ended == code, printed
        return f"{printed.out}{printed.err}".splitlines()

    return ran


def test_the_laptops_running_database_is_found(migrate: Migrate, postgres: PostgreSql) -> None:
    database = migrate()[-2]

    assert database.split()[0] == "database"
    assert database.split()[1] in postgres.url


def test_one_that_does_not_run_is_none(migrate: Migrate, postgres: PostgreSql) -> None:
    postgres.stop()
    try:
        (said,) = migrate(code=1)
    finally:
        postgres.start()

    assert "has no database of read models" in said
    assert "make up" in said


def test_another_that_is_named_is_meant(migrate: Migrate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres:secret@127.0.0.1:1/other")

    (said,) = migrate(code=1)

    assert "127.0.0.1:1" in said
    assert "secret" not in said


def test_no_other_environment_takes_it(migrate: Migrate) -> None:
    del migrate

    assert connect("local").settings.sql_database
    assert connect("dev").settings.sql_database == ""


def test_a_dry_run_shows_what_the_database_lacks_alone(
    migrate: Migrate, postgres: PostgreSql
) -> None:
    database = Database(SqlTarget(engine=Engine.URL, url=postgres.url), lambda _: "")
    database.run("DROP TABLE IF EXISTS airports_by_place, alembic_version")

    lacking = migrate("--dry-run")
    assert any("CREATE TABLE IF NOT EXISTS airports_by_place" in line for line in lacking)
    assert migrate() == lacking
    assert [line.split() for line in migrate("--dry-run")[1:]] == [["statements", "0"]]
    database.close()


def test_a_dry_run_without_an_answer_shows_all(
    migrate: Migrate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres:secret@127.0.0.1:1/other")

    said, *shown = migrate("--dry-run")

    assert said.endswith("So all migrations are shown.")
    assert "127.0.0.1:1/other, does not answer" in said
    assert any("CREATE TABLE IF NOT EXISTS airports_by_place" in line for line in shown)
