"""What the command line prints: tables for people, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

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
        Console().print(table)

    def rows(
        self, title: str, rows: Sequence[Row], columns: Sequence[str], *, more: Row | None = None
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
        """
        if self.as_json:
            self.document({"items": list(rows), **(more or {})})
            return
        console = Console()
        if not rows:
            console.print(f"No {title}.")
            return
        table = Table(box=None, pad_edge=False)
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*(_cell(row[name]) for name in columns))
        console.print(table)
        for name, value in (more or {}).items():
            if value is not None:
                console.print(f"There are more: go on with --{name} {value}", soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a line for people; a program gets one document and nothing else."""
        if not self.as_json:
            sys.stdout.write(f"{text}\n")

    def error(self, name: str, message: str) -> None:
        """Print why nothing was done."""
        if self.as_json:
            self.document({"error": name, "message": message})
        else:
            Console(stderr=True).print(f"[bold red]{name}[/]: ", end="")
            sys.stderr.write(f"{message}\n")

    def document(self, content: Any) -> None:
        """Print a JSON document."""
        sys.stdout.write(json.dumps(content, indent=2) + "\n")


def _cell(value: Any) -> Text:
    """A value as it is: what it holds is data, and no markup of rich."""
    if value is None:
        return Text("")
    if isinstance(value, dict | list):
        return Text(json.dumps(value, ensure_ascii=False))
    return Text(str(value))
