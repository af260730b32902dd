"""Chunks hold as many rows as a transaction has room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from cqrs.aws.item_store import TRANSACTION_ITEMS
from cqrs.errors import SkipRow
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, PublishMode, RowCounts
from tests.unit.crashing import Crash, Crasher
from tests.unit.importing import Imports, PlaceStrategy, csv_of, seconds_left

BATCH = 100
TRANSACTION = "TransactWriteItems"
Rows = Sequence[tuple[str, str, str]]


class Transactions:
    """How many actions each transaction has that is sent."""

    def __init__(self, clients: Any) -> None:
        self.sizes: list[int] = []
        name = f"provide-client-params.dynamodb.{TRANSACTION}"
        clients.dynamodb.meta.events.register(name, self._sent)

    def _sent(self, params: dict[str, Any], **_: Any) -> None:
        self.sizes.append(len(params["TransactItems"]))


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


@pytest.fixture
def transactions(imports: Imports) -> Transactions:
    return Transactions(imports.clients)


def rows_that_say(city: str, numbers: Sequence[int] = range(BATCH)) -> Rows:
    return [(f"A{number:02}", f"{city} {number}", "1") for number in numbers]


def started(imports: Imports, rows: Rows, **options: Any) -> ImportKey:
    """A job whose file no other one replaces."""
    file = f"{rows[0][1]}.csv"
    imports.upload(csv_of(*rows), file)
    key = imports.make(key=file, **options)
    imports.start(key)
    return key


def import_all(imports: Imports, rows: Rows, **options: Any) -> None:
    key = started(imports, rows, **options)
    assert imports.import_batch(key, rows) == {"rows": len(rows), "left": 0}


def assert_all_are_there(imports: Imports, rows: Rows, version: int) -> None:
    """Each row is its item's newest version, and so no row was published twice."""
    for code, city, _ in rows:
        place = imports.place(code)
        assert place is not None
        assert (place.version, place.attributes["city"]) == (version, city)


@pytest.mark.parametrize("mode", PublishMode)
def test_a_hundred_new_rows_are_four_transactions(
    imports: Imports, transactions: Transactions, mode: PublishMode
) -> None:
    import_all(imports, rows_that_say("First"), publish_mode=mode)

    assert transactions.sizes == [52] * 4


def test_the_same_rows_again_are_four_transactions(
    imports: Imports, transactions: Transactions
) -> None:
    import_all(imports, rows_that_say("First"))
    transactions.sizes.clear()

    import_all(imports, rows_that_say("First"))

    assert transactions.sizes == [52] * 4


def test_a_hundred_later_versions_are_five_transactions(
    imports: Imports, transactions: Transactions, requests: Any
) -> None:
    import_all(imports, rows_that_say("First"))
    rows = rows_that_say("Second")
    key = started(imports, rows)
    transactions.sizes.clear()
    requests.operations.clear()

    imports.import_batch(key, rows)

    chunks = [98, 98, 98, 98, 18]
    assert transactions.sizes == chunks
    # The first chunk is read twice, and those behind it know how many rows there is room for.
    assert requests.operations.count("BatchGetItem") == len(chunks) + 1
    assert imports.job(key).counts == RowCounts(BATCH, BATCH)
    assert_all_are_there(imports, rows, version=2)


def test_one_new_row_makes_room_for_a_full_chunk(
    imports: Imports, transactions: Transactions
) -> None:
    import_all(imports, rows_that_say("First", range(1, 50)))
    rows = rows_that_say("Second", range(50))
    transactions.sizes.clear()

    import_all(imports, rows)

    # The mark, the counts, a new row and 24 others; then 24 others alone, and the last one.
    assert transactions.sizes == [TRANSACTION_ITEMS, 98, 6]
    assert_all_are_there(imports, rows[:1], version=1)
    assert_all_are_there(imports, rows[1:], version=2)


def test_new_rows_and_later_versions_of_a_batch_are_all_there(
    imports: Imports, transactions: Transactions
) -> None:
    old = [number for number in range(BATCH) if number >= 50 or number % 5 == 0]
    import_all(imports, rows_that_say("First", old))
    rows = rows_that_say("Second")
    transactions.sizes.clear()
    key = started(imports, [*rows, ("no", "Rejected", "")])

    imports.import_batch(key, [*rows, ("no", "Rejected", "")])

    assert transactions.sizes[:2] == [2 + 20 * 2 + 5 * 4] * 2
    assert transactions.sizes[2:] == [98, 98, 2 + 1 + 2 * 4]
    assert imports.job(key).counts == RowCounts(BATCH + 1, BATCH, failed=1)
    for number, row in enumerate(rows):
        assert_all_are_there(imports, [row], version=2 if number in old else 1)


def test_what_is_written_beside_the_rows_has_room(
    imports: Imports, transactions: Transactions
) -> None:
    class Choosy(PlaceStrategy):
        def validate(self, row: Mapping[str, str]) -> None:
            super().validate(row)
            if row["city"] == "closed":
                raise SkipRow(row["city"])

    imports.application.import_strategy("choosy")(Choosy)
    import_all(imports, rows_that_say("First", range(25)))
    rows = rows_that_say("Second", range(25))
    transactions.sizes.clear()

    import_all(
        imports, [*rows[:1], ("no", "", ""), ("ABC", "closed", ""), *rows[1:]], target="choosy"
    )

    # The mark, the counts, the rejected row, the one passed over and 24 others; then the last one.
    assert transactions.sizes == [TRANSACTION_ITEMS, 6]
    assert_all_are_there(imports, rows, version=2)


