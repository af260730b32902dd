"""The long run of all models: every scenario, every mistake, and many random runs on all cores."""

from __future__ import annotations

import argparse
import atexit
import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.model.invocations import silent_logs
from tests.model.model import Model
from tests.model.models import MODELS
from tests.model.search import Broken, RandomRuns

BATCH = 2_500

BY_NAME = {model.name: model for model in MODELS}


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one piece of work."""

    model: str
    text: str
    passed: bool
    runs: int = 0


def follow_all(model: str, position: int) -> Report:
    """Follow every schedule of a scenario."""
    scenario = BY_NAME[model].scenarios[position]
    begun = time.monotonic()
    try:
        counts = BY_NAME[model].explore(scenario)
    except Broken as broken:
        return Report(model, str(broken), passed=False)
    seconds = time.monotonic() - begun
    return Report(
        model,
        f"{scenario.name}: {counts.states:,} states, {counts.ends:,} complete runs, "
        f"standing for {counts.schedules:,} schedules, {seconds:.1f} s",
        passed=True,
    )


def find_mistake(model: str, position: int) -> Report:
    """Find a mistake."""
    catch = BY_NAME[model].find(BY_NAME[model].mutations[position])
    return Report(model, f"found: {catch}", passed=catch.broken is not None)


def find_no_mistake(model: str, position: int) -> Report:
    """See that a redundant condition changes nothing."""
    doubt = BY_NAME[model].doubt
    assert doubt is not None
    catch = doubt(BY_NAME[model].redundant[position])
    return Report(model, f"redundant: {catch}", passed=catch.broken is None)


def run_batch(model: str, seed: str, batch: int, runs: int) -> Report:
    """Follow random schedules."""
    randomised = _randomised(model)
    for number in range(runs):
        try:
            randomised.run(f"{seed}-{batch}-{number}")
        except Broken as broken:
            return Report(model, str(broken), passed=False)
    return Report(model, "", passed=True, runs=runs)


@cache
def _randomised(model: str) -> RandomRuns[Any]:
    """One for each process, which learns from batch to batch."""
    return BY_NAME[model].randomised()


def main() -> int:
    """Run everything and print what was seen."""
    options = _options()
    models = [BY_NAME[name] for name in options.model or BY_NAME]
    print(f"seed {options.seed}, {options.processes} processes")  # noqa: T201
    begun, runs, failures = time.monotonic(), dict.fromkeys(BY_NAME, 0), 0
    with ProcessPoolExecutor(options.processes, initializer=_be_quiet) as pool:
        work = [future for model in models for future in _work(pool, model, options)]
        for done in as_completed(work):
            report = done.result()
            runs[report.model] += report.runs
            failures += not report.passed
            if report.text:
                print(f"[{report.model}] {report.text}", flush=True)  # noqa: T201
    for line in _totals(models, runs):
        print(line)  # noqa: T201
    print(f"{failures} failures, {time.monotonic() - begun:.0f} s, seed {options.seed}")  # noqa: T201
    return 1 if failures else 0


def _totals(models: Sequence[Model[Any, Any]], runs: dict[str, int]) -> Iterator[str]:
    for model in models:
        yield (
            f"[{model.name}] {len(model.scenarios)} scenarios, {len(model.mutations)} mistakes, "
            f"{runs[model.name]:,} random runs without a failure"
        )


def _work(
    pool: ProcessPoolExecutor, model: Model[Any, Any], options: argparse.Namespace
) -> Iterator[Future[Report]]:
    name, runs = model.name, model.runs if options.runs is None else options.runs
    for position in range(len(model.scenarios)):
        yield pool.submit(follow_all, name, position)
    for position in range(len(model.mutations)):
        yield pool.submit(find_mistake, name, position)
    for position in range(len(model.redundant)):
        yield pool.submit(find_no_mistake, name, position)
    for batch, start in enumerate(range(0, runs, BATCH)):
        yield pool.submit(run_batch, name, options.seed, batch, min(BATCH, runs - start))


def _be_quiet() -> None:
    # Kept for the process: a manager that nobody holds gives its logs their voice back.
    quiet = silent_logs()
    quiet.__enter__()
    atexit.register(quiet.__exit__, None, None, None)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--runs", type=int, help="random runs of each model; its own number else")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="the random runs' seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--model", action="append", choices=BY_NAME, help="only this one; all else")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
