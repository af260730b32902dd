"""The long run: every scenario, every mistake, and many random runs on all cores."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache

from tests.model.exploration import Broken, Randomised, explore, setting
from tests.model.hunt import hunt
from tests.model.mutations import MUTATIONS, REDUNDANT
from tests.model.program import silent_logs
from tests.model.scenarios import exhaustive, publishing

RUNS = 200_000
BATCH = 2_500


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one piece of work."""

    text: str
    passed: bool
    runs: int = 0


def follow_all(position: int) -> Report:
    """Follow every schedule of a scenario."""
    scenario = exhaustive()[position]
    begun = time.monotonic()
    try:
        counts = explore(setting(scenario))
    except Broken as broken:
        return Report(str(broken), passed=False)
    seconds = time.monotonic() - begun
    return Report(
        f"{scenario.name}: {counts.states:,} states, {counts.ends:,} complete runs, "
        f"standing for {counts.schedules:,} schedules, {seconds:.1f} s",
        passed=True,
    )


def find_mistake(position: int) -> Report:
    """Find a mistake."""
    catch = hunt(MUTATIONS[position], exhaustive())
    return Report(f"found: {catch}", passed=catch.broken is not None)


def find_no_mistake(position: int) -> Report:
    """See that a redundant condition changes nothing."""
    catch = hunt(REDUNDANT[position], publishing())
    return Report(f"redundant: {catch}", passed=catch.broken is None)


def run_batch(seed: str, batch: int, runs: int) -> Report:
    """Follow random schedules."""
    randomised = _randomised()
    for number in range(runs):
        try:
            randomised.run(f"{seed}-{batch}-{number}")
        except Broken as broken:
            return Report(str(broken), passed=False)
    return Report("", passed=True, runs=runs)


@cache
def _randomised() -> Randomised:
    """One for each process, which learns from batch to batch."""
    return Randomised()


def main() -> int:
    """Run everything and print what was seen."""
    options = _options()
    print(f"seed {options.seed}, {options.runs:,} random runs, {options.processes} processes")  # noqa: T201
    begun, runs, failures = time.monotonic(), 0, 0
    with ProcessPoolExecutor(options.processes, initializer=_be_quiet) as pool:
        for done in as_completed(_all_work(pool, options)):
            report = done.result()
            runs += report.runs
            failures += not report.passed
            if report.text:
                print(report.text, flush=True)  # noqa: T201
    seconds = time.monotonic() - begun
    print(f"{runs:,} random runs, {failures} failures, {seconds:.0f} s, seed {options.seed}")  # noqa: T201
    return 1 if failures else 0


def _all_work(pool: ProcessPoolExecutor, options: argparse.Namespace) -> list[Future[Report]]:
    work = [pool.submit(follow_all, position) for position in range(len(exhaustive()))]
    work += [pool.submit(find_mistake, position) for position in range(len(MUTATIONS))]
    work += [pool.submit(find_no_mistake, position) for position in range(len(REDUNDANT))]
    for batch, start in enumerate(range(0, options.runs, BATCH)):
        runs = min(BATCH, options.runs - start)
        work.append(pool.submit(run_batch, options.seed, batch, runs))
    return work


def _be_quiet() -> None:
    silent_logs().__enter__()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="random runs")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="the random runs' seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
