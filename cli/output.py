"""What the command line prints: tables for people, one JSON document for programs."""

from __future__ import annotations

import errno
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cqrs.json_text import to_json

LINE_LENGTH = 1_000_000
"""Width of a table where there is no screen that limits it."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Output:
    """Prints results and errors in the form that was asked for.

    Attributes
    ----------
    as_json
        One JSON document on stdout, and nothing else there.
    """

    as_json: bool

    def record(self, row: Row) -> None:
        """Print one thing with its properties."""
        if self.as_json:
            self.document(row)
            return
        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for name, value in row.items():
            table.add_row(name, _cell(value))
        _draw(table)

    def rows(
        self,
        title: str,
        rows: Sequence[Row],
        columns: Sequence[str],
        *,
        more: Row | None = None,
        lines: tuple[str, str] | None = None,
        note: str = "",
    ) -> None:
        """Print a list.

        Parameters
        ----------
        title
            What is listed.
        rows
            All with the same properties.
        columns
            The properties that a table has room for; JSON has them all.
        more
            How to go on where the list does not end here, such as ``{"cursor": ...}``.
        lines
            Two properties, of which the second is printed below the table on a line of its own
            that nothing breaks, as it may be copied; the first says what it belongs to.
        note
            What is to be known beyond the list.
        """
        if self.as_json:
            notes = {"note": note} if note else {}
            self.document({"items": list(rows), **(more or {}), **notes})
            return
        if rows:
            self._table(rows, columns)
        elif not note:
            self.note(f"No {title}.")
        if lines is not None:
            self._lines(rows, *lines)
        for name, value in (more or {}).items():
            if value is not None:
                self.note(f"There are more: go on with --{name} {value}")
        if note:
            self.note(note)

    def note(self, text: str) -> None:
        """Print a line for people; a program gets one document and nothing else."""
        if not self.as_json:
            _write(f"{text}\n")

    def error(self, name: str, message: str) -> None:
        """Print why nothing was done."""
        if self.as_json:
            self.document({"error": name, "message": message})
        elif sys.stderr is not None:
            Console(stderr=True).print(f"[bold red]{name}[/]: ", end="")
            sys.stderr.write(f"{message}\n")

    def document(self, content: Any) -> None:
        """Print a JSON document."""
        _write(to_json(content, ascii_only=True, indent=2) + "\n")

    @staticmethod
    def _table(rows: Sequence[Row], columns: Sequence[str]) -> None:
        table = Table(box=None, pad_edge=False)
        for name in columns:
            # An id is there to be copied.
            table.add_column(name, overflow="fold", no_wrap=name == "id")
        for row in rows:
            table.add_row(*(_cell(row[name]) for name in columns))
        _draw(table)

    def _lines(self, rows: Sequence[Row], owner: str, name: str) -> None:
        for row in rows:
            self.note(f"\n{name} of {row[owner]}:\n{row[name]}")


def flush() -> None:
    """Write out what was printed.

    Raises
    ------
    OSError
        The disk is full, or nobody reads any more.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def _draw(table: Table) -> None:
    console = Console()
    if not console.is_terminal:
        # Whoever reads it is no person at a screen, and would have to put keys together again.
        console = Console(width=LINE_LENGTH)
    with console.capture() as drawn:
        console.print(table)
    _write(drawn.get())


def _write(text: str) -> None:
    if sys.stdout is None:
        raise OSError(errno.EBADF, "it is closed")
    sys.stdout.write(text)


def _cell(value: Any) -> Text:
    """A value as it is: what it holds is data, and no markup of rich."""
    if value is None:
        return Text("")
    if isinstance(value, dict | list | set):
        return Text(to_json(value))
    return Text(str(value))
