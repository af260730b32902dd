"""Following an import to its end, with its counts as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.terminal.screen import spinner
from cli.watching.looks import looks, not_over
from cqrs.errors import NotFoundError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from cqrs.imports.keys import ImportKey
    from cqrs.imports.models import ImportJob
    from cqrs.imports.service import ImportService


def watch_import(
    imports: ImportService,
    key: ImportKey,
    console: Console,
    look_again: str,
    seconds: float | None = None,
) -> ImportJob:
    """Show how an import goes on until it has ended, and return it.

    Parameters
    ----------
    look_again
        The command that shows it later.
    seconds
        How long at most; without an end by default.

    Raises
    ------
    NotFoundError
        If there is no such import.
    TransientError
        If it has not ended within that time.
    """
    with _progress(console) as progress:
        line = progress.add_task("", total=None, counts="")
        for job in looks(lambda: existing_import(imports, key), _is_over, seconds):
            _draw(progress, line, job)
    if not _is_over(job):
        raise not_over(key, seconds, look_again)
    return job


def existing_import(imports: ImportService, key: ImportKey) -> ImportJob:
    """An import as it is now.

    Raises
    ------
    NotFoundError
        If there is no such import.
    """
    job = imports.get(key)
    if job is None:
        raise NotFoundError(f"There is no import {key}; it was never made, or has expired.")
    return job


def _is_over(job: ImportJob) -> bool:
    return job.status.is_final


def _draw(progress: Progress, line: TaskID, job: ImportJob) -> None:
    counts = job.counts
    progress.update(
        line,
        description=job.status.value,
        # How many rows a file has is known at its end only, so there is no bar.
        total=max(counts.total, 1) if job.status.is_final else None,
        completed=counts.total,
        counts=(
            f"{counts.total:,} rows: {counts.succeeded:,} succeeded, {counts.skipped:,} skipped, "
            f"{counts.failed:,} failed"
        ),
    )


def _progress(console: Console) -> Progress:
    from rich.progress import (  # noqa: PLC0415 - not all is watched
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        SpinnerColumn(spinner(console)),
        TimeElapsedColumn(),
        TextColumn("{task.description:>10}", markup=False),
        TextColumn("{task.fields[counts]}", markup=False),
        console=console,
    )
