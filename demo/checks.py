"""What a demonstration counts, what it should have counted, and the table of both."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Check:
    """A count, and what it must be."""

    what: str
    counted: int
    expected: int

    @property
    def holds(self) -> bool:
        """Whether the count is right."""
        return self.counted == self.expected


def print_checks(console: Console, title: str, checks: list[Check], footer: str) -> None:
    """Print the counts as a table."""
    table = Table(title=title, title_justify="left", caption=footer, caption_justify="left")
    table.add_column("")
    table.add_column("counted", justify="right")
    table.add_column("expected", justify="right")
    table.add_column("")
    for check in checks:
        verdict = "[green]ok[/]" if check.holds else "[bold red]wrong[/]"
        table.add_row(check.what, str(check.counted), str(check.expected), verdict)
    console.print(table)
