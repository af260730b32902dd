"""Approvals by direct invocation: the calls of ApprovalService, without the task tokens.

A workflow makes requests; nobody else has a token for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.approvals.service import CLOSED
from cqrs.storage.paging import DEFAULT_PAGE

if TYPE_CHECKING:
    from cqrs.approvals.models import ApprovalRequest
    from cqrs.approvals.service import ApprovalService


class ApprovalActions:
    """Actions on approval requests.

    Parameters
    ----------
    approvals
        The service.
    """

    def __init__(self, approvals: ApprovalService) -> None:
        self._approvals = approvals

    def get_approval(self, id: str) -> dict[str, Any] | None:  # noqa: A002 - the payload's key
        """Read a request."""
        request = self._approvals.get_request(self._approvals.key_of(id))
        return None if request is None else whole_request(request)

    def list_pending_approvals(
        self, tenant: str, limit: int = DEFAULT_PAGE, cursor: str | None = None
    ) -> dict[str, Any]:
        """Read a page of a tenant's requests that are not over, newest first, without subjects.

        Its cursor is None on the last page.
        """
        page = self._approvals.list_pending(tenant, limit=limit, cursor=cursor)
        # Subjects may be large, and an answer ends at 6 MB.
        return {
            "requests": [listed_request(request) for request in page.requests],
            "damaged": [each.to_mapping() for each in page.damaged],
            "cursor": page.cursor,
        }

    def approve(self, id: str, by: str, reason: str = "") -> dict[str, Any]:  # noqa: A002
        """Approve what is asked for."""
        return whole_request(self._approvals.approve(self._approvals.key_of(id), by, reason))

    def reject(self, id: str, by: str, reason: str) -> dict[str, Any]:  # noqa: A002
        """Reject it, and say why."""
        return whole_request(self._approvals.reject(self._approvals.key_of(id), by, reason))

    def heartbeat_approval(self, id: str) -> dict[str, Any]:  # noqa: A002
        """Keep the execution waiting."""
        return whole_request(self._approvals.heartbeat(self._approvals.key_of(id)))

    def close_approval(self, id: str, cause: str = CLOSED) -> dict[str, Any]:  # noqa: A002
        """End a request that nobody shall answer."""
        return whole_request(self._approvals.close(self._approvals.key_of(id), cause))


def whole_request(request: ApprovalRequest) -> dict[str, Any]:
    """A request as JSON."""
    return {**listed_request(request), "subject": request.subject}


def listed_request(request: ApprovalRequest) -> dict[str, Any]:
    """A request as JSON, without its subject."""
    return {
        "id": str(request.key),
        "title": request.title,
        "status": request.status.value,
        "execution": request.execution,
        "created_at": request.created_at,
        "expires_at": request.expires_at,
        "answered_at": request.answered_at,
        "answered_by": request.answered_by,
        "is_answer_verified": request.is_answer_verified,
        "reason": request.reason,
        "delivered_at": request.delivered_at,
        "closed_at": request.closed_at,
        "cause": request.cause,
    }
