"""State machines in memory are as AWS documents, without a difference."""

from __future__ import annotations

import pytest

from tests.parity.comparison import deviations
from tests.parity.documented import DOCUMENTED
from tests.parity.engine import Run
from tests.parity.executions import EXECUTIONS
from tests.parity.in_memory import MemoryEngine
from tests.parity.mutations import MUTATIONS, Mutation


@pytest.fixture(scope="module")
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.mark.parametrize("name", EXECUTIONS)
def test_an_execution_is_as_documented(engine: MemoryEngine, name: str) -> None:
    recorded = engine.record(engine.run(EXECUTIONS[name]))

    assert deviations((), DOCUMENTED[name], recorded) == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mistake_in_a_definition_is_found(engine: MemoryEngine, mutation: Mutation) -> None:
    execution = EXECUTIONS[mutation.execution]
    mutant = Run(execution, mutation.of(engine.definition(execution)), "-mutant-0")
    recorded = engine.record(mutant)

    assert deviations((), DOCUMENTED[mutation.execution], recorded) != []


def test_a_dropped_item_batcher_is_found(engine: MemoryEngine) -> None:
    execution = EXECUTIONS["import: batches of two"]
    definition = engine.definition(execution)
    del definition["States"]["import-csv"]["ItemBatcher"]
    recorded = engine.record(Run(execution, definition, "-mutant-0"))

    assert deviations((), DOCUMENTED[execution.name], recorded) != []
