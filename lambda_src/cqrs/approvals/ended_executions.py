"""Executions that timed out, were stopped or failed while somebody's answer was awaited.

A state machine cannot catch its own end, so EventBridge reports it (Step Functions guide,
"Automating Step Functions event delivery with EventBridge").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.approvals.indexes import find_of_execution
from cqrs.approvals.keys import ApprovalKey
from cqrs.aws.step_functions import execution_arn
from cqrs.core.observability import logger
from cqrs.errors import NotFoundError, ValidationError
from cqrs.execution_events import ERRORS

if TYPE_CHECKING:
    from cqrs.approvals.service import ApprovalService
    from cqrs.aws.item_store import ItemStore
    from cqrs.events.types import ExecutionStatusEvent
    from cqrs.settings import Settings

CLOSED_TOGETHER = 100
"""Requests that one query finds."""


class EndedApprovalExecutions:
    """Closes the requests of executions that ended early.

    One that is made in the very moment of the end may be missed, as the index follows its table. An
    answer to it closes it then.

    Parameters
    ----------
    store, settings
        Access to the approvals table.
    approvals
        Closes requests.
    """

    def __init__(self, store: ItemStore, settings: Settings, approvals: ApprovalService) -> None:
        self._store = store
        self._table = settings.approvals_table
        self._approvals = approvals

    def handle(self, event: ExecutionStatusEvent) -> None:
        """Close what is pending of an ended execution; nothing if it asked for nothing."""
        if event.status not in ERRORS:
            return
        execution = execution_arn(event.state_machine_arn, event.name)
        cause = f"Execution {event.name} ended as {event.status} before anybody answered."
        cursor = None
        while True:
            page = find_of_execution(self._store, self._table, execution, CLOSED_TOGETHER, cursor)
            for place in page.places:
                self._close(ApprovalKey(place.pk, place.sk), cause)
            cursor = page.cursor
            if cursor is None:
                return

    def _close(self, key: ApprovalKey, cause: str) -> None:
        """Close a request; one that is damaged or gone does not keep the others open."""
        try:
            self._approvals.close_ended(key, cause)
        except (NotFoundError, ValidationError) as error:
            logger.warning(
                "A request of an ended execution was not closed",
                extra={"request": str(key), "error": str(error)},
            )
