"""Starting failed commands again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import STANDARD_INPUT
from cli.command_keys import key_pairs, listed_keys
from cli.consent import is_agreed, refuse_without_answer
from cli.context import Session, session_of
from cli.moments import WHEN, moment_of
from cqrs.core.clock import iso
from cqrs.core.keys import CommandKey
from cqrs.errors import CqrsError, Unreachable
from cqrs.examinations.failed_chains import FailedChain, Filter, failed_at, failed_commands

if TYPE_CHECKING:
    from cli.deployed.connection import Connection

SHOWN_CHAINS = 20

TITLE = "commands to start again: all are applied or under way"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one command.

    Attributes
    ----------
    key, attempt
        The command, and the attempt that was started; None if none was.
    problem
        Why none was.
    """

    key: CommandKey
    attempt: int | None = None
    problem: str = ""

    def to_row(self) -> dict[str, Any]:
        """The same for a list."""
        return {**self.key.to_mapping(), "attempt": self.attempt, "problem": self.problem}


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(retry)


def retry(
    context: typer.Context,
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PK SK]...",
            help="Commands: <TYPE>#<tenant> <TYPE>#<id>@<version>; - reads a list.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="A list of commands, one a line: PK SK as others print it, or JSON with pk and "
            "sk; - for standard input.",
            show_default=False,
        ),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All commands that failed.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN", help=f"With --failed: items whose first one failed since {WHEN}."
        ),
    ] = None,
    item_type: Annotated[
        str | None, typer.Option("--type", help="With --failed: only items of this type.")
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(help="With --failed: only those of this tenant.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With --failed: do not ask.")] = False,
) -> None:
    """Start commands again, each with its item's whole chain.

    A chain starts from its first command that was not applied, and is applied in order; so one
    command of an item is enough. May be repeated: what is under way stays so.
    """
    session = session_of(context)
    if failed:
        if keys or file is not None:
            raise typer.BadParameter("give either commands or --failed")
        refuse_without_answer(session, "retry", yes=yes)
        moment = None if since is None else moment_of(since, "--since")
        _retry_failed(session, Filter(moment, item_type, tenant), yes=yes)
        return
    if since is not None or item_type is not None or tenant is not None or yes:
        raise typer.BadParameter("--since, --type, --tenant and --yes go with --failed")
    _retry_named(session, _named(keys or [], file))


def _named(words: Sequence[str], file: str | None) -> list[CommandKey]:
    named = listed_keys(file) if file is not None else []
    named += listed_keys(STANDARD_INPUT) if [*words] == [STANDARD_INPUT] else key_pairs(words)
    if not named:
        raise typer.BadParameter("name a command by PK and SK, or give a list, or --failed")
    return named


def _retry_named(session: Session, keys: Sequence[CommandKey]) -> None:
    if len(keys) == 1:
        restarts = session.connection.services.repair.retry(keys[0])
        _show(session, [Outcome(restart.key, restart.attempt) for restart in restarts])
        return
    _show(session, list(_outcomes(session.connection, keys)))


def _retry_failed(session: Session, wanted: Filter, *, yes: bool) -> None:
    found = failed_commands(session.connection.services, wanted)
    if not found.chains:
        session.output.rows("failed commands", [], (), notes=found.damaged)
    elif not _is_confirmed(session, found.chains, yes=yes):
        session.output.note("Nothing was started.")
        raise typer.Exit(1)
    else:
        firsts = [chain.first.key for chain in found.chains]
        _show(session, list(_outcomes(session.connection, firsts)), found.damaged)
    if found.damaged:
        raise typer.Exit(1)


def _is_confirmed(session: Session, chains: Sequence[FailedChain], *, yes: bool) -> bool:
    """Show what would be started, and ask whether it shall be."""
    if session.output.as_json:
        return True
    beyond = len(chains) - SHOWN_CHAINS
    session.output.rows(
        "failed commands",
        [_chain(chain) for chain in chains[:SHOWN_CHAINS]],
        ("pk", "sk", "commands", "failed_at", "error", "cause"),
        whole=("pk", "sk"),
        note=f"and of {beyond:,} more items" if beyond > 0 else "",
    )
    if yes:
        return True
    count = sum(chain.count for chain in chains)
    commands = f"{count:,} failed command{'' if count == 1 else 's'}"
    items = f"{len(chains):,} item{'' if len(chains) == 1 else 's'}"
    return is_agreed(f"Start {commands} of {items} again?")


def _chain(chain: FailedChain) -> dict[str, Any]:
    first = chain.first
    return {
        **first.key.to_mapping(),
        "commands": chain.count,
        "failed_at": iso(failed_at(first)),
        "error": first.error,
        "cause": first.cause,
    }


def _outcomes(connection: Connection, keys: Sequence[CommandKey]) -> Iterator[Outcome]:
    """Start commands again; one that is refused does not keep the others from it."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    started: set[CommandKey] = set()
    unreached: Unreachable | None = None
    for key in keys:
        if key in started:
            continue
        if unreached is not None:
            yield Outcome(key, problem=f"not tried: {unreached}")
            continue
        try:
            restarts = connection.services.repair.retry(key)
        except (CqrsError, ClientError) as error:
            unreached = error if isinstance(error, Unreachable) else None
            yield Outcome(key, problem=f"{type(error).__name__}: {error}")
            continue
        started.update(restart.key for restart in restarts)
        yield from (Outcome(restart.key, restart.attempt) for restart in restarts)


def _show(session: Session, outcomes: Sequence[Outcome], damaged: Sequence[str] = ()) -> None:
    refused = any(outcome.problem for outcome in outcomes)
    session.output.rows(
        TITLE,
        [outcome.to_row() for outcome in outcomes],
        ("pk", "sk", "attempt", *(["problem"] if refused else [])),
        whole=("pk", "sk"),
        notes=damaged,
    )
    if refused:
        raise typer.Exit(1)
