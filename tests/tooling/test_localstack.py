"""LocalStack is set up by docker-compose.yml as the stack needs it."""

from __future__ import annotations

from stacks.provider import SERVICES
from tooling.localstack.compose import FILE, PORT, variables

NAMES = {"eventbridge": "events", "lambda_": "lambda", "sfn": "stepfunctions"}
"""LocalStack's names of services, if they are not the provider's."""

FOR_EVENT_SOURCES = {"dynamodbstreams"}
"""Event source mappings read it, and Terraform does not call it."""


def test_it_loads_all_services_that_the_provider_calls_and_no_other():
    called = {NAMES.get(service, service) for service in SERVICES}

    assert set(variables()["SERVICES"].split(",")) == called | FOR_EVENT_SOURCES


def test_every_variable_is_text_as_each_compose_reads_it():
    # Compose 1.29 refuses booleans, and each version writes numbers in its own way.
    assert {name for name, value in variables().items() if not isinstance(value, str)} == set()


def test_queues_have_the_urls_that_the_stack_computes():
    assert variables()["SQS_ENDPOINT_STRATEGY"] == "off"
    assert variables()["LOCALSTACK_HOST"] == f"localhost:{PORT}"
    assert f'"127.0.0.1:{PORT}:{PORT}"' in FILE.read_text()
