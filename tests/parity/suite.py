"""The comparison of one engine, which the tests of each share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.parity.comparison import findings, in_vain
from tests.parity.differences import rows
from tests.parity.documented import DOCUMENTED
from tests.parity.engine import Engine, Recorded, Run
from tests.parity.executions import EXECUTIONS
from tests.parity.mutations import MUTATIONS, shown_on
from tests.parity.scripted import MUTANT


@dataclass(frozen=True)
class Comparison:
    """All executions as they were on an engine, those of mistaken definitions too."""

    engine: str
    recorded: Mapping[str, Recorded]
    mutants: Mapping[str, Recorded]

    @classmethod
    def on(cls, engine: Engine) -> Comparison:
        """Run them all."""
        engine.prepare()
        runs = [engine.run(execution) for execution in EXECUTIONS.values()]
        for number, mutation in enumerate(shown_on(engine.name)):
            execution = EXECUTIONS[mutation.execution]
            mutant = mutation.of(engine.definition(execution))
            runs.append(Run(execution, mutant, f"{MUTANT}{number}"))
        recorded = iter(engine.record_all(runs))
        return cls(
            engine.name,
            {name: next(recorded) for name in EXECUTIONS},
            {mutation.name: next(recorded) for mutation in shown_on(engine.name)},
        )

    def findings(self, execution: str) -> list[str]:
        """List all that is neither as documented nor as the table says."""
        return findings(rows(self.engine), DOCUMENTED[execution], self.recorded[execution])

    def findings_of_mutant(self, name: str) -> list[str]:
        """The same of a mistaken definition."""
        (execution,) = (one.execution for one in MUTATIONS if one.name == name)
        return findings(rows(self.engine), DOCUMENTED[execution], self.mutants[name])

    def in_vain(self) -> list[str]:
        """Rows of the table that no execution shows."""
        return in_vain(rows(self.engine), DOCUMENTED, self.recorded)