def test_rows_whose_items_come_meanwhile_do_not_fit_any_more(
    imports: Imports, transactions: Transactions, requests: Any
) -> None:
    rows = rows_that_say("Second", range(25))
    key = started(imports, rows)
    first = started(imports, rows_that_say("First", range(25)))
    requests.before_next(
        TRANSACTION, lambda: imports.import_batch(first, rows_that_say("First", range(25)))
    )

    imports.import_batch(key, rows)

    # Refused; that of the other import; a row less than before, and that row.
    assert transactions.sizes == [52, 52, 98, 6]
    assert imports.job(key).counts == RowCounts(25, 25)
    assert_all_are_there(imports, rows, version=2)


@pytest.mark.parametrize("position", range(3))
def test_a_repeat_goes_on_behind_the_chunks_of_a_batch_that_crashed(
    imports: Imports, position: int
) -> None:
    rows = rows_that_say("Second", range(60))
    import_all(imports, rows_that_say("First", range(60)))
    key = started(imports, rows)
    crash = Crasher([imports.clients.dynamodb], "after-call", position, [TRANSACTION])
    with pytest.raises(Crash):
        imports.import_batch(key, rows)
    crash.disarm()
    assert imports.job(key).counts.total == [24, 48, 60][position]

    # It begins with chunks of 25 rows again, and meets marks of 24.
    assert imports.import_batch(key, rows) == {"rows": 60, "left": 0}
    imports.finalize(key)

    job = imports.job(key)
    assert (job.status, job.counts) == (ImportStatus.COMPLETED, RowCounts(60, 60))
    assert_all_are_there(imports, rows, version=2)


def test_a_repeat_finds_other_items_than_the_batch_that_crashed(
    imports: Imports, transactions: Transactions
) -> None:
    """A chunk of 25 new rows is done. Behind it, items come that a repeat finds."""
    rows = rows_that_say("Second", range(60))
    key = started(imports, rows)
    crash = Crasher([imports.clients.dynamodb], "before-call", 1, [TRANSACTION])
    with pytest.raises(Crash):
        imports.import_batch(key, rows)
    crash.disarm()
    import_all(imports, rows_that_say("Between", range(60)))
    transactions.sizes.clear()

    imports.import_batch(key, rows)
    imports.import_batch(key, rows)

    assert transactions.sizes == [98, 6 + 4 * 10]
    assert imports.job(key).counts == RowCounts(60, 60)
    assert_all_are_there(imports, rows[25:], version=2)
    # The import in between has changed what this one had published before.
    assert_all_are_there(imports, rows_that_say("Between", range(25)), version=2)


def test_two_that_import_a_batch_at_once_cut_it_differently(
    imports: Imports, requests: Any
) -> None:
    """One has chunks of 25 rows. The other one is at the first chunk, for which it has 24."""
    rows = rows_that_say("Second", range(60))
    import_all(imports, rows_that_say("First", range(25)))
    key = started(imports, rows)
    requests.before_next(TRANSACTION, lambda: imports.import_batch(key, rows))

    assert imports.import_batch(key, rows) == {"rows": 60, "left": 0}

    assert imports.job(key).counts == RowCounts(60, 60)
    assert_all_are_there(imports, rows[:25], version=2)
    assert_all_are_there(imports, rows[25:], version=1)


def test_a_rest_begins_where_a_chunk_that_was_cut_has_ended(imports: Imports) -> None:
    rows = rows_that_say("Second", range(60))
    import_all(imports, rows_that_say("First", range(60)))
    key = started(imports, rows)
    # Its time is over behind the chunk that was begun again.
    imports.services.deadline.begin(seconds_left(60, 59, 58, 57, 1))

    assert imports.import_batch(key, rows) == {"rows": 60, "left": 60 - 24}
    imports.services.deadline.begin(None)
    imports.finalize(key)
    imports.work_off_queue()

    job = imports.job(key)
    assert (job.status, job.counts) == (ImportStatus.COMPLETED, RowCounts(60, 60))
    assert_all_are_there(imports, rows, version=2)


def test_sync_handlers_run_once_for_each_row_of_chunks_that_were_cut(imports: Imports) -> None:
    import_all(imports, rows_that_say("First", range(60)))
    told: list[str] = []
    imports.application.sync_handler("telling")(lambda command: told.append(command.sk))
    rows = rows_that_say("Second", range(60))
    key = started(imports, rows)
    crash = Crasher([imports.clients.dynamodb], "after-call", 2, [TRANSACTION])
    with pytest.raises(Crash):
        imports.import_batch(key, rows)
    crash.disarm()

    imports.import_batch(key, rows)

    assert imports.job(key).counts == RowCounts(60, 60)
    assert told == [f"PLACE#{code}" for code, _, _ in rows]
