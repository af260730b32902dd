"""Publishing commands and reading what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import json_value, text_of
from cli.context import Session, session_of
from cli.deployed.function import advising, invoke_action
from cli.item_keys import PartitionKey, SortKey
from cli.numbers import seconds_option, whole_option
from cli.stored_commands import read_command
from cli.suggestions import command_line, explanation, follow_up
from cli.watching.command_progress import wait_for_command
from cli.watching.followed_work import FollowedWork
from cli.watching.resumption import remember
from cqrs.actions import PUBLISH_SYNC
from cqrs.actions.commands import published, whole_command
from cqrs.actions.data import state
from cqrs.commands.models import LATEST, Command, CommandStatus, PublishResult
from cqrs.core.keys import LAST_VERSION, CommandKey, ItemKey
from cqrs.errors import NotFoundError
from cqrs.storage.paging import DEFAULT_PAGE, LONGEST_PAGE

if TYPE_CHECKING:
    from cqrs.services import Services

NEWEST = "latest"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(publish)
    app.command()(get)
    app.command()(history)
    app.command("get-command")(get_command)


def publish(
    context: typer.Context,
    pk: PartitionKey,
    sk: SortKey,
    name: Annotated[str, typer.Option(help="Display name of the item.")] = "",
    attributes: Annotated[
        str, typer.Option(help="The item's data: a JSON object, @FILE, or - for standard input.")
    ] = "{}",
    version: Annotated[
        str,
        typer.Option(help="Version to build on: 0 for a new item, N, or `latest`."),
    ] = NEWEST,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="The item counts as deleted from now on.")
    ] = False,
    sync: Annotated[
        bool, typer.Option("--sync", help="Apply it in the deployed function at once.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when it is applied.")] = False,
    wait_seconds: Annotated[float, seconds_option("How long --wait waits.", least=1)] = 900,
) -> None:
    """Publish a command: what the item PK SK shall be."""
    session = session_of(context)
    content: dict[str, Any] = {
        "name": name,
        "attributes": _json_object(text_of(attributes)),
        "version": _version(version),
        "is_deleted": deleted,
    }
    result = (
        _publish_in_function(session, pk, sk, content)
        if sync
        else session.connection.services.commands.publish(pk, sk, **content)
    )
    answer: dict[str, Any] = {**published(result)}
    if wait:
        key = result.key
        remember(session, "wait", keys=key.address)
        later = follow_up(session.connection, "get-command", keys=(key.pk, key.sk))
        services, console = session.connection.services, session.output.progress()
        command = wait_for_command(services, key, console, later, wait_seconds)
        answer |= _ended(command)
    session.output.record(answer)
    if answer.get("status") == CommandStatus.FAILED:
        _lead_on(session, result.key)
        raise typer.Exit(1)


def get(context: typer.Context, pk: PartitionKey, sk: SortKey) -> None:
    """Show the latest state of an item."""
    session = session_of(context)
    ItemKey.checked(pk, sk)
    item = session.connection.services.data.get(pk, sk)
    if item is None:
        raise NotFoundError(f"{pk} {sk} has no data: no command of it has been applied yet.")
    session.output.record(state(item))


def history(
    context: typer.Context,
    pk: PartitionKey,
    sk: SortKey,
    before: Annotated[int | None, whole_option("Only versions below this one.")] = None,
    limit: Annotated[
        int, whole_option("Versions to show.", least=1, most=LONGEST_PAGE)
    ] = DEFAULT_PAGE,
) -> None:
    """Show the states that an item had before its latest, newest first."""
    session = session_of(context)
    ItemKey.checked(pk, sk)
    page = session.connection.services.history.list(pk, sk, before=before, limit=limit)
    session.output.rows(
        "earlier states",
        [state(item) for item in page.items],
        ("version", "updated_at", "name", "attributes"),
        more={"before": page.before},
        notes=[damaged.problem for damaged in page.damaged],
    )


def get_command(
    context: typer.Context,
    pk: PartitionKey,
    sk: Annotated[str, typer.Argument(help="<TYPE>#<id>@<version>", show_default=False)],
) -> None:
    """Show a command, and why it failed if it did."""
    session = session_of(context)
    _show(session, CommandKey.checked(pk, sk))


def followed(session: Session, key: CommandKey) -> FollowedWork[Command | None]:
    """A version of an item as this command line follows it: its command, which may expire."""
    services = session.connection.services
    later = follow_up(session.connection, "wait", keys=key.address)

    def look() -> Command | None:
        command = services.commands.get(key)
        if command is None:
            _refuse_unapplied(services, key)
        return command

    def watch(seconds: float | None) -> Command | None:
        look()
        return wait_for_command(services, key, session.output.progress(), later, seconds)

    return FollowedWork(
        session,
        ("wait",),
        key.address,
        look=look,
        watch=watch,
        show=lambda command: _show_end(session, key, command),
        is_success=lambda command: command is None or command.status is not CommandStatus.FAILED,
    )


def _refuse_unapplied(services: Services, key: CommandKey) -> None:
    """See that a version without a command was applied, as commands expire."""
    item = services.data.get(key.pk, key.base)
    if item is None or item.version < key.version:
        newest = services.commands.newest_version(key.item)
        told = f"its newest version is {newest}" if newest else "it has none at all"
        raise NotFoundError(f"There is no version {key.version} of {key.item}; {told}.")


def _show_end(session: Session, key: CommandKey, command: Command | None) -> None:
    if command is None:
        note = "Its command has expired; the item has this version, or a later one."
        applied = {"status": CommandStatus.FINISHED.value, "note": note}
        session.output.record({**key.to_mapping(), "version": key.version, **applied})
        return
    _show(session, key)


def _show(session: Session, key: CommandKey) -> None:
    command, missing = read_command(session.connection.services, key)
    row = whole_command(command)
    if missing:
        row["attributes"] = f"missing: {missing}"
    if command.status is CommandStatus.PUBLISHED:
        behind = session.connection.services.command_starter.left_to(command)
        row |= {} if behind is None else {"waits_behind": behind.sk}
    session.output.record(row)
    if command.status is CommandStatus.FAILED:
        _lead_on(session, command.key)


def _lead_on(session: Session, key: CommandKey) -> None:
    explain = explanation(session.connection, key.address)
    session.output.note(f"\nSee what happened: {explain}")


def _publish_in_function(
    session: Session, pk: str, sk: str, content: dict[str, Any]
) -> PublishResult:
    """Publish beside the deployed sync handlers, instead of this checkout's."""
    look = command_line(session.connection, "get", keys=(pk, sk))
    with advising(f"`{look}` shows whether it was applied."):
        answer = invoke_action(
            session.connection.services, PUBLISH_SYNC, {"pk": pk, "sk": sk, **content}
        )
    key = ItemKey(pk, sk).at(int(answer["version"]))
    return PublishResult(key, bool(answer["changed"]), answer["request_id"])


def _ended(command: Command | None) -> dict[str, Any]:
    if command is None:  # it was applied, and has expired
        return {"status": CommandStatus.FINISHED.value, "error": None, "cause": None}
    return {"status": command.status.value, "error": command.error, "cause": command.cause}


def _json_object(text: str) -> dict[str, Any]:
    value = json_value(text, "--attributes")
    if not isinstance(value, dict):
        raise typer.BadParameter('--attributes must be a JSON object, as in \'{"city": "Kobe"}\'')
    return value


def _version(text: str) -> int:
    if text == NEWEST:
        return LATEST
    if text.isascii() and text.isdecimal() and len(text) <= len(str(LAST_VERSION)):
        return int(text)
    raise typer.BadParameter(f"--version is {text!r:.80}; it must be 0, a version, or {NEWEST}")
