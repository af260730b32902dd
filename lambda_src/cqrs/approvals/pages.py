"""Pages of requests, of which one that is damaged does not hide the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cqrs.approvals.keys import ApprovalKey
from cqrs.approvals.models import ApprovalRequest
from cqrs.core.damaged import Damaged
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cqrs.core.attribute_values import Item


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    """Some requests that are not over.

    Attributes
    ----------
    requests
        The newest first. Beside those that are pending, a crash may have left some whose answer
        was not delivered; the same answer again, or closing them, sees to that.
    damaged
        Those among them that cannot be read.
    cursor
        Give it to the next call to go on; None on the last page.
    """

    requests: Sequence[ApprovalRequest]
    damaged: Sequence[Damaged]
    cursor: str | None


def read_page(items: Iterable[Item], cursor: str | None) -> ApprovalPage:
    """Read what can be read of some items."""
    requests: list[ApprovalRequest] = []
    damaged: list[Damaged] = []
    for item in items:
        try:
            requests.append(ApprovalRequest.from_item(item))
        except ValidationError as error:
            damaged.append(Damaged(str(ApprovalKey(item["pk"], item["sk"])), str(error)))
    return ApprovalPage(requests, damaged, cursor)
