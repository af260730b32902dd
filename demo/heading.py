"""The line that begins a use case of the demonstration."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text


def print_heading(console: Console, name: str, what: str) -> None:
    """Print the name of a use case, and what it is going to do."""
    console.print()
    console.print(Text.assemble((name, "bold"), f": {what}"))
