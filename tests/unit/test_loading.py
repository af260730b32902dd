"""Loading exports into an environment that applies them, in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cqrs import Application, Entry
from cqrs.exports.lines import OF_COMMAND, OF_STATE, entry_of, written
from cqrs.exports.loader import Loaded, Loader
from cqrs.exports.records import Export
from cqrs.exports.request_ids import exported
from cqrs.resources import Table
from cqrs.testing import MemoryEnvironment

PK, SK = "BOOK#acme", "BOOK#momo"
TABLES = {Table.DATA: OF_STATE, Table.HISTORY: OF_STATE, Table.COMMANDS: OF_COMMAND}


class Files:
    """The files of an export, made of all that an environment's tables have."""

    def __init__(self, environment: MemoryEnvironment) -> None:
        attributes = environment.services.attributes
        self.content = {
            table: written(
                entry_of(item, names, attributes)
                for item in environment.items(table)
                if "requestId" in item
            )
            for table, names in TABLES.items()
        }
        self.export = Export.of_new("acme", "memory", "ann", "1")
        self.export.files = [{"name": f"{table}-0-0.jsonl", "table": table} for table in TABLES]

    def check(self, file: dict[str, Any]) -> None:
        assert file["table"] in self.content

    def lines(self, file: dict[str, Any]) -> Iterator[bytes]:
        yield from self.content[file["table"]].splitlines()


@pytest.fixture
def shelves() -> Iterator[MemoryEnvironment]:
    application = Application()

    @application.read_model("shelf", item_types=["BOOK"])
    def shelf(item: Any) -> Entry:
        return Entry(f"SHELF#{item.tenant}", item.sk, {"n": item.attributes["n"]})

    with MemoryEnvironment(application) as environment:
        yield environment


def publish(environment: MemoryEnvironment, *numbers: int) -> None:
    for number in numbers:
        environment.commands.publish(PK, SK, attributes={"n": number})
        environment.settle()


def clear(environment: MemoryEnvironment) -> None:
    """Remove what the tables have of the tenant, as its erasure does."""
    for table in (*TABLES, Table.READ_MODELS):
        name = environment.services.settings.table(table)
        for item in environment.items(table):
            if "acme" in item["pk"]:
                environment.services.store.delete(name, item["pk"], item["sk"])


def load(environment: MemoryEnvironment, files: Files) -> Loaded:
    loader = Loader(environment.services, "acme", files.export, files)
    loader.check()
    *_, (_, loaded) = loader.load()
    return loaded


def shown(environment: MemoryEnvironment) -> list[int]:
    entries = environment.read_models.list_all("shelf", "SHELF#acme")
    return [entry.attributes["n"] for entry in entries]


def test_what_was_erased_is_applied_again_as_often_as_it_is_loaded(
    shelves: MemoryEnvironment,
) -> None:
    publish(shelves, 1, 2)
    files = Files(shelves)

    for _ in range(2):
        clear(shelves)
        assert shown(shelves) == []
        assert load(shelves, files).published == 1
        shelves.settle()

        assert shown(shelves) == [2]
        (state,) = shelves.items(Table.DATA)
        assert (state["version"], state["attributes"]) == (2, {"n": 2})
        assert Files(shelves).content[Table.DATA] == files.content[Table.DATA]


def test_a_load_that_is_repeated_keeps_what_the_first_one_has_published(
    shelves: MemoryEnvironment,
) -> None:
    publish(shelves, 1, 2)
    files = Files(shelves)
    clear(shelves)
    load(shelves, files)
    before = shelves.items(Table.COMMANDS)

    load(shelves, files)
    assert shelves.items(Table.COMMANDS) == before
    shelves.settle()
    applied = shelves.items(Table.COMMANDS), shelves.items(Table.DATA)
    load(shelves, files)
    shelves.settle()

    assert (shelves.items(Table.COMMANDS), shelves.items(Table.DATA)) == applied


def test_a_request_id_is_exported_as_it_was_published(shelves: MemoryEnvironment) -> None:
    publish(shelves, 1)
    files = Files(shelves)
    (before,) = shelves.items(Table.DATA)
    clear(shelves)
    load(shelves, files)
    shelves.settle()

    (after,) = shelves.items(Table.DATA)
    assert after["requestId"] != before["requestId"]
    assert exported(after["requestId"]) == before["requestId"]
