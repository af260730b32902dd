"""A line on a terminal that tells how what is waited for does, and is gone when that is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.terminal.escapes import escaped
from cli.terminal.screen import spinner

if TYPE_CHECKING:
    from rich.console import Console

Tell = Callable[[str], None]


@contextmanager
def live_line(console: Console, subject: object) -> Iterator[Tell]:
    """Show what is waited for, for how long, and the state that the block gives.

    Parameters
    ----------
    console
        Shows it; a quiet one shows nothing.
    subject
        The name of what is waited for.
    """
    if console.quiet:
        yield lambda _: None
        return
    from rich.progress import (  # noqa: PLC0415 - not all is watched
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    with Progress(
        SpinnerColumn(spinner(console)),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=console.is_terminal,
    ) as progress:
        line = progress.add_task(_shown(f"waiting for {subject}", console), total=None)
        yield lambda state: progress.update(
            line, description=_shown(f"{subject}: {state}", console)
        )


def _shown(text: str, console: Console) -> str:
    """Text as the console shows it, to lay it out."""
    return escaped(text, console.encoding)
