"""Writes to the approvals table, one method for each step in a request's life.

Every write has a condition on the status and the wait that its writer has seen. So a step that is
repeated, or comes late, changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cqrs.approvals.indexes import LISTING, listing
from cqrs.approvals.models import (
    IS_ANSWER_VERIFIED,
    SINCE,
    STARTED_AT,
    STATE,
    SUBJECT,
    TOKEN,
    ApprovalStatus,
    StoredRequest,
)
from cqrs.aws.item_store import Condition, Update
from cqrs.core.clock import iso, now_iso
from cqrs.core.failures import kept_cause
from cqrs.errors import ConditionFailed
from cqrs.resources import Table
from cqrs.storage.new_items import put_new

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cqrs.approvals.keys import ApprovalKey
    from cqrs.approvals.models import WaitingState
    from cqrs.aws.item_store import ItemStore
    from cqrs.settings import Settings
    from cqrs.storage.time_to_live import TimeToLive

ANSWER = ("answeredAt", "answeredBy", IS_ANSWER_VERIFIED, "reason", "deliveredAt")
END = ("closedAt", "cause")


class ApprovalRecords:
    """Writes and reads requests.

    Parameters
    ----------
    store, settings
        Access to the approvals table.
    time_to_live
        When requests expire.
    """

    def __init__(self, store: ItemStore, settings: Settings, time_to_live: TimeToLive) -> None:
        self._store = store
        self._table = settings.approvals_table
        self._time_to_live = time_to_live

    def read(self, key: ApprovalKey) -> StoredRequest | None:
        """A request; None if there is none.

        Raises
        ------
        ValidationError
            If it is damaged.
        """
        item = self._store.get(self._table, key.pk, key.sk)
        return None if item is None else StoredRequest.from_item(item)

    def create(
        self, key: ApprovalKey, title: str, subject: Mapping[str, Any], waiting: WaitingState
    ) -> StoredRequest | None:
        """Store a new request; None if there is one of that key."""
        created_at = now_iso()
        item = {
            **key.to_mapping(),
            "title": title,
            SUBJECT: dict(subject),
            "status": ApprovalStatus.PENDING.value,
            "execution": waiting.execution,
            STATE: waiting.state,
            STARTED_AT: waiting.started_at,
            "createdAt": created_at,
            **_wait(waiting),
            **listing(key, waiting.execution, created_at),
            **self._ttl(key, waiting),
        }
        return StoredRequest.from_item(item) if put_new(self._store, self._table, item) else None

    def renew(self, seen: StoredRequest, waiting: WaitingState) -> StoredRequest | None:
        """Let a later wait of the execution take the place of the one before; None if it moved on.

        An answer stays; a request that had expired is pending again.
        """
        expired = seen.status is ApprovalStatus.EXPIRED
        status = ApprovalStatus.PENDING if expired else seen.status
        return self._change(
            seen,
            {
                "status": status.value,
                **_wait(waiting),
                **listing(seen.key, waiting.execution, seen.request.created_at),
                **self._ttl(seen.key, waiting),
            },
            remove=(*ANSWER, *END) if expired else ("deliveredAt",),
        )

    def answer(
        self,
        key: ApprovalKey,
        status: ApprovalStatus,
        by: str,
        reason: str,
        *,
        is_verified: bool = False,
    ) -> StoredRequest | None:
        """Note the answer to a pending request; None if it is not pending.

        The newest wait then gets it, whichever that is. It is marked if somebody has verified who
        gave it.
        """
        pending = Condition("#status = :pending", {"pending": ApprovalStatus.PENDING.value})
        answer = {
            "status": status.value,
            "answeredAt": now_iso(),
            "answeredBy": by,
            **({IS_ANSWER_VERIFIED: True} if is_verified else {}),
            "reason": reason,
        }
        return self._update(Update(self._table, key.pk, key.sk, answer, condition=pending))

    def note_delivered(self, seen: StoredRequest) -> StoredRequest | None:
        """Note that the waiting state has the answer; None if the request moved on."""
        return self._change(seen, {"deliveredAt": now_iso()}, remove=(TOKEN, *LISTING))

    def expire(self, seen: StoredRequest, cause: str) -> StoredRequest | None:
        """Note that nobody waits for an answer any more; None if the request moved on."""
        end = {
            "status": ApprovalStatus.EXPIRED.value,
            "closedAt": now_iso(),
            "cause": kept_cause(cause),
        }
        return self._change(seen, end, and_if=" AND attribute_not_exists(#deliveredAt)")

    def unlist(self, seen: StoredRequest) -> StoredRequest | None:
        """Note that nothing is left to do about a request; None if it moved on."""
        return self._change(seen, {}, remove=(TOKEN, *LISTING))

    def _change(
        self,
        seen: StoredRequest,
        assign: Mapping[str, Any],
        *,
        remove: Sequence[str] = (),
        and_if: str = "",
    ) -> StoredRequest | None:
        as_seen = Condition(
            f"#status = :seenStatus AND #{SINCE} = :seenSince{and_if}",
            {"seenStatus": seen.status.value, "seenSince": seen.waiting.since},
        )
        return self._update(
            Update(self._table, seen.key.pk, seen.key.sk, assign, remove=remove, condition=as_seen)
        )

    def _update(self, update: Update) -> StoredRequest | None:
        try:
            item = self._store.update(update)
        except ConditionFailed:
            return None
        return StoredRequest.from_item(item)

    def _ttl(self, key: ApprovalKey, waiting: WaitingState) -> dict[str, int]:
        expires_at = self._time_to_live.expires_at(Table.APPROVALS, key.tenant)
        # A request must not be gone while it is waited for.
        return {} if expires_at is None else {"ttl": expires_at + (waiting.timeout_seconds or 0)}


def _wait(waiting: WaitingState) -> dict[str, Any]:
    wait = {TOKEN: waiting.token, SINCE: waiting.since}
    if waiting.timeout_seconds is None:
        return wait
    end = datetime.now(UTC) + timedelta(seconds=waiting.timeout_seconds)
    return {**wait, "expiresAt": iso(end)}
