"""Giving dead letters up, and what was given up before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.consent import is_agreed, refuse_without_answer
from cli.context import Session, session_of
from cli.groups.dead_letters import SOURCE_HELP, looked_at, named_source
from cli.moments import WHEN, moment_of
from cli.user import user
from cqrs.dead_letters.discarded_letters import SHOWN, Decision, DiscardedLetters
from cqrs.dead_letters.discarding import discard as discard_letters
from cqrs.dead_letters.queue import DeadLetterQueue, Letter, count_dead_letters
from cqrs.dead_letters.rows import COLUMNS, letter_row
from cqrs.errors import NotFoundError, ValidationError
from cqrs.services import Services


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(discard)
    app.command()(discarded)


def discard(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help=SOURCE_HELP)],
    reason: Annotated[str, typer.Option(help="Why they are given up.", show_default=False)],
    by: Annotated[
        str, typer.Option(default_factory=user, help="Who gives them up.", show_default="you")
    ],
    message_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MESSAGE_ID", help="As `dead-letters` shows them.", show_default=False
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All letters of the source.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Give dead letters up: keep each with who, when and why, and delete it.

    `cqrs discarded` shows them from then on. Nothing handles them any more.
    """
    session = session_of(context)
    chosen = named_source(session.own_connection.settings, source)
    ids = _checked_ids(message_ids or [], every=every)
    decision = _decision(by, reason)
    refuse_without_answer(session, "discard", yes=yes)
    letters = _found(session.own_connection.services, chosen, ids)
    if not _is_confirmed(session, chosen, letters, yes=yes):
        session.output.note("Nothing was discarded.")
        raise typer.Exit(1)
    services = session.own_connection.services
    outcomes = list(discard_letters(services, chosen, _ids(letters), decision))
    kept = [outcome for outcome in outcomes if not outcome.is_discarded]
    others = count_dead_letters(services, chosen) - len(kept) if every else 0
    rows = [
        {"message": one.message_id, "result": one.result, "record": one.record} for one in outcomes
    ]
    title, note = f"dead letters of {chosen}", looked_at(others)
    session.output.rows(title, rows, ("message", "result"), note=note)
    if note or kept:
        raise typer.Exit(1)


def discarded(
    context: typer.Context,
    since: Annotated[
        str | None,
        typer.Option(help=f"Only those since then: {WHEN}.", metavar="WHEN"),
    ] = None,
) -> None:
    """List the dead letters that were given up, with who, when and why; --json has the whole."""
    session = session_of(context)
    moment = None if since is None else moment_of(since, "--since")
    records = list(DiscardedLetters(session.connection.services).entries(moment))
    rows = [{**record, "record": uri} for uri, record in records if not isinstance(record, str)]
    rows.sort(key=lambda row: datetime.fromisoformat(row["discarded_at"]))
    damaged = [
        f"{uri} cannot be read: {reason}." for uri, reason in records if isinstance(reason, str)
    ]
    session.output.rows("discarded letters", rows, SHOWN, notes=damaged)


def _checked_ids(ids: Sequence[str], *, every: bool) -> Sequence[str]:
    """The ids that are named; none stands for all letters."""
    if every == bool(ids):
        raise typer.BadParameter(
            "name the letters by their message ids (`cqrs dead-letters` shows them), or give --all"
        )
    if not all(ids):
        raise typer.BadParameter("a message id is empty, which would name every letter")
    return ids


def _decision(by: str, reason: str) -> Decision:
    for option, text in (("--reason", reason), ("--by", by)):
        if not text.strip():
            raise typer.BadParameter(f"{option} is missing: the record of the letter keeps it")
    return Decision(by, reason, datetime.now(UTC))


def _found(services: Services, source: str, ids: Sequence[str]) -> list[Letter]:
    """The letters that ids name by their beginnings; all if there are no ids.

    Raises
    ------
    NotFoundError
        If an id names none.
    ValidationError
        If it names several.
    """
    found = DeadLetterQueue(services, source).find(
        lambda letter: not ids or letter.id.startswith(tuple(ids))
    )
    for each in ids:
        named = [letter.id for letter in found if letter.id.startswith(each)]
        if not named:
            raise NotFoundError(
                f"No dead letter of {source} has a message id that begins with {each}: "
                f"`cqrs dead-letters {source}` lists them. One that somebody has just taken comes "
                "back within a minute."
            )
        if len(named) > 1:
            raise ValidationError(f"{each} names {len(named)} letters, {', '.join(named)}.")
    return found


def _ids(letters: Sequence[Letter]) -> list[str]:
    return [letter.id for letter in letters]


def _is_confirmed(session: Session, source: str, letters: Sequence[Letter], *, yes: bool) -> bool:
    """Show letters, and ask whether they shall be given up."""
    if session.output.as_json or not letters:
        return True
    services = session.own_connection.services
    rows = [letter_row(services, source, letter, whole=False) for letter in letters]
    session.output.rows(f"dead letters of {source}", rows, COLUMNS)
    if yes:
        return True
    what = f"{len(letters)} dead letter{'' if len(letters) == 1 else 's'} of {source}"
    return is_agreed(f"Discard {what}? They are kept as a record, and never handled.")
