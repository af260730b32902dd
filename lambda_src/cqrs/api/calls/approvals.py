"""Approvals over HTTP: the calls of ApprovalService for those who are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.actions.approvals import listed_request, whole_request
from cqrs.api.answers import ApiAnswer
from cqrs.api.problems import Problem
from cqrs.approvals.keys import ApprovalKey
from cqrs.storage.paging import DEFAULT_PAGE

if TYPE_CHECKING:
    from cqrs.api.call import ApiCall
    from cqrs.approvals.models import ApprovalRequest
    from cqrs.services import Services

HIDDEN = frozenset({"execution"})


class ApprovalCalls:
    """Requests about approvals.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._approvals = services.approvals

    def list_approvals(self, call: ApiCall) -> ApiAnswer:
        """A page of the requests that are not over, or of those that are, without subjects."""
        limit = call.query.get("limit", DEFAULT_PAGE)
        cursor = call.query.get("cursor")
        approvals = self._approvals
        listed = approvals.list_over if call.query.get("over") else approvals.list_pending
        page = listed(call.tenant, limit=limit, cursor=cursor)
        body = {
            "requests": [_shown(listed_request(one), one) for one in page.requests],
            "cursor": page.cursor,
            "damaged": [each.to_mapping() for each in page.damaged],
        }
        return ApiAnswer(200, body)

    def get_approval(self, call: ApiCall) -> ApiAnswer:
        """A request, with its subject."""
        key = _key(call)
        request = self._approvals.get_request(key)
        if request is None:
            raise Problem(
                404,
                "not-found",
                f"There is no approval request {key.request_id[:120]!r} of {call.tenant}; was it "
                "ever made, or has it expired?",
            )
        return _answer(request)

    def approve(self, call: ApiCall) -> ApiAnswer:
        """Approve what is asked for."""
        reason = call.body.get("reason", "")
        approvals = self._approvals.of(call.origin)
        return _answer(approvals.approve(_key(call), call.principal.author, reason))

    def reject(self, call: ApiCall) -> ApiAnswer:
        """Reject it, and say why."""
        reason = call.body["reason"]
        approvals = self._approvals.of(call.origin)
        return _answer(approvals.reject(_key(call), call.principal.author, reason))

    def heartbeat_approval(self, call: ApiCall) -> ApiAnswer:
        """Keep the execution waiting."""
        return _answer(self._approvals.heartbeat(_key(call)))

    def close_approval(self, call: ApiCall) -> ApiAnswer:
        """End a request that nobody shall answer, and keep who did and why."""
        author, reason = call.principal.author, call.body.get("reason", "")
        cause = f"{author} closed it: {reason}" if reason else f"{author} closed it."
        return _answer(self._approvals.close(_key(call), cause))


def _answer(request: ApprovalRequest) -> ApiAnswer:
    return ApiAnswer(200, _shown(whole_request(request), request))


def _shown(told: dict[str, Any], request: ApprovalRequest) -> dict[str, Any]:
    shown = {name: value for name, value in told.items() if name not in HIDDEN}
    return {**shown, "id": request.key.request_id}


def _key(call: ApiCall) -> ApprovalKey:
    return ApprovalKey.make(call.tenant, call.path["id"])
