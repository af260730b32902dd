"""Use case 3: airports imported from CSV files, one of which has rows that must be rejected.

Source: guide, "Use case 3: large CSV imports".
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from rich.console import Console

from app.airports_import import AIRPORTS
from cli.suggestions import follow_up
from cli.uploads import upload
from cli.watching.import_progress import watch_import
from cqrs import DataItem
from cqrs.imports.models import ImportJob, ImportStatus, ProcessingMode, RowCounts
from demo.airports import Airport, airports_file, first_airports
from demo.checks import Check, print_checks
from demo.heading import print_heading
from demo.run import Run
from demo.spoilt_rows import ROWS, SPOILT, told_right, write_spoilt_file
from demo.stored import dead_letters

READ_BYTES = 65536


@dataclass(frozen=True, slots=True)
class _Import:
    """An import at its end.

    Attributes
    ----------
    seconds
        From its making to its end.
    right_items
        Airports that are in the data table then just as their rows say.
    """

    job: ImportJob
    seconds: float
    right_items: int


def demonstrate_imports(run: Run, console: Console) -> bool:
    """Import a spoilt part of the file, all of it, and that again; True if all is right."""
    # The airports of the other use cases have versions of their own, which would not be skipped.
    run = replace(run, tenant=f"{run.tenant}-imports", airports=first_airports())
    every = len(run.airports)
    print_heading(
        console,
        "Imports",
        f"{ROWS} airports, of which {len(SPOILT)} must be rejected, then all "
        f"{every:,} twice, tenant {run.tenant}",
    )
    part, whole, again = _import_all(run, console)
    good = ROWS - len(SPOILT)
    checks = [
        *_part_checks(run, part, good),
        *_whole_checks(whole, every, good),
        *_repeat_checks(run, again, every),
        Check("messages in dead-letter queues", dead_letters(run.connection), 0),
    ]
    footer = f"part {part.seconds:.1f} s, file {whole.seconds:.1f} s, again {again.seconds:.1f} s"
    print_checks(console, "The rows and their ends", checks, footer)
    for ended in (part, whole, again):
        if ended.job.error:
            reason = f"{ended.job.error}: {ended.job.cause}"
            console.print(f"{ended.job.key}: {reason}", soft_wrap=True, markup=False)
    console.print(f"Look at it: .venv/bin/cqrs import errors '{part.job.key}'", soft_wrap=True)
    return all(check.holds for check in checks)


def _import_all(run: Run, console: Console) -> tuple[_Import, _Import, _Import]:
    """The spoilt part of the file, all of it, and that again."""
    with TemporaryDirectory() as folder:
        spoilt_file = Path(folder, "spoilt.csv")
        write_spoilt_file(spoilt_file)
        part = _import(run, spoilt_file, ProcessingMode.STEP_FUNCTION, console)
    whole = _import(run, airports_file(), ProcessingMode.DIRECT, console)
    return part, whole, _import(run, airports_file(), ProcessingMode.DIRECT, console)


def _import(run: Run, file: Path, mode: ProcessingMode, console: Console) -> _Import:
    services = run.connection.services
    stored = upload(services, file, run.tenant, console)
    started = monotonic()
    key = services.imports.create_csv_import(stored.bucket, stored.key, AIRPORTS, run.tenant, mode)
    later = follow_up(run.connection, "import", "status", keys=[str(key)])
    job = watch_import(services.imports, key, console, later)
    return _Import(job, monotonic() - started, _right_items(run))


def _part_checks(run: Run, part: _Import, good: int) -> list[Check]:
    errors = _errors_file(run, part.job)
    bad = len(SPOILT)
    return [
        _status_check("part", part.job, ImportStatus.COMPLETED_WITH_ERRORS),
        *_count_checks("part", part.job, RowCounts(ROWS, succeeded=good, failed=bad)),
        Check("part: rows in its errors file", len(errors), bad),
        Check("part: of these, spoilt and told why", told_right(errors), bad),
        Check("part: airports as in the file", part.right_items, good),
    ]


def _whole_checks(whole: _Import, every: int, good: int) -> list[Check]:
    counts = RowCounts(every, succeeded=every - good, skipped=good)
    return [
        _status_check("file", whole.job, ImportStatus.COMPLETED),
        *_count_checks("file", whole.job, counts),
        Check("file: airports as in the file", whole.right_items, every),
    ]


def _repeat_checks(run: Run, again: _Import, every: int) -> list[Check]:
    first_versions = sum(item.version == 1 for item in _items(run))
    return [
        _status_check("again", again.job, ImportStatus.COMPLETED),
        *_count_checks("again", again.job, RowCounts(every, skipped=every)),
        Check("again: airports at version 1", first_versions, every),
    ]


def _status_check(what: str, job: ImportJob, expected: ImportStatus) -> Check:
    return Check(f"{what}: {expected.value}", int(job.status is expected), 1)


def _count_checks(what: str, job: ImportJob, expected: RowCounts) -> list[Check]:
    counted = job.counts.to_mapping()
    return [
        Check(f"{what}: counted as {name}", counted[name], number)
        for name, number in expected.to_mapping().items()
    ]


def _errors_file(run: Run, job: ImportJob) -> list[dict[str, str]]:
    if job.errors_key is None:
        return []
    content = b"".join(run.connection.services.objects.stream(job.errors_key, 0, READ_BYTES))
    return list(csv.DictReader(content.decode("utf-8-sig").splitlines()))


def _right_items(run: Run) -> int:
    airports = {run.sort_key(airport): airport for airport in run.airports}
    return sum(_is_right(item, airports.get(item.key.sk)) for item in _items(run))


def _items(run: Run) -> list[DataItem]:
    return list(run.connection.services.data.list_all(run.pk))


def _is_right(item: DataItem, airport: Airport | None) -> bool:
    return (
        airport is not None
        and item.name == airport.name
        and item.attributes
        == {
            "city": airport.city,
            "state": airport.state,
            "country": airport.country,
            "latitude": airport.latitude,
            "longitude": airport.longitude,
        }
    )
