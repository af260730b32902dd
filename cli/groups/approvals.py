"""Answering the requests of executions that wait for somebody's approval."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command_group import CommandGroup
from cli.context import Session, session_of
from cli.pages import Cursor, Limit
from cli.suggestions import follow_up
from cli.user import user
from cli.watching.approval_progress import existing_request, watch_request
from cli.watching.followed_work import FollowedWork
from cqrs.actions.approvals import listed_request, whole_request
from cqrs.approvals.models import ApprovalRequest, ApprovalStatus
from cqrs.approvals.service import CLOSED
from cqrs.storage.paging import DEFAULT_PAGE

KEPT_REASON = "You had given this answer before; the reason recorded then stays as it was."

Id = Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.", show_default=False)]


By = Annotated[str, typer.Option(default_factory=user, help="Who answers.", show_default="you")]

group = typer.Typer(
    name="approvals",
    help="Answer executions that wait for an approval.",
    cls=CommandGroup,
    add_completion=False,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(group)


@group.command("list")
def list_pending(
    context: typer.Context,
    tenant: Annotated[str, typer.Option(help="Tenant code.", show_default=False)],
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
) -> None:
    """List what a tenant's executions wait for, the newest first."""
    session = session_of(context)
    page = session.connection.services.approvals.list_pending(tenant, limit=limit, cursor=cursor)
    session.output.rows(
        "pending requests",
        [listed_request(request) for request in page.requests],
        ("id", "status", "title", "created_at", "expires_at"),
        none="Nobody has to approve anything now.",
        more={"cursor": page.cursor},
        notes=[damaged.problem for damaged in page.damaged],
    )


@group.command()
def show(context: typer.Context, request_id: Id) -> None:
    """Show a request, with what is to be approved and what became of it."""
    followed(session_of(context), request_id).tell(watched=False)


@group.command()
def approve(
    context: typer.Context,
    request_id: Id,
    by: By,
    reason: Annotated[str, typer.Option(help="Why.", show_default=False)] = "",
) -> None:
    """Approve a request, so that its execution goes on."""
    session = session_of(context)
    approvals = session.connection.services.approvals
    key = approvals.key_of(request_id)
    _answered(session, approvals.approve(key, by, reason), reason)


@group.command()
def reject(
    context: typer.Context,
    request_id: Id,
    by: By,
    reason: Annotated[str, typer.Option(help="Why.", show_default=False)],
) -> None:
    """Reject a request; its execution goes on as it does without an approval."""
    session = session_of(context)
    approvals = session.connection.services.approvals
    key = approvals.key_of(request_id)
    _answered(session, approvals.reject(key, by, reason), reason)


@group.command()
def heartbeat(context: typer.Context, request_id: Id) -> None:
    """Keep an execution waiting whose heartbeat would be due."""
    session = session_of(context)
    approvals = session.connection.services.approvals
    key = approvals.key_of(request_id)
    session.output.record(whole_request(approvals.heartbeat(key)))


@group.command()
def close(
    context: typer.Context,
    request_id: Id,
    cause: Annotated[str, typer.Option(help="Why nobody shall answer any more.")] = CLOSED,
) -> None:
    """Close a request that nobody shall answer; an execution that still waits is told.

    An answer that was given stays, and is delivered if that was not done.
    """
    session = session_of(context)
    approvals = session.connection.services.approvals
    key = approvals.key_of(request_id)
    session.output.record(whole_request(approvals.close(key, cause)))


def followed(session: Session, request_id: str) -> FollowedWork[ApprovalRequest]:
    """A request as this command line follows it, until somebody has answered it or nobody may."""
    approvals = session.connection.services.approvals
    key = approvals.key_of(request_id)
    later = follow_up(session.connection, "wait", keys=[str(key)])
    return FollowedWork(
        session,
        ("wait",),
        (str(key),),
        look=lambda: existing_request(approvals, key),
        watch=lambda seconds: watch_request(
            approvals, key, session.output.progress(), later, seconds
        ),
        show=lambda request: session.output.record(whole_request(request)),
        is_success=lambda request: request.status is ApprovalStatus.APPROVED,
    )


def _answered(session: Session, request: ApprovalRequest, reason: str) -> None:
    """Show a request, and say where it was answered before, for another reason."""
    note = {"note": KEPT_REASON} if reason and reason != request.reason else {}
    session.output.record({**whole_request(request), **note})
