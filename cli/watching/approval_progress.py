"""Waiting for the answer to an approval request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.watching.watched import watched
from cqrs.approvals.models import ApprovalStatus
from cqrs.errors import NotFoundError

if TYPE_CHECKING:
    from rich.console import Console

    from cli.suggestions import FollowUp
    from cqrs.approvals.keys import ApprovalKey
    from cqrs.approvals.models import ApprovalRequest
    from cqrs.approvals.service import ApprovalService


def watch_request(
    approvals: ApprovalService,
    key: ApprovalKey,
    console: Console,
    later: FollowUp,
    seconds: float | None = None,
) -> ApprovalRequest:
    """Wait until somebody has answered a request, or nobody may any more, and return it.

    Parameters
    ----------
    later
        The commands for whoever waits no longer.
    seconds
        How long at most; without an end by default.

    Raises
    ------
    NotFoundError
        If there is no such request.
    TransientError
        If it is still open when the time is over.
    """
    return watched(
        key,
        lambda: existing_request(approvals, key),
        lambda request: request.status is not ApprovalStatus.PENDING,
        lambda request: request.status.value,
        console,
        later,
        seconds,
    )


def existing_request(approvals: ApprovalService, key: ApprovalKey) -> ApprovalRequest:
    """A request as it is now.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    request = approvals.get_request(key)
    if request is None:
        raise NotFoundError(f"There is no approval request {key}; `cqrs approvals list` has them.")
    return request
