"""Importing CSV files, and following imports."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import checked
from cli.context import Session, session_of
from cli.default_command import DEFAULT, DefaultCommandGroup
from cli.deployed.function import ActionRefused, advising, invoke_action
from cli.groups.cancellation import CANCELLED_WITHIN_SECONDS, By, Reason, cancel_in_function
from cli.import_errors import errors_of, write_to
from cli.pages import Cursor, Limit
from cli.suggestions import FollowUp, command_line, explanation, follow_up
from cli.uploads import StoredFile, is_stored, readable_file, remove, upload
from cli.watching.followed_work import FollowedWork
from cli.watching.import_progress import existing_import, watch_import
from cqrs.actions import CANCEL_CSV_IMPORT, CREATE_CSV_IMPORT
from cqrs.core.tenants import checked_new_tenant, checked_tenant
from cqrs.imports.csv.encodings import checked_encoding
from cqrs.imports.keys import ImportKey, checked_target
from cqrs.imports.limits import DIRECT_BYTES
from cqrs.imports.models import ImportJob, ImportStatus, ProcessingMode, PublishMode, RowCounts
from cqrs.storage.paging import DEFAULT_PAGE

if TYPE_CHECKING:
    from cqrs.services import Services

SHOWN_ROWS = 5

Id = Annotated[
    str,
    typer.Argument(metavar="ID", help="As it was printed by the import.", show_default=False),
]
Watch = Annotated[
    bool,
    typer.Option(
        "--watch",
        help="Show the counts until its end; exit 1 if it failed, was cancelled or rejected rows.",
    ),
]

group = typer.Typer(
    name="import",
    help=(
        "Import CSV files: `cqrs import FILE --target T --tenant X`, which is short for "
        "`cqrs import run FILE ...`."
    ),
    cls=DefaultCommandGroup,
    add_completion=False,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(group)


@group.command(DEFAULT)
def run(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A CSV file, or s3://bucket/key for one that is uploaded already.",
            show_default=False,
        ),
    ],
    target: Annotated[
        str, typer.Option(help="The target that its rows are for.", show_default=False)
    ],
    tenant: Annotated[str, typer.Option(help="Tenant code.", show_default=False)],
    mode: Annotated[
        ProcessingMode,
        typer.Option(
            help="STEP_FUNCTION: by the state machine, many rows at a time. DIRECT: by the "
            "function alone, in the order of the file, which has "
            f"{DIRECT_BYTES // 1024 // 1024} MB at most then."
        ),
    ] = ProcessingMode.STEP_FUNCTION,
    encoding: Annotated[
        str | None,
        typer.Option(
            help="How the file is encoded, such as cp932 or utf-16; by default UTF-8, the only one "
            "that mode STEP_FUNCTION takes.",
            show_default=False,
        ),
    ] = None,
    publish_mode: Annotated[
        PublishMode | None,
        typer.Option(
            help="SYNC: apply rows as they are read. ASYNC: by a command execution for each row. "
            "By default as the target's strategy says.",
            show_default=False,
        ),
    ] = None,
    watch: Watch = False,
) -> None:
    """Upload a CSV file and import its rows; `run` may be left out."""
    session = session_of(context)
    checked(checked_target, target)
    checked(checked_new_tenant, tenant)
    checked(lambda given: checked_encoding(given, mode), encoding)
    options = {
        "target": target,
        "tenant": tenant,
        "mode": mode.value,
        "publish_mode": None if publish_mode is None else publish_mode.value,
        **({} if encoding is None else {"encoding": encoding}),
    }
    if is_stored(file):
        made = _make(session, StoredFile.parse(file), options)
    else:
        made = _upload_and_make(session, _fitting_file(file, mode), options)
    followed(session, ImportKey.from_mapping(made)).tell_made(made, watched=watch)


@group.command()
def status(context: typer.Context, import_id: Id, watch: Watch = False) -> None:
    """Show how an import does; exit 0 whatever its status, unless it is watched."""
    session, key = session_of(context), checked(ImportKey.parse, import_id)
    followed(session, key).tell(watched=watch)


@group.command("list")
def list_imports(
    context: typer.Context,
    tenant: Annotated[str, typer.Option(help="Tenant code.", show_default=False)],
    status: Annotated[ImportStatus | None, typer.Option(help="Only with this status.")] = None,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> None:
    """List a tenant's imports, the newest first."""
    session = session_of(context)
    imports = session.connection.services.imports
    checked(checked_tenant, tenant)
    page = checked(lambda given: imports.list(tenant, status, limit=limit, cursor=given), cursor)
    session.output.rows(
        "imports",
        [_life(job) for job in page.jobs],
        ("id", "status", "target", *RowCounts().to_mapping(), "created_at"),
        none="`cqrs import FILE --target TARGET --tenant TENANT` makes one.",
        more={"cursor": page.cursor},
        notes=[damaged.problem for damaged in page.damaged],
    )


@group.command()
def cancel(
    context: typer.Context,
    import_id: Id,
    by: By,
    reason: Reason = "",
) -> None:
    """End an import that shall not go on; what it has imported stays.

    May be repeated: a cancelled import answers as it did.
    """
    session, key = session_of(context), checked(ImportKey.parse, import_id)
    services = session.connection.services
    # The function runs the sync handlers of rows that it has published.
    look = followed(session, key).look
    cancel_in_function(services, CANCEL_CSV_IMPORT, key, by, reason, look)
    console = session.output.progress()
    job = watch_import(
        services.imports, key, console, _later(session, key), CANCELLED_WITHIN_SECONDS
    )
    _show(session, job)
    if job.status is not ImportStatus.CANCELLED:
        raise typer.Exit(1)
    session.output.note(f"\nIt is cancelled. The rows that it published stay: {_rows(job)}.")


