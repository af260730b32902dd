from __future__ import annotations

import pytest

from cqrs.errors import ConfigurationError, UnsupportedEventError, ValidationError
from cqrs.imports.models import ImportedItem
from cqrs.imports.strategies import ImportStrategies
from cqrs.item_store import Put
from cqrs.services import Services
from tests.unit.execution import state_event

JOB = {"pk": "CSV_IMPORT#acme", "sk": "airports#1", "target": "airports"}


class AirportStrategy:
    def transform(self, row, tenant):
        if len(row["iata"]) != 3:
            raise ValidationError(f"iata is {row['iata']!r}; it has three letters.")
        return ImportedItem(f"AIRPORT#{tenant}", f"AIRPORT#{row['iata']}", row["name"], {})


@pytest.fixture
def services(settings, clients) -> Services:
    strategies = ImportStrategies()
    strategies.register("airports", AirportStrategy())
    return Services(settings, clients, import_strategies=strategies)


def batch_of(*rows, target="airports"):
    return {
        "Items": [{"row": row, "index": index} for index, row in enumerate(rows)],
        "BatchInput": {"Attributes": {**JOB, "target": target}},
    }


def handle(services, batch):
    event = state_event("csv_rows_handler", batch, execution_input=JOB)
    return services.import_workflow.csv_rows_handler(event)


def test_rows_become_items_and_bad_ones_are_counted(services):
    batch = batch_of({"iata": "KIX", "name": "Kansai"}, {"iata": "", "name": "?"})

    assert handle(services, batch) == {"succeeded": 1, "skipped": 0, "failed": 1}
    assert services.data.get("AIRPORT#acme", "AIRPORT#KIX").name == "Kansai"


def test_a_batch_that_is_repeated_writes_nothing_again(services):
    batch = batch_of({"iata": "KIX", "name": "Kansai"})
    handle(services, batch)

    assert handle(services, batch) == {"succeeded": 0, "skipped": 1, "failed": 0}
    assert services.data.get("AIRPORT#acme", "AIRPORT#KIX").version == 1


def test_an_unknown_target_is_told(services):
    with pytest.raises(ConfigurationError, match="Known are airports"):
        handle(services, batch_of({}, target="ships"))


def test_a_batch_without_its_job_is_told(services):
    with pytest.raises(UnsupportedEventError, match="BatchInput"):
        handle(services, {"Items": []})


@pytest.mark.parametrize(
    ("state_input", "status"),
    [([{"succeeded": 1}], "COMPLETED"), ({"error": {"Error": "States.Runtime"}}, "FAILED")],
)
def test_the_job_is_closed_whatever_became_of_the_map(services, state_input, status):
    table = services.settings.import_tmp_table
    services.store.put(Put(table, {**JOB, "status": "CREATED"}))

    services.import_workflow.finalize(state_event("finalize", state_input, execution_input=JOB))

    assert services.store.get(table, JOB["pk"], JOB["sk"])["status"] == status
