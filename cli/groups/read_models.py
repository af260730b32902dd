"""Read models: how they stand, rebuilds, replays, and the database of those in SQL."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated, Any

import typer

from cli.arguments import checked
from cli.command_group import CommandGroup
from cli.consent import is_agreed, refuse_without_answer
from cli.context import Session, session_of
from cli.deployed.function import invoke_action
from cli.moments import WHEN, moment_of
from cli.numbers import whole_option
from cli.pages import Cursor, Limit
from cqrs.core.clock import iso
from cqrs.errors import CqrsError, NotFoundError, ValidationError
from cqrs.storage.paging import DEFAULT_PAGE

OVER = {"done", "cancelled", "ready"}
"""Phases of a run in which nothing happens by itself."""

LOOK_SECONDS = 1.0

Name = Annotated[str, typer.Argument(metavar="NAME", help="The read model.", show_default=False)]
Segments = Annotated[
    int, whole_option("Parts that the data table is read in, at once.", least=1, most=64)
]
Rate = Annotated[
    int, whole_option("Items a second at most; 0 for no bound.", least=0, most=1_000_000)
]
Watch = Annotated[
    bool,
    typer.Option(
        "--watch", help="Show its progress until its end; exit with 1 if it refused items or waits."
    ),
]
BESIDE_ITEM = {
    "item_type": "--type",
    "tenant": "--tenant",
    "since": "--since",
    "segments": "--segments",
    "rate": "--rate",
    "watch": "--watch",
}
"""Options of a replay of many items, by their parameters."""

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first.")]

group = typer.Typer(
    name="read-model",
    help="Rebuild read models, tell items to them again, and migrate SQL.",
    cls=CommandGroup,
    add_completion=False,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(group)


@group.command("list")
def list_read_models(context: typer.Context) -> None:
    """List all read models, each with its generations and its newest run."""
    session = session_of(context)
    models = invoke_action(session.connection.services, "list_read_models", {})
    rows = [_row(model) for model in models]
    session.output.rows(
        "read models",
        rows,
        ("name", "item_types", "living", "building", "previous", "run"),
        none="@application.read_model declares one.",
    )


@group.command()
def show(context: typer.Context, name: Name) -> None:
    """Show a read model: its generations, and its newest run with what it has counted."""
    session = session_of(context)
    _show(session, invoke_action(session.connection.services, "show_read_model", {"name": name}))


@group.command()
def entries(
    context: typer.Context,
    name: Name,
    partition: Annotated[
        str,
        typer.Argument(
            metavar="PARTITION",
            help="Partition key, as the projection gives it.",
            show_default=False,
        ),
    ],
    prefix: Annotated[str, typer.Option(help="Only entries whose sort key begins so.")] = "",
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> None:
    """List the entries of a partition, by their sort keys, from the generation that is read.

    Those of read models in SQL, or in a place of your own, are asked for there.
    """
    session = session_of(context)
    session.only_reads = True
    models = session.connection.services.read_models
    page = checked(
        lambda given: models.list(name, partition, sk_prefix=prefix, limit=limit, cursor=given),
        cursor,
    )
    is_empty = not page.entries and cursor is None
    session.output.rows(
        "entries",
        [
            {"sk": entry.sk, "name": entry.name, "attributes": {**entry.attributes}}
            for entry in page.entries
        ],
        ("sk", "name", "attributes"),
        whole=("sk",),
        more={"cursor": page.cursor},
        none=f"{name} shows nothing under {partition}; the code has the form of its partitions."
        if is_empty
        else "",
    )


@group.command()
def rebuild(
    context: typer.Context,
    name: Name,
    source: Annotated[
        str,
        typer.Option(
            "--from", metavar="data|history", help="Latest states, or all versions in order."
        ),
    ] = "data",
    segments: Segments = 4,
    rate: Rate = 0,
    hold: Annotated[
        bool, typer.Option("--hold", help="Let the filled generation wait for `cut-over`.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say items, time and price, and begin nothing.")
    ] = False,
    watch: Watch = False,
) -> None:
    """Fill a new generation beside the one that is read, while commands go on.

    Called again, it goes on with a rebuild that stands still.
    """
    session = session_of(context)
    services = session.connection.services
    if source not in {"data", "history"}:
        raise typer.BadParameter(f"--from is {source!r}; it must be data or history")
    if dry_run:
        session.output.record(invoke_action(services, "estimate_rebuild", {"name": name}))
        return
    payload = {
        "name": name,
        "from_history": source == "history",
        "segments": segments,
        "rate": rate,
        "hold": hold,
    }
    begun = invoke_action(services, "rebuild_read_model", payload)
    _note_what_is_kept(session, begun, payload)
    _follow(session, begun, watched=watch, held=hold)


@group.command()
def replay(
    context: typer.Context,
    name: Name,
    item: Annotated[
        tuple[str, str] | None,
        typer.Option("--item", metavar="PK SK", help="One item, at once.", show_default=False),
    ] = None,
    item_type: Annotated[
        list[str] | None, typer.Option("--type", help="Only items of this type; repeatable.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Only items of this tenant.")] = "",
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help=f"Only items that changed since {WHEN}.")
    ] = None,
    segments: Segments = 4,
    rate: Rate = 0,
    watch: Watch = False,
) -> None:
    """Tell items again to a read model, or to a sync handler, in their latest state."""
    session = session_of(context)
    services = session.connection.services
    if item is not None:
        _refuse_beside_item(context)
        pk, sk = item
        told = invoke_action(services, "replay_item", {"name": name, "pk": pk, "sk": sk})
        session.output.record({"pk": pk, "sk": sk, **told})
        return
    payload = {
        "name": name,
        "types": item_type or [],
        "tenant": tenant,
        "since": "" if since is None else iso(moment_of(since, "--since")),
        "segments": segments,
        "rate": rate,
    }
    begun = invoke_action(services, "replay_read_model", payload)
    _follow(session, begun, watched=watch)


@group.command("cut-over")
def cut_over(context: typer.Context, name: Name) -> None:
    """Let a filled generation be read that waits for the word, in one write."""
    session = session_of(context)
    session.output.record(
        invoke_action(session.connection.services, "cut_over_read_model", {"name": name})
    )


@group.command("roll-back")
def roll_back(context: typer.Context, name: Name) -> None:
    """Let the generation before be read again, in one write."""
    session = session_of(context)
    session.output.record(
        invoke_action(session.connection.services, "roll_back_read_model", {"name": name})
    )


@group.command()
def cancel(context: typer.Context, name: Name) -> None:
    """End a rebuild, and remove what it has filled."""
    session = session_of(context)
    ended = invoke_action(session.connection.services, "cancel_rebuild", {"name": name})
    _tell(session, ended)


@group.command()
def drop(context: typer.Context, name: Name, yes: Yes = False) -> None:
    """Remove the generation before, to which nobody can go back then."""
    session = session_of(context)
    question = f"Remove the generation of {name} that was read before?"
    refuse_without_answer(session, f"remove a generation of {name}", yes=yes)
    if not yes and not is_agreed(question):
        return
    _tell(session, invoke_action(session.connection.services, "drop_read_model", {"name": name}))


@group.command()
def migrate(
    context: typer.Context,
    user: Annotated[
        str,
        typer.Option(
            help="Role of the database that makes tables; on DSQL by default admin. You need the "
            "right to log in as it."
        ),
    ] = "",
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Show the statements that the database lacks, and run none."
        ),
    ] = False,
) -> None:
    """Run the migrations that the database of read models lacks, each statement by itself."""
    # Few migrate, and Alembic takes a third of a second.
    from cli.migrating.migration import migrate as run_migrations  # noqa: PLC0415
    from cli.migrating.migration import planned, revision_of  # noqa: PLC0415
    from cqrs.read_models.database import Database  # noqa: PLC0415
    from cqrs.read_models.sql_target import Engine, SqlTarget  # noqa: PLC0415
    from cqrs.read_models.sql_tokens import ADMIN, iam_token  # noqa: PLC0415

    session = session_of(context)
    connection = session.connection
    document = connection.settings.sql_database
    if not document:
        raise ValidationError(
            "This environment has no database of read models: name one under [read_models.sql] of "
            "its file, and deploy it. On an emulator DATABASE_URL names one; `make up` starts one."
        )
    target = SqlTarget.parse(document)
    login = user or (ADMIN if target.engine is Engine.DSQL else target.user)
    database = Database(
        replace(target, user=login), lambda wanted: iam_token(connection.services.clients, wanted)
    )
    grant_to = target.user if target.user != login else ""

    def tell(statement: str) -> None:
        session.output.note(f"{statement};")

    try:
        if dry_run:
            try:
                revision = revision_of(database)
            except CqrsError as error:
                session.output.note(f"{error} So all migrations are shown.")
                revision = None
            statements = planned(revision, target, grant_to=grant_to)
            for statement in statements:
                tell(statement)
        else:
            statements = run_migrations(database, target, tell, grant_to=grant_to)
    finally:
        database.close()
    session.output.record({"database": target.address, "statements": len(statements)})


def _refuse_beside_item(context: typer.Context) -> None:
    """See that nothing was given that chooses among items, or that tells how to read them all."""
    for name, option in BESIDE_ITEM.items():
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(
                f"{option} does not go with --item, which tells one item at once"
            )


def _note_what_is_kept(session: Session, run: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Say so if a rebuild that was under way goes on otherwise than is asked for now."""
    if all(run[name] == wanted[name] for name in ("from_history", "segments", "rate", "hold")):
        return
    source = "history" if run["from_history"] else "data"
    hold = "--hold" if run["hold"] else "no --hold"
    session.output.note(
        f"A rebuild of {run['model']} is under way, and goes on as it was begun: with --from "
        f"{source}, --segments {run['segments']}, --rate {run['rate']} and {hold}. To begin "
        f"another one, end it by `cqrs read-model cancel {run['model']}`."
    )


