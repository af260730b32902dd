"""The sample's airports: their type, their list by country, their import, and their routes."""

from __future__ import annotations

import pytest

from app.airports_by_country import airports_of
from cqrs import ConfigurationError, NotFoundError, ValidationError
from cqrs.testing import MemoryEnvironment

PK = "AIRPORT#acme"
ROWS = """iata,name,city,state,country,latitude,longitude
JFK,John F Kennedy Intl,New York,NY,USA,40.63975,-73.77893
sfo,San Francisco Intl,San Francisco,CA,USA,37.61900,-122.37484
"""


def publish(
    environment: MemoryEnvironment, code: str, country: str = "Japan", **attributes: object
) -> None:
    content = {"country": country, **attributes}
    environment.commands.publish(PK, f"AIRPORT#{code}", name=code, attributes=content)
    environment.settle()


def listed(environment: MemoryEnvironment, country: str) -> list[str]:
    del environment  # the application is in it
    return [entry.sk for entry in airports_of(country, "acme")]


def test_an_attribute_that_the_type_does_not_have_so_is_refused(environment: MemoryEnvironment):
    with pytest.raises(ValidationError, match="latitude"):
        environment.commands.publish(PK, "AIRPORT#KIX", attributes={"latitude": 134.4})

    assert environment.items("commands") == []


def test_an_airport_that_moves_is_listed_in_its_new_country_alone(environment: MemoryEnvironment):
    publish(environment, "BER", country="East Germany")
    publish(environment, "BER", country="Germany")

    assert environment.data.get(PK, "AIRPORT#BER").version == 2
    assert listed(environment, "East Germany") == []
    assert listed(environment, "Germany") == ["AIRPORT#BER"]


def test_each_version_is_applied_in_its_order(environment: MemoryEnvironment):
    for gates in range(5):
        attributes = {"country": "Japan", "gates": gates}
        environment.commands.publish(PK, "AIRPORT#KIX", attributes=attributes)
    environment.settle()

    assert environment.data.get(PK, "AIRPORT#KIX").attributes["gates"] == 4
    assert [one.status for one in environment.executions("command-handler")] == ["SUCCEEDED"] * 5
    assert len(environment.items("history")) == 4


@pytest.mark.parametrize("mode", ["STEP_FUNCTION", "DIRECT"])
def test_rows_that_are_right_are_imported_and_others_told(
    environment: MemoryEnvironment, mode: str
):
    key = environment.import_csv("airports", ROWS, mode=mode)

    job = environment.imports.get(key)
    assert (job.status, job.counts.succeeded, job.counts.failed) == ("COMPLETED_WITH_ERRORS", 1, 1)
    assert b"iata is 'sfo'" in environment.file(job.errors_key)
    assert environment.data.get(PK, "AIRPORT#JFK").attributes["city"] == "New York"
    assert listed(environment, "USA") == ["AIRPORT#JFK"]
    assert "import-status" in {told.action for told in environment.notifications}


def test_the_routes_of_an_airport_are_measured(environment: MemoryEnvironment):
    publish(environment, "KIX", latitude=34.43, longitude=135.24)
    publish(environment, "HND", latitude=35.55, longitude=139.78)

    key = environment.tasks.create_task("route_distances", {"origin": "KIX"}, "acme")
    environment.settle()

    task = environment.tasks.get(key)
    assert task.status == "COMPLETED"
    nearest = task.result["nearest"]
    assert (nearest["iata"], nearest["km"]) == ("HND", pytest.approx(432, abs=2))


def test_one_of_several_origins_that_is_not_there_fails_alone(environment: MemoryEnvironment):
    publish(environment, "KIX", latitude=34.43, longitude=135.24)
    origins = [{"origin": "KIX"}, {"origin": "XXX"}]

    key = environment.tasks.create_step_function_task("route_distances", origins, "acme")
    with environment.expect_failures(NotFoundError) as failures:
        environment.settle()

    assert environment.execution("task-handler").states == ("map_state", "iterator", "iterator")
    assert "AIRPORT#XXX does not exist" in str(failures[0])
    statuses = [one.status for one in environment.tasks.sub_tasks(key).tasks]
    assert statuses == ["COMPLETED", "FAILED"]


def test_a_workflow_that_no_environment_has_is_named(environment: MemoryEnvironment):
    with pytest.raises(ConfigurationError, match="no-such-workflow"):
        environment.start_workflow("no-such-workflow", {})
