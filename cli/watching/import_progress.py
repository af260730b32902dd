"""Following an import to its end, with its counts as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.watching.watched import watched
from cqrs.errors import NotFoundError

if TYPE_CHECKING:
    from rich.console import Console

    from cli.suggestions import FollowUp
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.models import ImportJob
    from cqrs.imports.service import ImportService


def watch_import(
    imports: ImportService,
    key: ImportKey,
    console: Console,
    later: FollowUp,
    seconds: float | None = None,
) -> ImportJob:
    """Show how an import goes on until it has ended, and return it.

    Parameters
    ----------
    later
        The commands for whoever waits no longer.
    seconds
        How long at most; without an end by default.

    Raises
    ------
    NotFoundError
        If there is no such import.
    TransientError
        If it has not ended within that time.
    """
    return watched(
        key,
        lambda: existing_import(imports, key),
        lambda job: job.status.is_final,
        _state,
        console,
        later,
        seconds,
    )


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


def _state(job: ImportJob) -> str:
    counts = job.counts
    return (
        f"{job.status.value}, {counts.total:,} rows: {counts.succeeded:,} succeeded, "
        f"{counts.skipped:,} skipped, {counts.failed:,} failed"
    )
