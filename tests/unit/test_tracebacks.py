"""The log has the place of an error, once, and nothing that the code worked on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pydantic
import pytest

from cqrs.commands.models import Command
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.core.keys import CommandKey
from cqrs.core.log_keys import error_keys
from cqrs.core.tracebacks import traceback_of
from cqrs.errors import SyncHandlerFailed, ValidationError
from cqrs.imports.chunks.rows import RowReader
from cqrs.imports.models import ImportedItem, PublishMode, Row
from cqrs.imports.strategies import Registration
from cqrs.services import Services
from cqrs.tasks.handlers import TaskHandlers
from cqrs.tasks.keys import TaskKey
from cqrs.tasks.models import Task

SECRET = "the-passport-number"
HERE = "test_tracebacks.py"


def store(item: dict[str, str]) -> str:
    return item["city"]  # the line at fault


def broken(_given: Any) -> str:
    return store({"passport": SECRET})


def caught(run: Callable[[], object]) -> Exception:
    try:
        run()
    except Exception as error:  # noqa: BLE001 - it is what the test is about
        return error
    raise AssertionError("nothing was raised")


def test_it_names_the_line_at_fault():
    told = error_keys(caught(lambda: broken(None)))

    assert (told["error"], told["reason"]) == ("KeyError", "'city'")
    assert told["fault"].endswith(f"{HERE}:{store.__code__.co_firstlineno + 1} in store")
    assert told["code"] == 'return item["city"]  # the line at fault'
    assert told["traceback"].splitlines()[-1] == "KeyError: 'city'"


def test_the_line_at_fault_is_the_applications_and_no_librarys():
    told = traceback_of(caught(lambda: pydantic.TypeAdapter(int).validate_python(SECRET)))

    assert HERE in told["fault"]


def test_it_is_told_once():
    error = caught(lambda: broken(None))
    assert traceback_of(error)

    assert traceback_of(error) == {}
    wrapped = SyncHandlerFailed("it failed")
    wrapped.__cause__ = error
    assert traceback_of(wrapped) == {}


def test_the_cause_is_told_with_the_error():
    def wrapping() -> None:
        try:
            broken(None)
        except KeyError as error:
            raise RuntimeError("no city") from error

    lines = traceback_of(caught(wrapping))["traceback"].splitlines()

    assert [line for line in lines if not line.startswith(" ")] == [
        "KeyError: 'city'",
        "RuntimeError: no city",
    ]


def test_a_refusal_has_no_traceback():
    assert error_keys(ValidationError("There is no such city.")) == {
        "error": "ValidationError",
        "reason": "There is no such city.",
    }


def test_a_recursion_is_told_in_few_lines():
    def again() -> None:
        again()

    told = traceback_of(caught(again))["traceback"]

    assert "frames more" in told
    assert len(told.splitlines()) < 40


def test_a_long_message_is_cut():
    def talkative() -> None:
        raise RuntimeError("x" * 100_000)

    assert len(error_keys(caught(talkative))["traceback"]) < 2500


class Model(pydantic.BaseModel):
    seats: int


def test_what_a_model_was_given_is_left_out():
    told = error_keys(caught(lambda: Model(seats=SECRET)))  # type: ignore[arg-type]

    assert told["reason"] == "seats: int_parsing"
    assert SECRET not in str(told)


class Wordless(Exception):
    """An error that takes no attributes, and has no message that can be read."""

    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


def test_an_error_that_cannot_be_read_is_told_all_the_same():
    def wordless() -> None:
        raise Wordless

    assert error_keys(caught(wordless))["fault"].endswith("in wordless")


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """The lines with a traceback so far."""
    return lambda: [vars(one) for one in caplog.records if hasattr(one, "traceback")]


def test_a_sync_handler_that_fails_tells_it_once(told):
    handlers = SyncHandlers()
    handlers.register("cities", broken)
    key = CommandKey("CITY#acme", "CITY#1", 1)
    item = {**key.to_mapping(), "status": "PUBLISHED", "syncMode": "SYNC", "requestId": "r"}
    given = Command.from_item({**item, "createdAt": "2026-01-01T00:00:00.000Z"}, {})

    with pytest.raises(SyncHandlerFailed):
        handlers.run("cities", given)

    (line,) = told()
    assert (line["handler"], line["error"]) == ("sync handler cities", "KeyError")
    assert line["command"] == "CITY#acme CITY#1@1"
    assert line["fault"].endswith("in store")


def test_a_task_handler_that_fails_tells_it_once(told):
    handlers = TaskHandlers()
    handlers.register("cities", broken)
    handlers.run(Task(TaskKey.make("TASK", "acme", "cities"), {}))

    (line,) = told()
    assert line["message"] == "Task failed"
    assert line["fault"].endswith("in store")


def test_a_mistake_in_an_import_strategy_is_told_once_and_without_the_row(services: Services, told):
    def transform(row: Any) -> ImportedItem:
        raise LookupError(row["passport"])

    strategy = Registration(transform, lambda _row: None, (), PublishMode.SYNC)
    reader = RowReader(strategy, "acme", services.typed_items)
    for number in (1, 2, 3):
        reader.read(Row(number, {"passport": SECRET}))

    (line,) = told()
    assert (line["message"], line["row"]) == ("Row failed", 1)
    assert line["fault"].endswith("in transform")
    assert SECRET not in str(line["traceback"])
