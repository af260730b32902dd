"""The results as Markdown."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

from benchmarks.side_by_side.counts import Count
from benchmarks.side_by_side.figures import Figure, shown
from benchmarks.side_by_side.measurement import Results
from benchmarks.side_by_side.waiting import MOST_SECONDS
from tooling.host import platform_name


def markdown(results: Results) -> str:
    """Every table, with the machine and the day above them."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Results) -> Iterator[str]:
    yield f"Measured on {datetime.now(UTC):%Y-%m-%d} beside version {results.reference_version} of"
    yield f"the reference's core, on {_machine()}."
    yield ""
    yield "| less is better | this project | the reference | ratio |"
    yield "| --- | --- | --- | --- |"
    yield from map(_row, results.figures)
    yield ""
    yield "| requests of a command | this project | the reference |"
    yield "| --- | --- | --- |"
    compared = len(results.reference)
    for mine, theirs in zip(results.ours, results.reference, strict=False):
        yield f"| version {mine.version} | {_operations(mine)} | {_operations(theirs)} |"
    for later in results.ours[compared:]:
        yield f"| version {later.version} | {_operations(later)} | |"
    yield f"| version 1, Express lane | {_operations(results.express)} | |"
    yield ""
    yield "| a second version that has to wait, s | waits at once | waits late |"
    yield "| --- | --- | --- |"
    for name, wait in results.waits.items():
        yield f"| {name} | {_seconds(wait.at_once)} | {_seconds(wait.late)} |"


def _row(figure: Figure) -> str:
    name = figure.name if not figure.unit else f"{figure.name}, {figure.unit}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return f"| {name} | {shown(figure.ours)} | {shown(figure.reference)} | {ratio} |"


def _operations(count: Count) -> str:
    made = sorted(count.by_operation.items(), key=lambda item: (-item[1], item[0]))
    shown_operations = ", ".join(f"{name} {times}" for name, times in made)
    return f"{sum(times for _, times in made)}: {shown_operations}"


def _seconds(seconds: float | None) -> str:
    return f"not within {MOST_SECONDS}" if seconds is None else f"{seconds:.1f}"


def _machine() -> str:
    node = subprocess.run(
        ["node", "--version"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    return (
        f"{os.cpu_count()} cores of {platform_name()}, Python {platform.python_version()}, "
        f"Node {node.stdout.strip().removeprefix('v')}"
    )
