"""Listing items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import checked
from cli.context import Session, session_of
from cli.deployed.function import invoke_action
from cli.pages import Cursor, Limit
from cqrs.actions import LIST_ITEM_TYPES
from cqrs.actions.data import state
from cqrs.core.keys import KEY_SEPARATOR, checked_partition_key
from cqrs.core.tenants import checked_tenant
from cqrs.errors import CqrsError
from cqrs.likely_names import did_you_mean
from cqrs.storage.paging import DEFAULT_PAGE

if TYPE_CHECKING:
    from cqrs.items.data import DataItem


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("list")(list_items)


def list_items(
    context: typer.Context,
    item_type: Annotated[
        str, typer.Argument(metavar="TYPE", help="The type of the items.", show_default=False)
    ],
    tenant: Annotated[str, typer.Option(help="Tenant code.", show_default=False)],
    prefix: Annotated[str, typer.Option(help="Only items whose sort key begins so.")] = "",
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> None:
    """List the items of a type and tenant, by their sort keys.

    Tasks, imports, approvals and executions have lists of their own, as in `cqrs task list`.
    """
    session = session_of(context)
    checked(checked_tenant, tenant)
    pk = checked(checked_partition_key, f"{item_type}{KEY_SEPARATOR}{tenant}")
    page = checked(
        lambda given: session.connection.services.data.list(
            pk, sk_prefix=prefix, limit=limit, cursor=given
        ),
        cursor,
    )
    is_empty = not page.items and cursor is None and not session.output.as_json
    session.output.rows(
        "items",
        [_row(item) for item in page.items],
        ("sk", "version", "name", "deleted", "updated_at", "attributes"),
        whole=("sk",),
        more={"cursor": page.cursor},
        none=_advice(session, item_type, pk) if is_empty else "",
        notes=[damaged.problem for damaged in page.damaged],
    )


def _row(item: DataItem) -> dict[str, Any]:
    return {**state(item), "deleted": "deleted" if item.is_deleted else None}


def _advice(session: Session, item_type: str, pk: str) -> str:
    """Advice about an empty list: only the deployed function knows which types there are."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    services = session.connection.services
    try:
        types = [each["name"] for each in invoke_action(services, LIST_ITEM_TYPES, {})]
    except (CqrsError, ClientError):  # whoever may read need not be allowed to invoke
        types = []
    meant = "" if item_type in types else did_you_mean(item_type, types)
    return f"Nothing lies under {pk}.{meant} `cqrs publish` makes an item."
