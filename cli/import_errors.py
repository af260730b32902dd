"""The file of an import's rejected rows, as it is downloaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cqrs.errors import CqrsError
from cqrs.imports.csv.errors_file import errors_csv

if TYPE_CHECKING:
    from cqrs.imports.models import ImportJob
    from cqrs.services import Services

READ_BYTES = 256 * 1024


class NoErrorsFile(CqrsError):
    """An import has no file of rejected rows, or not yet."""


def errors_file_of(job: ImportJob, look_again: str) -> str:
    """Object that holds an import's rejected rows; ``look_again`` shows the import later.

    Raises
    ------
    NoErrorsFile
        If there is none; the message says why.
    """
    if not job.status.is_final:
        raise NoErrorsFile(
            f"Import {job.key} is {job.status.value}, and its errors file is written at its end: "
            f"wait for that with `{look_again} --watch`."
        )
    if job.errors_key is None:
        failure = f" It failed as a whole: {job.cause}" if job.cause else ""
        raise NoErrorsFile(f"Import {job.key} rejected no row, so it has no errors file.{failure}")
    return job.errors_key


def errors_of(services: Services, job: ImportJob, look_again: str) -> Iterator[bytes]:
    """The errors file of an import, piece by piece; from the table if the file has not all rows.

    Raises
    ------
    NoErrorsFile
        If there is none; the message says why.
    """
    object_key = errors_file_of(job, look_again)
    if job.errors_listed is None:
        return services.objects.stream(object_key, 0, READ_BYTES)
    return errors_csv(job.columns, services.imports.rejected_rows(job.key))


def write_to(file: Path, given: Iterator[bytes]) -> None:
    """Write pieces to a local file."""
    pieces = _begun(given)
    try:
        target = file.open("wb")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}") from None
    try:
        with target:
            target.writelines(pieces)
    except OSError as error:
        # Writing, unlike opening, does not tell which file it is about.
        raise OSError(error.errno, error.strerror, str(file)) from error


def _begun(pieces: Iterator[bytes]) -> Iterable[bytes]:
    """Pieces of which the first is read, so that a file is not emptied for what is not there."""
    return chain([next(pieces, b"")], pieces)
