"""State machines on LocalStack are as AWS documents, or as the table of differences says."""

from __future__ import annotations

import os

import pytest

from tests.parity.differences import LOCALSTACK
from tests.parity.engine import Engine
from tests.parity.executions import EXECUTIONS
from tests.parity.mutations import shown_on
from tests.parity.suite import Comparison
from tooling.localstack.suite import ENDPOINT_VARIABLE


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    endpoint = os.environ.get(ENDPOINT_VARIABLE)
    if not endpoint:
        pytest.skip("LocalStack does not run: make test-localstack installs and starts it.")
    return Comparison.on(Engine(LOCALSTACK, endpoint, tells_submission=True, at_a_time=4))


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_an_execution_is_as_documented_or_in_the_table(
    comparison: Comparison, execution: str
) -> None:
    assert comparison.findings(execution) == []


def test_every_row_of_the_table_still_occurs(comparison: Comparison) -> None:
    assert comparison.in_vain() == []


@pytest.mark.parametrize("mutation", [mutation.name for mutation in shown_on(LOCALSTACK)])
def test_a_mistake_in_a_definition_is_found(comparison: Comparison, mutation: str) -> None:
    assert comparison.findings_of_mutant(mutation) != []
