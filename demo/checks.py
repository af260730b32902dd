"""A demonstration's counts, those that are right, and the table of both."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text


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

    @property
    def right(self) -> str:
        """The right value, in words."""
        return str(self.expected)


@dataclass(frozen=True, slots=True)
class Bound(Check):
    """A count that may be less than what is said of it."""

    @property
    def holds(self) -> bool:
        """Whether the count is right."""
        return self.counted <= self.expected

    @property
    def right(self) -> str:
        """The right value, in words."""
        return f"at most {self.expected}"


def print_checks(console: Console, title: str, checks: list[Check], footer: str) -> None:
    """Print the counts as a table."""
    table = Table(title=title, title_justify="left", caption=footer, caption_justify="left")
    table.add_column("")
    table.add_column("counted", justify="right")
    table.add_column("expected", justify="right")
    table.add_column("")
    for check in checks:
        verdict = Text("ok", "green") if check.holds else Text("wrong", "bold red")
        table.add_row(check.what, str(check.counted), check.right, verdict)
    console.print(table)
