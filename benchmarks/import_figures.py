"""The text that the benchmark of imports prints."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.bare_loop import BATCH as BARE_BATCH
from tests.integration.importing.driver import AT_ONCE, BATCH

COMPARED = f"""\
import         Each row's command and item, exactly once, in transactions on conditions:
               {BATCH} rows a call of the function, {AT_ONCE} calls at a time.
same requests  What the import reads and writes, prepared before: {AT_ONCE} processes send it.
again          The same file again: each row is compared with its item, and skipped.
bare loop      The same items into one table, without commands and conditions:
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
    same
        An import's requests without the runtime.
    bare
        The loop of BatchWriteItem.
    """

    first: float
    same: float
    again: float
    bare: float


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests for 1,000 rows, by operation."""

    first: Mapping[str, float]
    again: Mapping[str, float]


def print_speeds(console: Console, rounds: Sequence[Round], rows: int) -> None:
    """Print how fast each was, and how fast beside the floors of its own round."""
    title = f"{rows:,} rows: median of {len(rounds)} (range)"
    # So that it fits into a terminal of 80.
    table = Table("", title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False)
    table.pad_edge, table.collapse_padding = False, True
    table.add_column("rows a second", justify="right")
    table.add_column("same requests = 1", justify="right")
    table.add_column("bare loop = 1", justify="right")
    first, same, again, bare = ([*speeds] for speeds in zip(*map(_speeds, rounds), strict=True))
    table.add_row("import", _figure(first), _ratio(first, same), _ratio(first, bare))
    table.add_row("same requests", _figure(same), "", _ratio(same, bare))
    table.add_row("again", _figure(again), "", _ratio(again, bare))
    table.add_row("bare loop", _figure(bare), "", "")
    console.print(table)
    console.print()
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


def _speeds(one: Round) -> tuple[float, float, float, float]:
    return one.first, one.same, one.again, one.bare


def _ratio(speeds: Sequence[float], floors: Sequence[float]) -> str:
    pairs = zip(speeds, floors, strict=True)
    return _figure([speed / floor for speed, floor in pairs], digits=2)


def _figure(values: Sequence[float], digits: int = 0) -> str:
    median, least, most = statistics.median(values), min(values), max(values)
    return f"{median:,.{digits}f} ({least:,.{digits}f} to {most:,.{digits}f})"
