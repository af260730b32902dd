"""State machines on MiniStack are as AWS documents, or as the table of differences says."""

from __future__ import annotations

import pytest

from tests.parity.differences import MINISTACK
from tests.parity.engine import Engine
from tests.parity.executions import EXECUTIONS
from tests.parity.mutations import shown_on
from tests.parity.suite import Comparison
from tooling.ministack import MiniStack


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    log = tmp_path_factory.mktemp("ministack") / "ministack.log"
    with MiniStack(log, settings={"SFN_WAIT_SCALE": "0"}) as ministack:
        engine = Engine(MINISTACK, ministack.endpoint_url, tells_submission=False, at_a_time=12)
        return Comparison.on(engine)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_an_execution_is_as_documented_or_in_the_table(
    comparison: Comparison, execution: str
) -> None:
    assert comparison.findings(execution) == []


def test_every_row_of_the_table_still_occurs(comparison: Comparison) -> None:
    assert comparison.in_vain() == []


@pytest.mark.parametrize("mutation", [mutation.name for mutation in shown_on(MINISTACK)])
def test_a_mistake_in_a_definition_is_found(comparison: Comparison, mutation: str) -> None:
    assert comparison.findings_of_mutant(mutation) != []