def _follow(session: Session, run: dict[str, Any], *, watched: bool, held: bool = False) -> None:
    """Show a run; exit with 1 if it was watched and has not done what was wanted."""
    while watched and run["phase"] not in OVER:
        time.sleep(LOOK_SECONDS)
        wanted = {"name": run["model"], "run": run["run"]}
        found = invoke_action(session.connection.services, "replay_progress", wanted)
        if found is None:
            raise NotFoundError(f"The run {run['run']} of {run['model']} is gone.")
        if found["counts"] != run["counts"] and not session.output.as_json:
            session.output.note(_progress(found))
        run = found
    _tell(session, run)
    if watched and not _has_come(run, held=held):
        raise typer.Exit(1)


def _has_come(run: dict[str, Any], *, held: bool) -> bool:
    is_where_wanted = run["phase"] == "done" or (held and run["phase"] == "ready")
    return is_where_wanted and not any(counts.get("refused") for counts in run["counts"].values())


def _tell(session: Session, run: dict[str, Any]) -> None:
    if session.output.as_json:
        session.output.document(run)
        return
    session.output.record(
        {name: run[name] for name in ("model", "run", "kind", "phase", "generation")}
    )
    if run["counts"]:
        session.output.note(_progress(run))
    for example in run["examples"]:
        session.output.note(f"  {example}")
    if run["phase"] == "ready":
        session.output.note(
            f"It waits for the word: cqrs read-model cut-over {run['model']}, or cancel."
        )


def _progress(run: dict[str, Any]) -> str:
    parts = [
        f"{phase}: " + ", ".join(f"{value} {name}" for name, value in sorted(counts.items()))
        for phase, counts in run["counts"].items()
    ]
    return f"{run['phase']} | " + "; ".join(parts)


def _show(session: Session, model: dict[str, Any]) -> None:
    if session.output.as_json:
        session.output.document(model)
        return
    session.output.record(_row(model))
    if model["run"] is not None:
        _tell(session, model["run"])


def _row(model: dict[str, Any]) -> dict[str, Any]:
    run = model["run"]
    return {
        "name": model["name"],
        "item_types": ", ".join(model["item_types"]),
        **{part: _named(model[part]) for part in ("living", "building", "previous")},
        "run": None if run is None else f"{run['kind']} {run['phase']}",
    }


def _named(generation: dict[str, Any] | None) -> str | None:
    if generation is None:
        return None
    return f"{generation['generation']} (version {generation['version']})"
