"""Rows whose items others are changing: none is rejected for a process that is slow, or dead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cqrs.aws.item_store import Update
from cqrs.commands.models import CommandStatus
from cqrs.core.clock import iso
from cqrs.core.keys import CommandKey, ItemKey
from cqrs.errors import ValidationError
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, ProcessingMode, RowCounts
from tests.unit.crashing import Crash
from tests.unit.importing import TENANT, Imports, csv_of, seconds_left

ROWS = [("AAA", "Aville", "1"), ("BBB", "Bville", "2"), ("CCC", "Cville", "")]
TWICE = [("AAA", "Aville", "1"), ("AAA", "Again", "")]

BBB = ItemKey(f"PLACE#{TENANT}", "PLACE#BBB")
INVOCATION = 60


class Handler:
    """A sync handler in which the process dies when it first gets an item."""

    def __init__(self, fatal: str) -> None:
        self._fatal = [fatal]
        self.seen: list[tuple[str, int]] = []

    def __call__(self, command: Any) -> None:
        if command.sk in self._fatal:
            self._fatal.remove(command.sk)
            raise Crash
        self.seen.append((command.sk, command.version))


@pytest.fixture
def imports(settings, clients, monkeypatch) -> Imports:
    monkeypatch.setattr("cqrs.imports.chunks.publisher.back_off", lambda _attempt: None)
    monkeypatch.setattr("cqrs.imports.chunks.publisher.PATIENCE", 2)
    return Imports(settings, clients)


def begun(
    imports: Imports,
    rows: list[tuple[str, str, str]],
    mode: ProcessingMode = ProcessingMode.STEP_FUNCTION,
) -> ImportKey:
    imports.upload(csv_of(*rows))
    key = imports.make(mode)
    imports.start(key)
    return key


def deliver(imports: Imports) -> int:
    """Deliver the messages that there are now."""
    bodies = imports.take_messages()
    for body in bodies:
        imports.deliver(body, seconds_left(INVOCATION))
    return len(bodies)


def grow_old(imports: Imports, key: CommandKey, seconds: float, name: str = "createdAt") -> None:
    """Let a command have been published so long ago."""
    moment = iso(datetime.now(UTC) - timedelta(seconds=seconds))
    table = imports.settings.commands_table
    imports.services.store.update(Update(table, key.pk, key.sk, {name: moment}))


def under_way(imports: Imports) -> CommandKey:
    """A command that an execution of its own is to apply."""
    key: CommandKey = imports.services.commands.publish(BBB.pk, BBB.sk, name="under way").key
    return key


def apply(imports: Imports, key: CommandKey) -> None:
    item = imports.services.store.get(imports.settings.commands_table, key.pk, key.sk)
    imports.services.data_writer.write(item)
    imports.services.ordering.finish(key)


def assert_ends(imports: Imports, key: ImportKey, counts: RowCounts) -> None:
    job = imports.job(key)
    is_complete = ImportStatus.COMPLETED_WITH_ERRORS if counts.failed else ImportStatus.COMPLETED
    assert (job.status, job.counts) == (is_complete, counts)


def test_a_row_waits_for_a_command_that_is_under_way_however_long_it_takes(imports: Imports):
    command = under_way(imports)
    key = begun(imports, ROWS, ProcessingMode.DIRECT)

    for _ in range(3):
        assert deliver(imports) == 1
        assert imports.job(key).status is ImportStatus.PROCESSING
    apply(imports, command)
    assert deliver(imports) == 1

    assert_ends(imports, key, RowCounts(3, 3))
    assert imports.place("BBB").version == 2


def test_a_batch_leaves_rows_that_have_to_wait_to_another_invocation(imports: Imports):
    command = under_way(imports)
    key = begun(imports, ROWS)
    imports.services.deadline.begin(seconds_left(60, 59, 11))

    assert imports.import_batch(key, ROWS) == {"rows": 3, "left": 3}
    imports.finalize(key)
    assert imports.job(key).status is ImportStatus.PROCESSING
    apply(imports, command)
    deliver(imports)

    assert_ends(imports, key, RowCounts(3, 3))


def test_a_command_that_nothing_applies_is_told_with_the_row(imports: Imports):
    command = under_way(imports)
    grow_old(imports, command, 3_601)
    key = begun(imports, ROWS, ProcessingMode.DIRECT)

    deliver(imports)

    assert_ends(imports, key, RowCounts(3, 2, failed=1))
    (rejected,) = imports.application.imports.rejected_rows(key)
    assert rejected.number == 2
    assert f"{command} of its item is under way since" in rejected.reason
    assert "nothing applies it: `cqrs doctor` tells why" in rejected.reason


def test_a_command_that_was_started_again_has_its_time_from_then_on(imports: Imports):
    command = under_way(imports)
    grow_old(imports, command, 3_601)
    grow_old(imports, command, 1_800, "restartedAt")
    key = begun(imports, ROWS, ProcessingMode.DIRECT)

    deliver(imports)

    assert imports.job(key).status is ImportStatus.PROCESSING


def test_a_time_that_is_none_is_told_with_the_row(imports: Imports):
    command = under_way(imports)
    table = imports.settings.commands_table
    imports.services.store.update(Update(table, command.pk, command.sk, {"createdAt": "once"}))
    key = begun(imports, ROWS, ProcessingMode.DIRECT)

    deliver(imports)

    (rejected,) = imports.application.imports.rejected_rows(key)
    assert f"The command {command} cannot be read" in rejected.reason


def test_a_row_waits_for_a_publisher_that_may_be_alive(imports: Imports):
    handler = Handler("PLACE#BBB")
    imports.application.sync_handler("told")(handler)
    with pytest.raises(Crash):
        imports.services.commands.publish_sync(BBB.pk, BBB.sk, attributes={"city": "Before"})
    grow_old(imports, BBB.at(1), INVOCATION / 2)
    key = begun(imports, ROWS, ProcessingMode.DIRECT)

    deliver(imports)

    assert imports.job(key).status is ImportStatus.PROCESSING
    assert ("PLACE#BBB", 1) not in handler.seen


def test_a_row_does_what_a_dead_publisher_left(imports: Imports):
    handler = Handler("PLACE#BBB")
    imports.application.sync_handler("told")(handler)
    with pytest.raises(Crash):
        imports.services.commands.publish_sync(BBB.pk, BBB.sk, attributes={"city": "Before"})
    grow_old(imports, BBB.at(1), INVOCATION + 1)
    key = begun(imports, ROWS, ProcessingMode.DIRECT)

    deliver(imports)

    assert_ends(imports, key, RowCounts(3, 3))
    assert [version for sk, version in handler.seen if sk == "PLACE#BBB"] == [1, 2]
    assert imports.services.commands.get(BBB.at(1)).status is CommandStatus.FINISHED


def test_a_row_does_what_a_dead_batch_of_its_own_import_left(imports: Imports):
    handler = Handler("PLACE#AAA")
    imports.application.sync_handler("told")(handler)
    key = begun(imports, TWICE)
    imports.services.deadline.begin(seconds_left(60, 1))
    assert imports.import_batch(key, TWICE[1:], 2) == {"rows": 1, "left": 1}
    imports.services.deadline.begin(None)
    with pytest.raises(Crash):
        imports.import_batch(key, TWICE[:1])
    # The execution is stopped, so nobody repeats the batch before the rest has ended.
    imports.end_execution(key, "ABORTED")
    grow_old(imports, ItemKey(BBB.pk, "PLACE#AAA").at(1), INVOCATION + 1)

    while deliver(imports):
        pass

    job = imports.job(key)
    assert (job.status, job.counts) == (ImportStatus.COMPLETED, RowCounts(2, 2))
    assert handler.seen == [("PLACE#AAA", 1), ("PLACE#AAA", 2)]


def test_a_row_is_rejected_if_what_a_dead_publisher_left_fails(imports: Imports):
    handler = Handler("PLACE#BBB")
    imports.application.sync_handler("told")(handler)
    with pytest.raises(Crash):
        imports.services.commands.publish_sync(BBB.pk, BBB.sk, attributes={"city": "Before"})
    grow_old(imports, BBB.at(1), INVOCATION + 1)

    def refuse(command: Any) -> None:
        if command.version == 1 and command.sk == "PLACE#BBB":
            raise ValidationError("no")

    imports.application.sync_handler("refusing")(refuse)
    key = begun(imports, ROWS, ProcessingMode.DIRECT)

    deliver(imports)

    (rejected,) = imports.application.imports.rejected_rows(key)
    assert f"The command {BBB.at(1)} of its item failed" in rejected.reason
