"""Notifications of approval requests.

One is sent after each change and before the request leaves the index of those that are not over. So
it may be sent twice. If a crash comes before it, the request stays listed, and the next to take it
up sends it. That is the retried state, the same answer repeated, or the end of the execution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.notifications.queue import Action

if TYPE_CHECKING:
    from cqrs.approvals.models import ApprovalRequest
    from cqrs.notifications.queue import Notifications


class ApprovalNotifier:
    """Tells how requests do.

    Parameters
    ----------
    notifications
        Sends messages.
    """

    def __init__(self, notifications: Notifications) -> None:
        self._notifications = notifications

    def tell(self, request: ApprovalRequest) -> None:
        """Notify of a request as it is now (one SendMessage)."""
        key = request.key
        self._notifications.send(Action.APPROVAL_STATUS, key.pk, key.sk, _content(request))


def _content(request: ApprovalRequest) -> dict[str, Any]:
    """Without the subject, which may be larger than a message."""
    content = {
        "id": str(request.key),
        "title": request.title,
        "status": request.status.value,
        "execution": request.execution,
        "expiresAt": request.expires_at,
        "answeredAt": request.answered_at,
        "answeredBy": request.answered_by,
        "reason": request.reason,
        "cause": request.cause,
    }
    return {name: value for name, value in content.items() if value is not None}
