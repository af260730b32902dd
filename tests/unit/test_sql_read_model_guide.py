"""The read model in SQL that docs/read-models.md shows, as it stands there, on a PostgreSQL."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import app.registry
from cli.migrating.migration import migrate
from cli.migrating.statements import MIGRATIONS, statements_from
from cqrs import Application, SqlTable
from cqrs.commands.models import Command
from cqrs.read_models import sql_statements
from cqrs.read_models.database import Database
from cqrs.read_models.sql_target import Engine, SqlTarget
from cqrs.testing import MemoryEnvironment
from cqrs.testing.deployed import deployed
from tooling.postgres import PostgreSql

DOCUMENT = Path(__file__).parents[2] / "docs" / "read-models.md"
SHOWN = re.compile(r"^Create `([^`]+)`:\n\n```python excerpt\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(SHOWN.findall(DOCUMENT.read_text(encoding="utf-8")))
MODULE, MIGRATION = "lambda_src/app/books_by_price.py", "migrations/0002_books_by_price.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's migrations and that of the page."""
    folder = tmp_path_factory.mktemp("page") / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / Path(MIGRATION).name).write_text(FILES[MIGRATION], encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def target(folder: Path) -> Iterator[SqlTarget]:
    with PostgreSql() as started:
        target = SqlTarget(engine=Engine.URL, url=started.url)
        database = Database(target, lambda _: "")
        migrate(database, target, lambda _: None, folder=folder)
        database.close()
        yield target


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """All that the page's module defines, on an application of its own."""
    monkeypatch.setattr(app.registry, "application", Application())
    names: dict[str, Any] = {}
    exec(compile(FILES[MODULE], str(DOCUMENT), "exec"), names)  # noqa: S102
    return names


@pytest.fixture
def environment(
    names: dict[str, Any], target: SqlTarget, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MemoryEnvironment]:

    def with_database(*arguments: Any) -> Any:
        found = deployed(*arguments)
        return replace(found, settings=replace(found.settings, sql_database=target.to_document()))

    monkeypatch.setattr("cqrs.testing.environment.deployed", with_database)
    with MemoryEnvironment(names["application"]) as opened:
        yield opened


def publish(environment: MemoryEnvironment, sk: str, name: str, cents: object) -> Command:
    key = environment.commands.publish("BOOK#acme", sk, name=name, attributes={"cents": cents}).key
    environment.settle()
    command = environment.commands.get(key)
    assert command is not None
    return command


def test_its_migration_makes_the_table_that_is_declared(
    names: dict[str, Any], folder: Path
) -> None:
    table: SqlTable = names["TABLE"]
    made = " ".join(statements_from("0001", Engine.POSTGRESQL, folder)).replace(
        "IF NOT EXISTS ", ""
    )

    assert sql_statements.create_table(table) in made
    assert all(statement in made for statement in sql_statements.create_indexes(table))


def test_it_finds_books_by_their_price(environment: MemoryEnvironment) -> None:
    for number, cents in enumerate((1990, 990, 2990), 1):
        assert publish(environment, f"BOOK#{number}", f"Book {number}", cents).status == "FINISHED"

    answer = environment.act("books_up_to", cents=2000, tenant="acme")

    assert answer["result"]["books"] == [
        {"title": "Book 2", "cents": 990},
        {"title": "Book 1", "cents": 1990},
    ]


@pytest.mark.parametrize(
    "cents", [Decimal("9.9"), Decimal("9.0"), 2**63, -(2**64), True, "9", None, [9]]
)
def test_it_cleans_what_its_columns_refuse(environment: MemoryEnvironment, cents: object) -> None:
    assert publish(environment, "BOOK#odd", "Mo\0mo", cents).status == "FINISHED"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"title": "Mo\0mo"}, "zero character"),
        ({"title": ["Momo"]}, "a row takes text, numbers"),
        ({"title": "\ud83d"}, "half of a surrogate pair"),
        ({"cents": Decimal("9.9")}, "invalid input syntax for type bigint"),
        ({"cents": Decimal("2.0")}, "invalid input syntax for type bigint"),
        ({"cents": 2**63}, "out of range for type bigint"),
    ],
)
def test_a_value_that_a_column_refuses_fails_the_command_with_the_reason(
    environment: MemoryEnvironment,
    names: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    row: dict[str, Any],
    reason: str,
) -> None:
    model = names["application"]._read_models.get("books_by_price")
    unclean = replace(model.newest, project=lambda _book: row)
    monkeypatch.setitem(model.projections, 1, unclean)

    with environment.expect_failures():
        failed = publish(environment, "BOOK#refused", "Momo", 990)

    assert failed.status == "FAILED"
    assert reason in str(failed.cause)
