"""Sync handlers that end their process, for rows of an import: it ends all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cqrs.commands.models import CommandStatus
from cqrs.core.keys import CommandKey
from cqrs.errors import TransientError
from cqrs.imports.chunks.finisher import TURNS
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, ProcessingMode, RowCounts
from tests.unit.crashing import Crash
from tests.unit.importing import TENANT, Imports, csv_of, seconds_left
from tests.unit.test_busy_items import grow_old

DIRECT, STEP_FUNCTION = ProcessingMode.DIRECT, ProcessingMode.STEP_FUNCTION
ROWS = [("AAA", "Aville", ""), ("BBB", "Bville", ""), ("CCC", "Cville", "")]
DEADLY = "PLACE#BBB"


class Handler:
    """Ends its process whenever it gets one of some items."""

    def __init__(self, *deadly: str) -> None:
        self.deadly = set(deadly)
        self.told: list[str] = []

    def __call__(self, command: Any) -> None:
        self.told.append(command.sk)
        if command.sk in self.deadly:
            raise Crash

    @property
    def deaths(self) -> int:
        return sum(sk in self.deadly for sk in self.told)


@pytest.fixture
def handler() -> Handler:
    return Handler(DEADLY)


@pytest.fixture
def imports(settings, clients, handler, monkeypatch) -> Imports:
    monkeypatch.setattr("cqrs.imports.chunks.publisher.back_off", lambda _attempt: None)
    monkeypatch.setattr("cqrs.imports.chunks.publisher.PATIENCE", 2)
    for pause in ("FIRST_PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(f"cqrs.imports.chunks.pace.{pause}", 0.0)
    imports = Imports(settings, clients)
    imports.application.sync_handler("deadly")(handler)
    return imports


def begun(imports: Imports, mode: ProcessingMode, rows: Any = tuple(ROWS)) -> ImportKey:
    imports.upload(csv_of(*rows))
    key = imports.make(mode)
    imports.start(key)
    return key


@contextmanager
def dying() -> Iterator[None]:
    with pytest.raises(Crash):
        yield


def command(imports: Imports, code: str, version: int = 1) -> Any:
    key = CommandKey(f"PLACE#{TENANT}", f"PLACE#{code}", version)
    return imports.services.commands.get(key)


def statuses(imports: Imports) -> list[CommandStatus]:
    return [command(imports, code).status for code in ("AAA", "BBB", "CCC")]


def ended(imports: Imports, key: ImportKey) -> tuple[ImportStatus, RowCounts]:
    job = imports.job(key)
    return job.status, job.counts


GIVEN_UP = [CommandStatus.FINISHED, CommandStatus.FAILED, CommandStatus.FAILED]
COUNTS = RowCounts(3, 1, failed=2)


def die_of(imports: Imports, body: Any, times: int) -> None:
    for _ in range(times):
        with dying():
            imports.deliver(body)


def test_an_import_ends_by_the_last_delivery_of_its_message(imports, handler):
    key = begun(imports, DIRECT)
    (body,) = imports.take_messages()

    most = imports.settings.max_receive_count
    assert most == TURNS
    die_of(imports, body, most - 1)
    assert imports.job(key).status is ImportStatus.PROCESSING
    imports.deliver(body)
    imports.work_off_queue()

    assert ended(imports, key) == (ImportStatus.COMPLETED_WITH_ERRORS, COUNTS)
    assert statuses(imports) == GIVEN_UP
    assert handler.told == ["PLACE#AAA", *[DEADLY] * (TURNS - 1)]


def test_a_batch_goes_on_behind_it(imports, handler):
    key = begun(imports, STEP_FUNCTION)
    for _ in range(TURNS - 1):
        with dying():
            imports.import_batch(key, ROWS)

    imports.import_batch(key, ROWS)
    imports.finalize(key)
    imports.work_off_queue()

    assert ended(imports, key) == (ImportStatus.COMPLETED_WITH_ERRORS, COUNTS)
    assert statuses(imports) == GIVEN_UP
    assert handler.deaths == TURNS - 1


@pytest.mark.parametrize("mode", [DIRECT, STEP_FUNCTION])
def test_who_cancels_it_ends_it(imports, handler, mode):
    key = begun(imports, mode)
    with dying():
        if mode is DIRECT:
            imports.deliver(imports.take_messages()[0])
        else:
            imports.import_batch(key, ROWS)
    for _ in range(TURNS - 2):
        with dying():
            imports.application.imports.cancel(key, by="Ann")

    imports.application.imports.cancel(key, by="Ann")

    assert ended(imports, key) == (ImportStatus.CANCELLED, COUNTS)
    assert statuses(imports) == GIVEN_UP
    assert handler.deaths == TURNS - 1


def test_the_rows_say_at_which_command_the_processes_ended(imports):
    key = begun(imports, DIRECT)
    (body,) = imports.take_messages()
    die_of(imports, body, TURNS - 1)
    imports.deliver(body)
    imports.work_off_queue()

    second, third = imports.application.imports.rejected_rows(key)
    assert (second.number, second.raw, third.number) == (2, "BBB,Bville,", 3)
    assert second.reason.startswith(
        "TooManyTries: Each of 4 processes ended while it ran sync handlers for it and before"
    )
    assert f"for {command(imports, 'BBB').key}, which was published with it, and" in third.reason
    failed = command(imports, "BBB")
    assert failed.error == "TooManyTries"
    assert f"{failed.error}: {failed.cause}" == second.reason


def test_the_rows_behind_have_all_tries_of_their_own(imports, handler, monkeypatch):
    monkeypatch.setattr("cqrs.imports.chunks.importer.CHUNK_ROWS", 1)
    handler.deadly |= {"PLACE#CCC"}
    key = begun(imports, DIRECT)
    (body,) = imports.take_messages()
    die_of(imports, body, TURNS - 1)

    imports.deliver(body)
    (rest,) = imports.take_messages()
    assert command(imports, "CCC") is None
    die_of(imports, rest, TURNS - 1)
    imports.deliver(rest)
    imports.work_off_queue()

    assert ended(imports, key) == (ImportStatus.COMPLETED_WITH_ERRORS, COUNTS)
    assert handler.deaths == 2 * (TURNS - 1)


def test_the_rows_behind_in_a_batch_go_to_a_message(imports, monkeypatch):
    monkeypatch.setattr("cqrs.imports.chunks.importer.CHUNK_ROWS", 1)
    key = begun(imports, STEP_FUNCTION)
    for _ in range(TURNS - 1):
        with dying():
            imports.import_batch(key, ROWS)

    assert imports.import_batch(key, ROWS) == {"rows": 3, "left": 1}
    imports.finalize(key)
    assert imports.work_off_queue() == 1

    assert ended(imports, key) == (
        ImportStatus.COMPLETED_WITH_ERRORS,
        RowCounts(3, 2, failed=1),
    )


def test_whoever_comes_further_than_the_process_before_has_all_tries_again(imports, handler):
    """As when handlers are slow, and each invocation is cut off one command later."""
    key = begun(imports, DIRECT, [(code, "x", "") for code in CODES])
    (body,) = imports.take_messages()
    for code in CODES:
        handler.deadly = {f"PLACE#{code}"}
        die_of(imports, body, 1)
    handler.deadly = set()

    imports.deliver(body)

    assert ended(imports, key) == (ImportStatus.COMPLETED, RowCounts(8, 8))


CODES = [f"AA{last}" for last in "ABCDEFGH"]
assert len(CODES) > TURNS


def test_a_handler_that_was_mended_in_time_runs(imports, handler):
    key = begun(imports, DIRECT)
    (body,) = imports.take_messages()
    die_of(imports, body, TURNS - 2)
    handler.deadly = set()

    imports.deliver(body)

    assert ended(imports, key) == (ImportStatus.COMPLETED, RowCounts(3, 3))
    assert statuses(imports) == [CommandStatus.FINISHED] * 3


def test_a_service_that_is_away_uses_no_tries_up(imports, handler, monkeypatch):
    key = begun(imports, DIRECT)
    (body,) = imports.take_messages()
    with dying():
        imports.deliver(body)

    def away(_handler: Any, _command: Any) -> None:
        raise TransientError("AWS could not do it just now")

    with monkeypatch.context() as patch:
        patch.setattr(Handler, "__call__", away)
        body = sent_on(imports, body, TURNS)
    handler.deadly = set()
    imports.deliver(body)

    assert ended(imports, key) == (ImportStatus.COMPLETED, RowCounts(3, 3))


def sent_on(imports: Imports, body: Any, times: int) -> Any:
    """Let invocations have time for one chunk, which does not come through; the last message."""
    for _ in range(times):
        imports.deliver(body, seconds_left(60, 59, 1))
        (body,) = imports.take_messages()
    return body


def test_a_command_that_was_given_up_is_retried_as_any_other(imports):
    begun(imports, DIRECT)
    (body,) = imports.take_messages()
    die_of(imports, body, TURNS - 1)
    imports.deliver(body)
    imports.work_off_queue()
    failed = command(imports, "BBB").key

    (restart,) = imports.services.repair.retry(failed)

    assert (restart.key, restart.attempt) == (failed, 1)
    assert imports.services.ordering.take_over(failed, 1, "another") == 1
    imports.services.ordering.finish(failed)
    assert command(imports, "BBB").status is CommandStatus.FINISHED


def test_a_row_does_not_die_for_ever_of_a_command_that_another_process_left(imports, handler):
    """Its publisher died, and no chunk of this import reports it."""
    with dying():
        imports.services.commands.publish_sync(f"PLACE#{TENANT}", DEADLY, name="left")
    left = command(imports, "BBB").key
    grow_old(imports, left, 1_000)
    key = begun(imports, DIRECT)
    (body,) = imports.take_messages()
    for _ in range(TURNS - 2):
        with dying():
            imports.deliver(body, seconds_left(60))

    imports.deliver(body, seconds_left(60))

    assert handler.deaths == TURNS - 1
    assert ended(imports, key) == (
        ImportStatus.COMPLETED_WITH_ERRORS,
        RowCounts(3, 2, failed=1),
    )
    assert command(imports, "BBB").error == "TooManyTries"


def test_nothing_is_counted_while_nobody_dies(imports, handler):
    handler.deadly = set()
    begun(imports, DIRECT)
    imports.work_off_queue()

    store, table = imports.services.store, imports.settings.commands_table
    key = command(imports, "BBB").key
    assert "takenOver" not in "".join(store.get(table, key.pk, key.sk))


def test_a_turn_that_is_noted_twice_counts_once(imports):
    """The SDK makes a request again whose answer it did not get."""
    begun(imports, DIRECT)
    (body,) = imports.take_messages()
    die_of(imports, body, 1)
    own, ordering = command(imports, "BBB").key, imports.services.ordering

    counted = [ordering.take_over(own, 0, who) for who in ("first", "first", "second")]
    ordering.leave(own, 0, "first")
    ordering.leave(own, 0, "first")

    assert counted == [1, 1, 2]
    assert ordering.take_over(own, 0, "third") == 2


def test_a_process_that_aws_failed_at_the_end_of_a_command_has_not_ended_there(
    imports, handler, monkeypatch
):
    handler.deadly = set()
    key = begun(imports, DIRECT)
    (body,) = imports.take_messages()

    def away(*_: Any) -> None:
        raise TransientError("AWS could not do it just now")

    with monkeypatch.context() as patch:
        patch.setattr(imports.services.ordering, "finish", away)
        body = sent_on(imports, body, 2 * TURNS)
    imports.deliver(body)

    assert ended(imports, key) == (ImportStatus.COMPLETED, RowCounts(3, 3))
