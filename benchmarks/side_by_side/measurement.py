"""The measurement: deploy both, time them in alternating rounds, and count."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from benchmarks.cold_start import python_of_the_runtime
from benchmarks.reference import deployment, program
from benchmarks.requests import RequestRecord
from benchmarks.side_by_side import rounds
from benchmarks.side_by_side.cost import dollars
from benchmarks.side_by_side.counts import Count, count, count_later
from benchmarks.side_by_side.figures import Figure
from benchmarks.side_by_side.programs import node_programs, python_programs
from benchmarks.side_by_side.sides import Ours, Reference, Side, item_at
from benchmarks.side_by_side.waiting import Wait, Waiting
from benchmarks.stack import deployed_stack
from cqrs.states import Lane
from stacks.function.package import compose
from tests.integration.deployed import Deployed
from tests.integration.lanes import in_lane

COMPARED_VERSIONS = (1, 2)
LATER_VERSIONS = (10, 100, 1000)
MEGABYTE = 1_000_000

CONCURRENCY = {"LAMBDA_ACCOUNT_CONCURRENCY": "1000"}
"""AWS's default. The reference's states do not repeat a call that is refused for it."""

INDEX_WRITES = 2
"""The project puts a command into the index of unfinished commands, and takes it out."""


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that was measured.

    Attributes
    ----------
    reference_version
        Of the reference's core.
    figures
        Those of both sides.
    ours, reference, express
        Counted commands: of both sides, and a first version in the Express lane.
    waits
        How long second versions took.
    """

    reference_version: str
    figures: Sequence[Figure]
    ours: Sequence[Count]
    reference: Sequence[Count]
    express: Count
    waits: Mapping[str, Wait]


class Pair:
    """Both sides, deployed to one emulator.

    Parameters
    ----------
    deployed
        The project's stack.
    machine
        ARN of the reference's state machine.
    """

    def __init__(self, deployed: Deployed, machine: str) -> None:
        self.deployed = deployed
        self.ours = Ours(deployed)
        self.reference = Reference(deployed, machine)

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both."""
        return self.ours, self.reference

    def times(self, repetitions: int) -> list[Figure]:
        """Time commands, after others have started the processes."""
        for side in self.sides:
            rounds.timed(side)
        timed = [[rounds.timed(side) for side in self.sides] for _ in range(repetitions)]
        ours, reference = zip(*timed, strict=True)
        return rounds.figures_of_times(ours, reference)

    def starts(self, repetitions: int) -> list[Figure]:
        """Start processes of both."""
        machine = self.reference.executions.machine
        node = node_programs(self.deployed, uuid.uuid4().hex, machine)
        with python_programs(self.deployed, item_at(self.ours, 1)) as python:
            started = [
                [rounds.started(each) for each in (python, node)] for _ in range(repetitions)
            ]
        ours, reference = zip(*started, strict=True)
        return rounds.figures_of_starts(ours, reference)

    def counts(self) -> tuple[list[Count], list[Count], Count]:
        """Count commands of both, and one in the Express lane."""
        record = RequestRecord(self.deployed.endpoint)
        ours = [count(self.ours, record, version) for version in COMPARED_VERSIONS]
        ours += count_later(self.ours, record, LATER_VERSIONS)
        reference = [count(self.reference, record, version) for version in COMPARED_VERSIONS]
        with in_lane(self.deployed, Lane.EXPRESS) as express_stack:
            express = count(Ours(express_stack), record, 1)
        return ours, reference, express

    def waits(self) -> dict[str, Wait]:
        """Let second versions wait, which changes the state machines for good."""
        client = self.deployed.services.clients.step_functions
        return {side.name: Waiting(side, client).measure() for side in self.sides}


@contextmanager
def deployed_pair() -> Iterator[Pair]:
    """Deploy both to an emulator of their own, which ends with the block.

    Raises
    ------
    ToolingError
        If the reference or a Python of the runtime's version is not installed.
    """
    program.require_installed()
    python_of_the_runtime()
    with (
        deployed_stack(CONCURRENCY) as deployed,
        in_lane(deployed, Lane.STANDARD) as standard,
    ):
        yield Pair(standard, deployment.deploy(deployed.endpoint))


def measure(repetitions: int, console: Console) -> Results:
    """Measure everything, and tell the console what is under way."""
    console.print("Deploying both to an emulator")
    with deployed_pair() as pair:
        console.print("Timing commands")
        times = pair.times(repetitions)
        console.print("Starting processes")
        starts = pair.starts(repetitions)
        console.print("Counting requests")
        ours, reference, express = pair.counts()
        console.print("Letting second versions wait")
        waits = pair.waits()
    figures = [*_of_counts(ours, reference, express), *times, *starts, _package()]
    return Results(program.version(), figures, ours, reference, express, waits)


def _of_counts(
    ours: Sequence[Count], reference: Sequence[Count], express: Count
) -> Iterator[Figure]:
    for mine, theirs in zip(ours, reference, strict=False):
        name = f"version {mine.version}"
        yield Figure(f"requests, {name}", "", [len(mine.requests)], [len(theirs.requests)])
        transitions = [mine.use.transitions], [theirs.use.transitions]
        yield Figure(f"state transitions, {name}", "", *transitions)
    for later in ours[len(reference) :]:
        yield Figure(f"requests, version {later.version}", "", [len(later.requests)])
    first, of_reference = ours[0], dollars(reference[0])
    standard = dollars(first, index_writes=INDEX_WRITES)
    in_express = dollars(express, index_writes=INDEX_WRITES, is_express=True)
    yield Figure("a million first versions", "USD", [standard], [of_reference])
    yield Figure("a million in the Express lane", "USD", [in_express], [of_reference])


def _package() -> Figure:
    ours = len(compose(python_of_the_runtime())) / MEGABYTE
    return Figure("package", "MB", [ours], [len(program.package()) / MEGABYTE])
