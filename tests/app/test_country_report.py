"""The country-report workflow, by its definition."""

from __future__ import annotations

from app.country_report import COUNTRY_REPORT
from cqrs.testing import MemoryEnvironment

JAPAN = {"tenant": "acme", "country": "Japan"}


def test_a_report_counts_the_airports_of_each_city(environment: MemoryEnvironment):
    for code, city in (("KIX", "Osaka"), ("ITM", "Osaka"), ("HND", "Tokyo")):
        attributes = {"country": "Japan", "city": city}
        environment.commands.publish("AIRPORT#acme", f"AIRPORT#{code}", attributes=attributes)
    environment.settle()

    made = environment.start_workflow(COUNTRY_REPORT, JAPAN)

    assert made.states == ("initialize", "initialize_result", "process", "finalize")
    report = environment.data.get("COUNTRY_REPORT#acme", "COUNTRY_REPORT#Japan")
    assert report.attributes["largest_cities"] == {"Osaka": 2, "Tokyo": 1}


def test_a_country_without_airports_fails_the_execution_at_once(environment: MemoryEnvironment):
    failed = environment.start_workflow(COUNTRY_REPORT, JAPAN)

    assert (failed.status, failed.error) == ("FAILED", "NoAirports")
    assert failed.states == ("initialize", "initialize_result", "failed")
