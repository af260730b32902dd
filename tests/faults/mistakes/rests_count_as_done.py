"""The rest of a file that an invocation leaves counts as done."""

from __future__ import annotations

from collections.abc import Iterable

from cqrs.imports.chunks.importer import BatchImporter, Import
from cqrs.imports.models import Row

_run = BatchImporter.run


def run(importer: BatchImporter, job: Import, rows: Iterable[Row], *, taken_over: int = 0) -> None:
    """Import rows, and forget what is left."""
    _run(importer, job, rows, taken_over=taken_over)


BatchImporter.run = run  # type: ignore[assignment]