@group.command()
def errors(
    context: typer.Context,
    import_id: Id,
    file: Annotated[
        Path | None,
        typer.Option("-o", "--to", metavar="FILE", help="Where to write them; by default stdout."),
    ] = None,
) -> None:
    """Download the rows that an import rejected, as CSV with number and reason."""
    session, key = session_of(context), checked(ImportKey.parse, import_id)
    services = session.connection.services
    job = existing_import(services.imports, key)
    pieces = errors_of(services, job, _later(session, key).look_again)
    if file is not None:
        write_to(file, pieces)
        session.output.record({"id": str(key), "rows": job.counts.failed, "file": str(file)})
    elif session.output.as_json:
        rows = [row.to_mapping() for row in services.imports.rejected_rows(key)]
        session.output.document({"items": rows})
    else:
        session.output.file(pieces)


def _fitting_file(name: str, mode: ProcessingMode) -> Path:
    path = readable_file(name)
    size = path.stat().st_size
    if mode is ProcessingMode.DIRECT and size > DIRECT_BYTES:
        raise typer.BadParameter(
            f"{name} has {size:,} bytes; mode DIRECT takes {DIRECT_BYTES:,} at most. Import it "
            "with mode STEP_FUNCTION"
        )
    return path


def _upload_and_make(session: Session, path: Path, options: dict[str, Any]) -> dict[str, Any]:
    services = session.connection.services
    stored = upload(services, path, options["tenant"], session.output.progress())
    try:
        return _make(session, stored, options)
    except ActionRefused:
        remove(services, stored)
        raise


def _make(session: Session, stored: StoredFile, options: dict[str, Any]) -> dict[str, Any]:
    # Only the deployed function knows which targets there are.
    place = {"bucket": stored.bucket, "key": stored.key}
    look = command_line(session.connection, "import", "list", "--tenant", options["tenant"])
    with advising(f"`{look}` shows whether it was made."):
        services = session.connection.services
        made = invoke_action(services, CREATE_CSV_IMPORT, {**place, **options})
    return {**made, "file": str(stored)}


def followed(session: Session, key: ImportKey) -> FollowedWork[ImportJob]:
    """An import as this command line follows it."""
    imports = session.connection.services.imports
    return FollowedWork(
        session,
        ("import", "status", "--watch"),
        (str(key),),
        look=lambda: existing_import(imports, key),
        watch=lambda seconds: watch_import(
            imports, key, session.output.progress(), _later(session, key), seconds
        ),
        show=lambda job: _show(session, job),
        is_success=lambda job: job.status is ImportStatus.COMPLETED,
    )


def _show(session: Session, job: ImportJob) -> None:
    """Print an import, and the first rows that it rejected or passed over."""
    rejected = _first_rejected(session.connection.services, job)
    passed_over = _first_passed_over(session.connection.services, job)
    if session.output.as_json:
        more = {"rejected_rows": rejected, "passed_over_rows": passed_over}
        session.output.document({**_life(job), **more})
        return
    session.output.record(_life(job))
    if passed_over:
        session.output.note("\nThe first rows that the strategy passed over:")
        session.output.rows("rows", passed_over, ("row", "reason"))
    if rejected:
        session.output.note("\nThe first rows that were rejected:")
        session.output.rows("rejected rows", rejected, ("row", "reason"))
    if job.errors_key is not None:
        whole = command_line(
            session.connection, "import", "errors", "-o", "errors.csv", keys=[str(job.key)]
        )
        session.output.note(f"\nAll of them: {whole}")
    if job.counts.failed or job.status is ImportStatus.FAILED:
        explain = explanation(session.connection, [str(job.key)])
        session.output.note(f"\nSee what happened: {explain}")


def _later(session: Session, key: ImportKey) -> FollowUp:
    return follow_up(session.connection, "import", "status", keys=[str(key)])


def _rows(job: ImportJob) -> str:
    published = job.counts.succeeded
    return f"{published:,} {'row' if published == 1 else 'rows'}"


def _first_rejected(services: Services, job: ImportJob) -> list[dict[str, Any]]:
    if not job.counts.failed:
        return []
    rows = islice(services.imports.rejected_rows(job.key), SHOWN_ROWS)
    return [{"row": row.number, "reason": row.reason} for row in rows]


def _first_passed_over(services: Services, job: ImportJob) -> list[dict[str, Any]]:
    if not job.passed_over:
        return []
    rows = islice(services.imports.passed_over_rows(job.key), SHOWN_ROWS)
    return [row.to_mapping() for row in rows]


def _life(job: ImportJob) -> dict[str, Any]:
    return {
        "id": str(job.key),
        "target": job.key.target,
        "file": str(StoredFile(job.bucket, job.object_key)),
        "mode": job.mode.value,
        "publish_mode": job.publish_mode.value,
        "encoding": job.encoding,
        "status": job.status.value,
        **job.counts.to_mapping(),
        "passed_over": job.passed_over,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "seconds": _seconds(job),
        "error": job.error,
        "cause": job.cause,
    }


def _seconds(job: ImportJob) -> float | None:
    """How long it was worked on, once that is over; None if its times cannot be read."""
    if job.started_at is None or job.finished_at is None:
        return None
    try:
        duration = datetime.fromisoformat(job.finished_at) - datetime.fromisoformat(job.started_at)
    except (TypeError, ValueError):
        return None
    return round(duration.total_seconds(), 3)
