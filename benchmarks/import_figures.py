"""The text that the benchmark of imports prints."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.bare_loop import BATCH as BARE_BATCH
from tests.integration.importing.driver import AT_ONCE, BATCH

COMPARED = f"""\
import     Each row's command and item, exactly once, in transactions on conditions:
           {BATCH} rows a call of the function, {AT_ONCE} calls at a time.
again      The same file again: each row is compared with its item, and skipped.
bare loop  The same items into one table, without commands and conditions:
           {BARE_BATCH} items a BatchWriteItem, one after the other, from this process.
"""

COUNTED = f"""\
The bare loop makes {1000 / BARE_BATCH:.0f}.
GetItem reads a tenant's TTL settings, once in each of the function's processes.
"""


@dataclass(frozen=True, slots=True)
class Round:
    """Rows a second.

    Attributes
    ----------
    first, again
        Imports of new rows, and of the same file again.
    bare
        The loop of BatchWriteItem.
    """

    first: float
    again: float
    bare: float


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests for 1,000 rows, by operation."""

    first: Mapping[str, float]
    again: Mapping[str, float]


def print_speeds(console: Console, rounds: Sequence[Round], rows: int) -> None:
    """Print how fast each was, and how fast beside the bare loop of its own round."""
    table = Table("", title=f"{rows:,} rows: median of {len(rounds)} (range)", title_justify="left")
    table.add_column("rows a second", justify="right")
    table.add_column("bare loop = 1", justify="right")
    first, again, bare = ([*speeds] for speeds in zip(*map(_speeds, rounds), strict=True))
    table.add_row("import", _figure(first), _figure(_ratios(first, bare), digits=2))
    table.add_row("again", _figure(again), _figure(_ratios(again, bare), digits=2))
    table.add_row("bare loop", _figure(bare), "")
    console.print(table)
    console.print(COMPARED, highlight=False, soft_wrap=True)


def print_requests(console: Console, requests: Requests) -> None:
    """Print what was asked of AWS."""
    table = Table("", title="Requests for 1,000 rows", title_justify="left")
    table.add_column("import", justify="right")
    table.add_column("again", justify="right")
    columns = (requests.first, requests.again)
    for operation in sorted({*requests.first, *requests.again}):
        table.add_row(operation, *(f"{made.get(operation, 0):.1f}" for made in columns))
    table.add_section()
    table.add_row("all", *(f"{sum(made.values()):.1f}" for made in columns))
    console.print(table)
    console.print(COUNTED, highlight=False, soft_wrap=True)


def _speeds(one: Round) -> tuple[float, float, float]:
    return one.first, one.again, one.bare


def _ratios(speeds: Sequence[float], bare: Sequence[float]) -> list[float]:
    return [speed / floor for speed, floor in zip(speeds, bare, strict=True)]


def _figure(values: Sequence[float], digits: int = 0) -> str:
    median, least, most = statistics.median(values), min(values), max(values)
    return f"{median:,.{digits}f} ({least:,.{digits}f} to {most:,.{digits}f})"
