"""Beginning parts of an application: types, read models, tasks, workflows and others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import checked, json_value
from cli.command_group import CommandGroup
from cli.context import session_of
from cli.scaffolding.declared import environment, queue, workflow
from cli.scaffolding.item_types import item_type as type_of_items
from cli.scaffolding.names import Name
from cli.scaffolding.part import APP, Part
from cli.scaffolding.read_models import read_model
from cli.scaffolding.trial import refuse_taken
from cli.scaffolding.work import import_strategy, task
from cli.scaffolding.writing import NothingWritten, Written, prepared, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.terminal.output import Output

ROOT = Path(__file__).resolve().parents[2]

group = typer.Typer(
    name="new",
    help="Write the files that a part of the application begins with, and their tests.",
    cls=CommandGroup,
    add_completion=False,
)

GivenName = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Its name in any style: price-list, price_list or PriceList.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the files, and write nothing.")]
ItemType = Annotated[str | None, typer.Option("--item-type", help="The type of the items.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(group)


@group.command("type")
def new_type(context: typer.Context, name: GivenName, dry_run: DryRun = False) -> None:
    """A type of items: its model, its registration and a test."""
    _begin(context, "type", lambda: type_of_items(Name.of(name), ROOT), dry_run=dry_run)


@group.command("read-model")
def new_read_model(
    context: typer.Context,
    name: GivenName,
    item_type: ItemType = None,
    by: Annotated[
        str | None, typer.Option(help="The attribute that the items are listed by.")
    ] = None,
    attributes: Annotated[
        str, typer.Option(help="Other attributes that such items need, as a JSON object.")
    ] = "{}",
    dry_run: DryRun = False,
) -> None:
    """A read model: a list of a type's items by an attribute, as books_by_author says."""
    others = json_value(attributes, "--attributes")
    if not isinstance(others, dict):
        raise typer.BadParameter("--attributes is not a JSON object, such as {}")

    def part() -> Part:
        return read_model(Name.of(name), _optional(item_type), by, others)

    _begin(context, "read-model", part, dry_run=dry_run)


@group.command("task")
def new_task(context: typer.Context, name: GivenName, dry_run: DryRun = False) -> None:
    """A type of tasks: its handler and a test."""
    _begin(context, "task", lambda: task(Name.of(name)), dry_run=dry_run)


@group.command("import")
def new_import(
    context: typer.Context, name: GivenName, item_type: ItemType = None, dry_run: DryRun = False
) -> None:
    """A target of imports: the strategy for its rows, and a test."""

    def part() -> Part:
        return import_strategy(Name.of(name), _optional(item_type))

    _begin(context, "import", part, dry_run=dry_run)


@group.command("workflow")
def new_workflow(context: typer.Context, name: GivenName, dry_run: DryRun = False) -> None:
    """A workflow: its state machine, a class with a method for each state, and a test."""
    _begin(context, "workflow", lambda: workflow(Name.of(name), ROOT), dry_run=dry_run)


@group.command("queue")
def new_queue(context: typer.Context, name: GivenName, dry_run: DryRun = False) -> None:
    """A queue of your own: its declaration, the handler of its messages, and a test."""
    _begin(context, "queue", lambda: queue(Name.of(name)), dry_run=dry_run)


@group.command("environment")
def new_environment(
    context: typer.Context,
    name: GivenName,
    account_id: Annotated[
        str | None, typer.Option(help="Its AWS account, 12 digits.", show_default=False)
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """An environment: its file, and a test that it protects its data."""

    def part() -> Part:
        return environment(Name.of(name), account_id)

    _begin(context, "environment", part, dry_run=dry_run)


def _optional(given: str | None) -> Name | None:
    return None if given is None else Name.of(given)


def _begin(context: typer.Context, kind: str, make: Callable[[], Part], *, dry_run: bool) -> None:
    if not (ROOT / APP).is_dir():
        raise NothingWritten(
            f"{ROOT} has no folder {APP}, so it is not a clone of the project: run .venv/bin/"
            "cqrs of the clone."
        )
    part = checked(lambda _: make(), None)
    files = prepared(ROOT, part.files)
    refuse_taken(part)
    if not dry_run:
        write(files)
    _tell(session_of(context).output, kind, part, files, dry_run=dry_run)


def _tell(output: Output, kind: str, part: Part, files: list[Written], *, dry_run: bool) -> None:
    if output.as_json:
        output.document(
            {
                "kind": kind,
                "written": not dry_run,
                "files": [_described(file, with_content=dry_run) for file in files],
                "next": list(part.commands),
                "notes": list(part.notes),
            }
        )
        return
    for file in files:
        verb = "new    " if file.before is None else "changed"
        output.note(f"{verb}  {_shown(file)}")
        if dry_run:
            for line in _new_lines(file):
                output.note(f"    {line}" if line else "")
    for note in part.notes:
        output.note(f"\n{note}")
    if dry_run:
        output.note("\nNothing was written: leave out --dry-run to write it.")
        return
    output.note("\nPut your own in place of what follows the words 'Go on here'. Next:")
    for command in part.commands:
        output.note(f"  {command}")
    output.note("\n`make dev` brings each file that you save from then on into the environment.")


def _described(file: Written, *, with_content: bool) -> dict[str, Any]:
    change = "new" if file.before is None else "changed"
    content = {"content": file.after} if with_content else {}
    return {"path": _shown(file), "change": change, **content}


def _shown(file: Written) -> str:
    return str(file.path.relative_to(ROOT))


def _new_lines(file: Written) -> list[str]:
    """The lines of a new file; of a changed one those that differ, as diff shows them."""
    if file.before is None:
        return file.after.splitlines()
    from difflib import unified_diff  # noqa: PLC0415 - of a dry run alone

    lines = unified_diff(file.before.splitlines(), file.after.splitlines(), lineterm="", n=1)
    return list(lines)[2:]
