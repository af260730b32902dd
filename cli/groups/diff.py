"""Comparing two versions of an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import checked
from cli.context import session_of
from cli.differences import Change, Operation, differences
from cli.item_keys import PartitionKey, SortKey
from cli.numbers import whole_argument
from cli.versions import Content, latest_content, version_content
from cqrs.core.json_text import to_json
from cqrs.core.keys import LAST_VERSION, ItemKey

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNS = {Operation.ADD: "+", Operation.REMOVE: "-", Operation.REPLACE: "~"}


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(diff)


def diff(
    context: typer.Context,
    pk: PartitionKey,
    sk: SortKey,
    version: Annotated[
        int,
        whole_argument("The older version; 0 for before the first.", least=0, most=LAST_VERSION),
    ],
    other: Annotated[
        int | None,
        whole_argument(
            "The newer version; by default the latest that is applied.", least=1, most=LAST_VERSION
        ),
    ] = None,
) -> None:
    """Show how an item differs between two versions: its name, its attributes, its deletion."""
    session = session_of(context)
    key = checked(lambda given: ItemKey.checked(*given), (pk, sk))
    services = session.connection.services
    new = latest_content(services, key) if other is None else version_content(services, key, other)
    old = version_content(services, key, version)
    changes = list(differences(old.to_mapping(), new.to_mapping()))
    if session.output.as_json:
        session.output.document(
            {
                "pk": pk,
                "sk": sk,
                "from": old.version,
                "to": new.version,
                "notes": [note for note in (old.note, new.note) if note],
                "changes": [change.to_mapping() for change in changes],
            }
        )
        return
    for line in _lines(key, old, new, changes):
        session.output.note(line)


def _lines(key: ItemKey, old: Content, new: Content, changes: Sequence[Change]) -> list[str]:
    told = f"{key}, from version {old.version} to {new.version}:"
    notes = [content.note for content in (old, new) if content.note]
    if not changes:
        return [f"{told} no difference.", *notes]
    return [told, *map(_line, changes), *notes]


def _line(change: Change) -> str:
    sign, old, new = SIGNS[change.operation], _shown(change.old), _shown(change.new)
    values = {Operation.ADD: new, Operation.REMOVE: old, Operation.REPLACE: f"{old} -> {new}"}
    return f"{sign} {change.path}: {values[change.operation]}"


def _shown(value: Any) -> str:
    return to_json(value)
