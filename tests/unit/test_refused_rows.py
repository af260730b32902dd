"""A row that DynamoDB refuses holds up no other."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from cqrs.aws.item_store import Put
from cqrs.errors import ValidationError
from cqrs.imports.models import ImportStatus, PublishMode
from tests.unit.importing import TENANT, Imports, csv_of

REFUSED = "QQQ"
ROWS = [(f"A{letter}A", "Somewhere", "1") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


@pytest.fixture
def imports(settings, clients):
    return Imports(settings, clients)


def refuse_items_named(clients: Any, name: str) -> None:
    """Let DynamoDB refuse transactions that put an item of a name, as it does for bad values."""

    def refuse(params: Any, **_details: Any) -> Any:
        if f'"PLACE#{name}' not in json.dumps(json.loads(params["body"])):
            return None
        error = {"Code": "ValidationException", "Message": "One or more values were invalid"}
        answer = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
        return SimpleNamespace(status_code=400), answer

    clients.dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", refuse)


def test_the_others_are_imported_and_it_is_told_with_the_reason(imports, clients):
    rows = [*ROWS[:10], (REFUSED, "Nowhere", "1"), *ROWS[10:]]
    imports.upload(csv_of(*rows))
    key = imports.make()
    imports.start(key)
    refuse_items_named(clients, REFUSED)

    imports.import_batch(key, rows)
    imports.finalize(key)

    job = imports.job(key)
    assert job.status is ImportStatus.COMPLETED_WITH_ERRORS
    assert (job.counts.total, job.counts.succeeded, job.counts.failed) == (27, 26, 1)
    (rejected,) = imports.services.imports.rejected_rows(key)
    assert rejected.number == 11
    assert "DynamoDB does not take it: " in rejected.reason
    assert "One or more values were invalid" in rejected.reason


def test_what_is_refused_without_any_row_is_no_rows_fault(imports, clients):
    imports.upload(csv_of(*ROWS[:1]))
    key = imports.make()
    imports.start(key)
    clients.dynamodb.meta.events.register(
        "before-call.dynamodb.TransactWriteItems",
        lambda **_details: (
            SimpleNamespace(status_code=400),
            {
                "Error": {"Code": "ValidationException", "Message": "The table is odd"},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            },
        ),
    )

    with pytest.raises(ValidationError, match=r"DynamoDB refused the request: The table is odd"):
        imports.import_batch(key, ROWS[:1])


@pytest.mark.parametrize("mode", list(PublishMode))
@pytest.mark.parametrize(
    "damage", [{"version": "x"}, {"version": 10**15 - 1}, {"attributes": [1], "version": 1}]
)
def test_a_row_whose_item_is_damaged_holds_up_no_other(imports, settings, mode, damage):
    imports.upload(csv_of(*ROWS[:3]))
    key = imports.make(publish_mode=mode)
    imports.start(key)
    of_second_row = {"pk": f"PLACE#{TENANT}", "sk": f"PLACE#{ROWS[1][0]}", **damage}
    imports.services.store.put(Put(settings.data_table, of_second_row))

    imports.import_batch(key, ROWS[:3])
    imports.finalize(key)

    job = imports.job(key)
    assert (job.counts.succeeded, job.counts.failed) == (2, 1)
    (rejected,) = imports.services.imports.rejected_rows(key)
    assert rejected.number == 2
    assert ROWS[1][0] in rejected.reason
    assert "Mend" in rejected.reason
