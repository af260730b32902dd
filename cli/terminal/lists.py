"""The layout of a list: a table, or blocks if the screen is too narrow for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

GAP = 2
INDENT = 2

READABLE = 20
"""Characters that a column of a table must have, if its cells do not need fewer."""

Cells = Mapping[str, str]


def laid_out(
    rows: Sequence[Cells], columns: Sequence[str], whole: Sequence[str], width: int
) -> list[RenderableType]:
    """Lay out a list, so that every cell of it can be read.

    Parameters
    ----------
    rows
        Cells by column; each is one line.
    columns
        The columns that are shown, in this order.
    whole
        Those of them that nothing breaks, as they may be copied.
    width
        Characters of a line.
    """
    unbroken = [name for name in columns if name in whole]
    widths = _fitting_widths(rows, columns, unbroken, width)
    if widths is not None:
        return [_table(rows, widths)]
    others = [name for name in columns if name not in unbroken]
    return [drawing for row in rows for drawing in _block(row, unbroken, others, width)]


def _fitting_widths(
    rows: Sequence[Cells], columns: Sequence[str], unbroken: Sequence[str], width: int
) -> dict[str, int] | None:
    """Width of each column, the widest narrowed first; None if they do not fit."""
    natural = {
        name: max(cell_len(name), *(cell_len(row[name]) for row in rows)) for name in columns
    }
    widths = {
        name: size if name in unbroken else min(size, width) for name, size in natural.items()
    }
    foldable = [name for name in columns if name not in unbroken]
    while sum(widths.values()) + GAP * (len(columns) - 1) > width:
        widest = max(foldable, key=lambda name: widths[name], default=None)
        if widest is None or widths[widest] <= READABLE:
            return None
        widths[widest] -= 1
    return widths


def _table(rows: Sequence[Cells], widths: Mapping[str, int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for name, size in widths.items():
        table.add_column(name, width=size, overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[name]) for name in widths))
    return table


def _block(
    row: Cells, headlines: Sequence[str], others: Sequence[str], width: int
) -> list[RenderableType]:
    """One entry: what names it on a line of its own, the rest below as far as there is any."""
    titles = [Text(row[name], style="bold", no_wrap=True, overflow="ignore") for name in headlines]
    pairs = [(name, row[name]) for name in others if row[name]]
    if not titles:
        first, *pairs = pairs or [(others[0], "")]
        titles = [Text(" ".join(first), style="bold", overflow="fold")]
    room = max(width - INDENT, 1)
    lines = [
        Padding(Text.assemble(*line, overflow="fold"), (0, 0, 0, INDENT), expand=False)
        for line in _flowing(pairs, room)
    ]
    return [*titles, *lines]


def _flowing(pairs: Sequence[tuple[str, str]], room: int) -> list[list[str | tuple[str, str]]]:
    """Names and values one behind the other, and a new line if one does not fit any more."""
    lines: list[list[str | tuple[str, str]]] = []
    used = room
    for name, value in pairs:
        size = cell_len(name) + 1 + cell_len(value)
        if used + GAP + size > room:
            lines.append([])
            used = 0
        else:
            lines[-1].append(" " * GAP)
            used += GAP
        lines[-1] += [(name, "dim"), f" {value}"]
        used += size
    return lines
