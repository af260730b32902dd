"""The sample custom workflow on the deployed stack."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.country_report import COUNTRY_REPORT
from cli.watching.execution_history import failed_tries
from cqrs.aws.step_functions import ExecutionDescription, execution_arn
from cqrs.commands.models import CommandStatus
from cqrs.core.execution_names import execution_name
from stacks.asl.retriers import ANY_FAILURE
from tests.integration.deployed import Deployed, wait_for

pytestmark = pytest.mark.verifiable

COUNTRY = "Japan"
CITIES = {"HND": "Tokyo", "NRT": "Tokyo", "KIX": "Osaka", "XXX": None}


@pytest.fixture
def airports(deployed: Deployed, tenant: str) -> None:
    """Airports of the tenant, applied and listed by their country."""
    attributes = {
        iata: {"country": COUNTRY} | ({"city": city} if city else {})
        for iata, city in CITIES.items()
    }
    publish(deployed, tenant, attributes)


def publish(deployed: Deployed, tenant: str, airports: dict[str, dict[str, str]]) -> None:
    published = [
        deployed.services.commands.publish(
            f"AIRPORT#{tenant}", f"AIRPORT#{iata}", attributes=attributes
        )
        for iata, attributes in airports.items()
    ]
    for result in published:
        assert deployed.end_of(result.key).status is CommandStatus.FINISHED


def run(deployed: Deployed, given: Any) -> ExecutionDescription:
    """Start a report and wait for its end."""
    services = deployed.services
    machine = services.settings.state_machine_arn(COUNTRY_REPORT)
    name = execution_name(COUNTRY_REPORT, str(uuid.uuid4()))
    assert services.step_functions.start(machine, name, given)
    arn = execution_arn(machine, name)

    def ended() -> ExecutionDescription | None:
        found = services.step_functions.describe(arn)
        return None if found is None or found.is_running else found

    return wait_for(ended, f"the end of {arn}")


def tries(deployed: Deployed, execution: ExecutionDescription) -> list[dict[str, str]]:
    return failed_tries(deployed.services.execution_reader, execution.arn)


@pytest.mark.usefixtures("airports")
def test_a_report_is_published_once(deployed: Deployed, tenant: str):
    given = {"tenant": tenant, "country": COUNTRY}
    published: dict[str, Any] = {
        "status": "completed",
        "pk": f"COUNTRY_REPORT#{tenant}",
        "sk": f"COUNTRY_REPORT#{COUNTRY}",
        "version": 1,
    }

    first, second = run(deployed, given), run(deployed, given)

    assert (first.status, first.output) == ("SUCCEEDED", published)
    assert tries(deployed, first) == []
    report = deployed.services.data.get(published["pk"], published["sk"])
    assert report is not None
    assert (report.version, report.name) == (1, f"Airports of {COUNTRY}")
    assert report.attributes == {
        **given,
        "airports": 4,
        "cities": 3,
        "largest_cities": {"Tokyo": 2, "Osaka": 1, "unknown": 1},
    }
    # It says nothing new, so there is no second version.
    assert (second.status, second.output) == ("SUCCEEDED", published)


@pytest.mark.usefixtures("airports")
def test_a_report_that_says_something_new_is_the_next_version(deployed: Deployed, tenant: str):
    given = {"tenant": tenant, "country": COUNTRY}
    run(deployed, given)
    publish(deployed, tenant, {"ITM": {"country": COUNTRY, "city": "Osaka"}})

    second = run(deployed, given)

    assert second.output["version"] == 2
    report = deployed.services.data.get(second.output["pk"], second.output["sk"])
    assert report is not None
    assert report.attributes["largest_cities"] == {"Osaka": 2, "Tokyo": 2, "unknown": 1}


def test_an_error_result_fails_the_execution_at_once(deployed: Deployed, tenant: str):
    failed = run(deployed, {"tenant": tenant, "country": COUNTRY})

    assert (failed.status, failed.error) == ("FAILED", "NoAirports")
    assert failed.cause == f"{tenant} has no airport in {COUNTRY}: publish some first."
    # The state answered, so nothing was tried again.
    assert tries(deployed, failed) == []


def test_wrong_input_fails_with_its_reason(deployed: Deployed, tenant: str):
    failed = run(deployed, {"tenant": tenant})

    assert failed.status == "FAILED"
    assert failed.cause is not None
    assert "it needs tenant and country" in failed.cause
    found = tries(deployed, failed)
    assert {tried["state"] for tried in found} == {"initialize"}
    if deployed.is_ministack:
        # It has one name for every exception, so it cannot tell those that no repeat mends.
        assert len(found) == 1 + ANY_FAILURE["MaxAttempts"]
    else:
        assert failed.error == "ValidationError"
        assert len(found) == 1
