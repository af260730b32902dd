"""Reading and following the logs of an environment."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Session, session_of
from cli.moments import WHEN, moment_of
from cli.numbers import whole_option

if TYPE_CHECKING:
    from cli.explaining.excerpts import Excerpt, LogReader
    from cqrs.aws.log_lines import Line

DEFAULT_LINES = 1000
MOST_LINES = 100_000

ONLY_ITS_LINES = (
    "A request that succeeded may have written no line. Its id is the `instance` of a problem that "
    "the API told, or that of an invocation."
)

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _levels(incomplete: str) -> list[str]:
    return [level for level in LEVELS if level.startswith(incomplete)]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(logs)


def logs(  # noqa: PLR0913, PLR0917 - an option each
    context: typer.Context,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Show what comes, until Ctrl-C.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            help=f"From when on: {WHEN}. Default 1h, of one piece of work its beginning.",
            show_default=False,
        ),
    ] = None,
    execution: Annotated[
        str | None, typer.Option(help="Of this execution: its name, MACHINE/NAME or ARN.")
    ] = None,
    command: Annotated[
        str | None, typer.Option(metavar="'PK SK'", help="About this command or item.")
    ] = None,
    task: Annotated[str | None, typer.Option(metavar="ID", help="About this task.")] = None,
    import_: Annotated[
        str | None, typer.Option("--import", metavar="ID", help="About this import.")
    ] = None,
    state: Annotated[str | None, typer.Option(help="Of states with this name.")] = None,
    request: Annotated[
        str | None, typer.Option(metavar="ID", help="Of this API request or invocation.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="About this tenant.")] = None,
    level: Annotated[
        str,
        typer.Option(
            metavar="|".join(LEVELS), help="Of this level and above.", autocompletion=_levels
        ),
    ] = "DEBUG",
    limit: Annotated[
        int, whole_option("Lines to show, the last ones.", least=1, most=MOST_LINES)
    ] = DEFAULT_LINES,
) -> None:
    """Show what the function and the state machines have logged, in one order by time."""
    from cli.explaining.evidence import Evidence  # noqa: PLC0415 - other commands start without it
    from cli.explaining.excerpts import LogReader  # noqa: PLC0415

    session = session_of(context)
    session.only_reads = True
    work = _one_of(command=command, task=task, execution=execution, **{"import": import_})
    if level.upper() not in LEVELS:
        raise typer.BadParameter(f"--level is {level!r}; it must be one of {', '.join(LEVELS)}")
    excerpt = _excerpt(session, work, since, state, request, tenant, level.upper())
    reader = LogReader(Evidence(session.connection))
    if follow:
        _follow(session, reader, excerpt)
        return
    lines = reader.read(excerpt)
    _show(session, deque(lines, limit))
    if len(lines) > limit:
        session.output.note(f"{len(lines) - limit:,} lines before these: raise --limit.")
    if not lines:
        begin = excerpt.since.isoformat(timespec="seconds")
        session.output.note(f"No such line since {begin}; --since takes an earlier time.")
        if request is not None:
            session.output.note(ONLY_ITS_LINES)
    _tell_refused(session, reader)


def _one_of(**given: str | None) -> tuple[str, str] | None:
    named = [(kind, value) for kind, value in given.items() if value is not None]
    if len(named) > 1:
        raise typer.BadParameter(f"give one of {', '.join(f'--{kind}' for kind, _ in named)}")
    return named[0] if named else None


def _excerpt(
    session: Session,
    work: tuple[str, str] | None,
    since: str | None,
    state: str | None,
    request: str | None,
    tenant: str | None,
    level: str,
) -> Excerpt:
    from cli.explaining.excerpts import Excerpt  # noqa: PLC0415
    from cli.explaining.lookups import Lookup, looked_up  # noqa: PLC0415
    from cli.explaining.wanted import Wanted  # noqa: PLC0415
    from cqrs.aws.log_lines import Level  # noqa: PLC0415

    found = Lookup() if work is None else looked_up(session.connection, *work)
    if found.missing:
        session.output.aside([_not_there(found.missing)], {"missing": found.missing})
    wanted = Wanted(found.work, found.names, state, tenant, request, Level(level))
    begin = moment_of("1h" if since is None else since, "--since")
    if since is None and found.since is not None:
        begin = found.since
    machines = session.connection.environment.state_machines
    return Excerpt(wanted, begin, found.executions, found.express, machines)


def _not_there(missing: str) -> str:
    return (
        f"There is no {missing:.120}; check how it is written. Lines of one that is gone may still "
        "be there, and are looked for."
    )


def _follow(session: Session, reader: LogReader, excerpt: Excerpt) -> None:
    session.goes_on_until_ctrl_c = True
    environment = session.connection.environment
    place = environment.endpoint or f"AWS, account {environment.account_id}"
    told = f"Following the logs of {environment.name} at {place}; Ctrl-C ends it."
    session.output.aside([told], {"following": environment.name})
    is_told = False
    for lines in reader.follow(excerpt):
        _print(session, lines)
        if not is_told:
            _tell_refused(session, reader)
            is_told = True


def _show(session: Session, lines: Iterable[Line]) -> None:
    if session.output.as_json:
        session.output.document({"items": [line.to_mapping() for line in lines]})
    else:
        _print(session, lines)


def _print(session: Session, lines: Iterable[Line]) -> None:
    """Print lines, of a program's each as a JSON document of one line."""
    from cli.terminal import screen  # noqa: PLC0415
    from cqrs.core.json_text import to_json  # noqa: PLC0415

    today = datetime.now(UTC).date()
    for line in lines:
        if session.output.as_json:
            screen.write_json(to_json(line.to_mapping(), ascii_only=True))
            continue
        at = line.at.isoformat(timespec="milliseconds").removesuffix("+00:00")
        at = at.partition("T")[2] if line.at.date() == today else at
        session.output.note(f"{at}Z {line.level.value:<8}{line.source}  {_text(line)}")
        for part in line.traceback.splitlines():
            session.output.note(f"    {part}")
    screen.flush()


def _text(line: Line) -> str:
    from cqrs.core.json_text import to_json  # noqa: PLC0415

    told = " ".join(
        f"{name}={value if isinstance(value, str) else to_json(value)}"
        for name, value in line.keys.items()
        if name != "traceback"
    )
    return f"{line.message}  {told}".rstrip()


def _tell_refused(session: Session, reader: LogReader) -> None:
    told: dict[str, Any] = {"refused": sorted(reader.refused)}
    if reader.refused:
        names = ", ".join(told["refused"])
        session.output.aside([f"You may not read {names} (docs/permissions.md)."], told)
