"""The execution of an import: its Distributed Map, batch by batch, and what follows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

from cqrs.resources import StateMachine
from cqrs.states import ImportState
from cqrs.testing.asl.language import attempts, fill, matching
from cqrs.testing.text import Text, freeze, view
from stacks.asl import Definition, Invocation
from stacks.options.workflows import ImportOptions
from stacks.state_machines.import_csv import import_csv_definition
from tests.model.program import PREFIX

RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = (
    "RUNNING",
    "SUCCEEDED",
    "FAILED",
    "TIMED_OUT",
    "ABORTED",
)

MOMENT = "2026-01-01T00:00:00.000Z"

UNREADABLE = "States.ItemReaderFailed"
EXCEEDED = "States.ExceedToleratedFailureThreshold"

MANIFEST, FAILURES = "import-results/run/manifest.json", "import-results/run/FAILED_0.json"

FINALIZE = -1
"""Place of the state behind the map among the batches."""


def definition() -> Definition:
    """The real definition of the import-csv state machine."""
    environment: Any = SimpleNamespace(import_csv=ImportOptions(), dialect="aws", bucket="files")
    return import_csv_definition(Invocation("function", 60), environment)


class Work(NamedTuple):
    """A state that calls the function: one of a batch, or the one behind the map.

    Attributes
    ----------
    given
        Its input.
    retries
        How often each of its retriers has repeated it.
    invocation
        Number of the invocation under way; 0 once it is over.
    failed
        Whether it is over because it failed.
    error
        With what.
    """

    given: Text
    retries: tuple[int, ...]
    invocation: int = 0
    failed: bool = False
    error: str = ""


class Execution(NamedTuple):
    """An execution; ``run`` is the status of its map, and empty before that was begun."""

    name: str
    given: Text
    status: str = RUNNING
    run: str = ""
    batches: tuple[Work, ...] = ()
    finalize: Work | None = None
    invocations: int = 0

    @property
    def is_reading(self) -> bool:
        """Whether its map is about to read the file."""
        return self.status == RUNNING and not self.run and self.finalize is None

    def works(self) -> Iterator[tuple[int, Work]]:
        """All of its states that call the function, by their places."""
        yield from enumerate(self.batches)
        if self.finalize is not None:
            yield FINALIZE, self.finalize


class Invoke(NamedTuple):
    """An invocation of the function that starts."""

    place: int
    number: int
    event: Text


class Progress(NamedTuple):
    """The new state of an execution, and the invocations that start with it."""

    execution: Execution
    started: tuple[Invoke, ...] = ()


class ImportMachine:
    """Interprets the definition of the import-csv state machine.

    Parameters
    ----------
    of
        The return value of ``import_csv_definition``.
    most_retries
        How often a batch is repeated at most.
    """

    def __init__(self, of: Definition, most_retries: int) -> None:
        states = of["States"]
        map_state = states[ImportState.IMPORT_CSV]
        self._most_retries = most_retries
        self._tolerates_failures = map_state.get("ToleratedFailurePercentage") == 100
        self._job_of = map_state["ItemBatcher"]["BatchInput"]
        self._handler = map_state["ItemProcessor"]["States"][ImportState.CSV_ROWS_HANDLER]
        self._finalize = states[ImportState.FINALIZE]

    def begin(self, execution: Execution, rows: Sequence[Mapping[str, str]], size: int) -> Progress:
        """The map has read the file, and hands out its rows in batches."""
        context = self._context(execution, ImportState.IMPORT_CSV)
        job = fill(self._job_of, view(execution.given), context)
        items = [{"row": row, "index": index} for index, row in enumerate(rows)]
        batches = tuple(
            self._fresh(self._handler, {"Items": items[first : first + size], "BatchInput": job})
            for first in range(0, len(items), size)
        )
        begun = execution._replace(run=RUNNING, batches=batches)
        if not batches:
            return self._go_on(begun._replace(run=SUCCEEDED))
        return self._start(begun, range(len(batches)))

    def unreadable(self, execution: Execution) -> Progress:
        """The map could not read the file."""
        return self._go_on(execution._replace(run=FAILED), UNREADABLE)

    def returned(self, execution: Execution, place: int) -> Progress:
        """The function has answered."""
        over = _with(execution, place, invocation=0)
        if place == FINALIZE:
            return Progress(over._replace(status=SUCCEEDED))
        return self._after_batch(over)

    def failed(self, execution: Execution, place: int, error: str) -> Progress:
        """An invocation has failed, or is given up."""
        state = self._finalize if place == FINALIZE else self._handler
        work = dict(execution.works())[place]
        position = matching(state["Retry"], error)
        if position is not None and work.retries[position] < self._attempts(state, position):
            retries = tuple(used + (index == position) for index, used in enumerate(work.retries))
            return self._start(_with(execution, place, retries=retries), [place])
        over = _with(execution, place, invocation=0, failed=True, error=error)
        if place == FINALIZE:
            return Progress(over._replace(status=FAILED))
        if self._tolerates_failures:
            return self._after_batch(over)
        return self._go_on(_given_up(over)._replace(run=FAILED), EXCEEDED)

    def _attempts(self, state: Mapping[str, Any], position: int) -> int:
        found = attempts(state["Retry"][position])
        return found if state is self._finalize else min(found, self._most_retries)

    def _after_batch(self, execution: Execution) -> Progress:
        """A batch is over; the map is when all are."""
        if any(batch.invocation for batch in execution.batches):
            return Progress(execution)
        return self._go_on(execution._replace(run=SUCCEEDED))

    def ended(self, execution: Execution, status: str) -> Progress:
        """The execution ends as a whole, whatever it is in."""
        run = ABORTED if execution.run == RUNNING else execution.run
        return Progress(_given_up(execution)._replace(status=status, run=run))

    def redriven(self, execution: Execution) -> Progress:
        """The execution goes on where it has ended."""
        again = execution._replace(status=RUNNING)
        if execution.finalize is not None:
            fresh = self._fresh(self._finalize, view(execution.finalize.given))
            return self._start(again._replace(finalize=fresh), [FINALIZE])
        if not execution.run:
            return Progress(again)
        left = [place for place, batch in enumerate(execution.batches) if batch.failed]
        for place in left:
            fresh = self._fresh(self._handler, view(execution.batches[place].given))
            again = _with(again, place, **fresh._asdict())
        return self._start(again._replace(run=RUNNING), left)

    def _go_on(self, execution: Execution, error: str = "") -> Progress:
        details = {"Bucket": "files", "Key": MANIFEST}
        given = {**view(execution.given), "result": {"ResultWriterDetails": details}}
        if error:
            given = {**view(execution.given), "error": {"Error": error, "Cause": "told so"}}
        fresh = self._fresh(self._finalize, given)
        return self._start(execution._replace(finalize=fresh), [FINALIZE])

    def _fresh(self, state: Mapping[str, Any], given: Any) -> Work:
        return Work(freeze(given), (0,) * len(state["Retry"]))

    def _start(self, execution: Execution, places: Sequence[int]) -> Progress:
        started = []
        for place in places:
            number = execution.invocations + 1
            execution = _with(execution, place, invocation=number)._replace(invocations=number)
            started.append(Invoke(place, number, self._event(execution, place)))
        return Progress(execution, tuple(started))

    def _event(self, execution: Execution, place: int) -> Text:
        state, name = self._handler, ImportState.CSV_ROWS_HANDLER
        if place == FINALIZE:
            state, name = self._finalize, ImportState.FINALIZE
        given = dict(execution.works())[place].given
        filled = fill(state["Parameters"], view(given), self._context(execution, name))
        return freeze(filled["Payload"])

    def _context(self, execution: Execution, state: str) -> dict[str, Any]:
        return {
            "Execution": {
                "Id": f"execution:{execution.name}",
                "Name": execution.name,
                "Input": view(execution.given),
                "StartTime": MOMENT,
            },
            "State": {"Name": state, "EnteredTime": MOMENT, "RetryCount": 0},
            "StateMachine": {"Id": "import", "Name": f"{PREFIX}{StateMachine.IMPORT_CSV}"},
        }


def results(execution: Execution) -> dict[str, Any]:
    """Documents that the ResultWriter of a map writes that has gone through its batches."""
    failed = [
        {"Status": FAILED, "Error": batch.error, "Cause": "told so", "Input": batch.given}
        for batch in execution.batches
        if batch.failed
    ]
    files = {"FAILED": [{"Key": FAILURES}] if failed else [], "PENDING": [], "SUCCEEDED": []}
    return {MANIFEST: {"ResultFiles": files}, FAILURES: failed}


def _with(execution: Execution, place: int, **changes: Any) -> Execution:
    if place == FINALIZE:
        assert execution.finalize is not None
        return execution._replace(finalize=execution.finalize._replace(**changes))
    batches = list(execution.batches)
    batches[place] = batches[place]._replace(**changes)
    return execution._replace(batches=tuple(batches))


def _given_up(execution: Execution) -> Execution:
    """Its invocations go on, and nobody waits for them."""
    for place, work in execution.works():
        if work.invocation:
            execution = _with(execution, place, invocation=0, failed=True)
    return execution
