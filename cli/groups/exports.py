"""A tenant's data as files: exported, downloaded, and loaded into another environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import checked
from cli.command_group import CommandGroup
from cli.consent import is_agreed, refuse_without_answer
from cli.context import session_of
from cli.numbers import seconds_option
from cli.user import user
from cli.watching.looks import wait_while
from cqrs import __version__

if TYPE_CHECKING:
    from cqrs.exports.records import Export

LOOK_SECONDS = 2.0
"""Between two looks at commands that are waited for."""

COLUMNS = ("id", "moment", "by", "data", "history", "commands")

Tenant = Annotated[str, typer.Argument(help="Tenant code.", show_default=False)]
Folder = Annotated[Path, typer.Argument(help="Folder of the export.", show_default=False)]
Wait = Annotated[
    float, seconds_option("Wait so many seconds for commands that are being applied.", least=0)
]

group = typer.Typer(
    name="export",
    help="Write a tenant's data as files, and load them into another environment.",
    cls=CommandGroup,
    add_completion=False,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(group)


@group.command()
def run(
    context: typer.Context,
    tenant: Tenant,
    by: Annotated[
        str, typer.Option(default_factory=user, help="Who asks for it.", show_default="you")
    ],
    wait: Wait = 60,
) -> None:
    """Export a tenant's data, history and commands of this moment into the bucket.

    If this is killed, the same command goes on with it.
    """
    from cqrs.exports.exporter import Exporter  # noqa: PLC0415 - the help needs none of it

    session = session_of(context)
    exporter = Exporter(session.connection.services, _checked(tenant))
    export = exporter.begin(by, __version__)
    wait_while(lambda: exporter.under_way(export), wait, LOOK_SECONDS)
    console = session.output.progress()
    for table, count in exporter.run(export):
        console.print(f"{table}: {count}", highlight=False, markup=False)
    session.output.record(_row(export))
    for damaged in export.damaged:
        session.output.note(f"Left out: {damaged}")
    if export.damaged:
        raise typer.Exit(1)


@group.command("list")
def list_exports(context: typer.Context, tenant: Tenant) -> None:
    """List a tenant's exports, the oldest first; they expire after a month."""
    from cqrs.exports.records import ExportRecords  # noqa: PLC0415 - the help needs none of it

    session = session_of(context)
    records = ExportRecords(session.connection.services.objects, _checked(tenant))
    session.output.rows("exports", [_row(export) for export in records.finished()], COLUMNS)


@group.command()
def download(
    context: typer.Context,
    tenant: Tenant,
    export_id: Annotated[
        str, typer.Argument(metavar="ID", help="As `list` prints it.", show_default=False)
    ],
    to: Annotated[Path, typer.Option(help="Folder to write to.", show_default=False)],
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Write Parquet beside the lines; needs DuckDB.")
    ] = False,
) -> None:
    """Download an export, and check that it is whole."""
    from cli.exporting.folder import ExportFolder  # noqa: PLC0415 - the help needs none of it
    from cli.exporting.parquet import to_parquet  # noqa: PLC0415
    from cqrs.exports.records import ExportRecords  # noqa: PLC0415

    session = session_of(context)
    objects = session.connection.services.objects
    records = ExportRecords(objects, _checked(tenant))
    export = records.get(export_id)
    folder = ExportFolder(to)
    folder.download(objects, records, export)
    written = [str(path) for path in to_parquet(folder, export)] if parquet else []
    session.output.record({**_row(export), "folder": str(to), "parquet": written or None})


@group.command()
def load(
    context: typer.Context,
    folder: Folder,
    tenant: Annotated[
        str | None, typer.Option(help="Tenant that gets the data; by default the same.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="See whether it may be loaded, and load nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Wait = 60,
) -> None:
    """Load an export, in the order and the versions that it has.

    The last version of each item is published, so read models show it. A tenant that has other data
    is refused. If this is killed, the same command goes on with it. Exit 1 if a command has failed.
    """
    from cli.exporting.folder import ExportFolder  # noqa: PLC0415 - the help needs none of it
    from cqrs.core.clock import now_iso  # noqa: PLC0415
    from cqrs.exports.loader import Loaded, Loader  # noqa: PLC0415
    from cqrs.exports.moment import Cut  # noqa: PLC0415

    session = session_of(context)
    if not check:
        refuse_without_answer(session, "load", yes=yes)
    export = ExportFolder(folder).manifest()
    target = _checked(export.tenant if tenant is None else tenant)
    services = session.connection.services
    loader = Loader(services, target, export, ExportFolder(folder))
    items = loader.check()
    if check:
        session.output.record({**_row(export), "tenant": target, "items": items})
        return
    place = f"{items} items of {export.tenant} into {target} of {session.environment_name}"
    if not yes and not is_agreed(f"Load {place}?"):
        session.output.note("Nothing was loaded.")
        raise typer.Exit(1)
    loaded, console = Loaded(), session.output.progress()
    for table, loaded in loader.load():
        console.print(f"{table}: {loaded.stored[table]}", highlight=False, markup=False)
    cut = Cut(services, target, now_iso())
    wait_while(lambda: next(cut.under_way(), None), wait, LOOK_SECONDS)
    outcome = loader.outcome()
    session.output.record(
        {
            "tenant": target,
            **loaded.stored,
            "published": loaded.published,
            "being_applied": outcome.being_applied,
            "failed": outcome.failed,
            "untold": loaded.untold or None,
        }
    )
    if loaded.untold:
        session.output.note(
            "No sync handler has seen the items that are untold, as the state before has expired. "
            "Publish them again with a change, or rebuild the read models."
        )
    if outcome.failed:
        session.output.note(
            f"{outcome.failed} commands have failed, such as {outcome.examples[0]}: `cqrs doctor` "
            "says why. Mend the cause, and start them again by `cqrs retry`."
        )
        raise typer.Exit(1)


def _checked(tenant: str) -> str:
    from cqrs.core.tenants import checked_tenant  # noqa: PLC0415 - the help needs none of it

    return checked(checked_tenant, tenant)


def _row(export: Export) -> dict[str, Any]:
    counts = {name: export.counts.get(name, 0) for name in COLUMNS[3:]}
    return {
        "id": export.id,
        "tenant": export.tenant,
        "moment": export.moment,
        "by": export.by,
        **counts,
        "files": len(export.files),
        "finished_at": export.finished_at,
        "damaged": len(export.damaged) or None,
    }
