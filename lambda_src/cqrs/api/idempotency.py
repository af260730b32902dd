"""Requests with an Idempotency-Key: however often one is sent, it is done once.

A record in the API's table stands for each key of a principal and tenant. Its first request puts
it, on the condition that there is none, with an identity. The work
of the request is tied to that record, so that it is done once, wherever a process dies:

- A command is written in one transaction with the record, which then has the command's version. A
  later try finds that version, and publishes nothing. If the record has another owner by then, the
  transaction is refused.
- A task or an import is made under the identity as its ULID, and only if there is none.
- An answer to an approval, a cancellation and a retry come to the same if they are repeated.

Then the record gets the answer, which each later request is given. A request that comes before that
has to wait until the first one may be taken for dead. Then it takes the record over, with the same
identity. A problem is not kept: the same request may be tried again at once.
"""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cqrs.api.answers import ApiAnswer
from cqrs.api.problems import Problem
from cqrs.aws.item_store import Condition, Put, Update
from cqrs.core.json_text import from_json
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.timed_keys import new_ulid
from cqrs.errors import ConditionFailed, ConfigurationError
from cqrs.storage.origins import Origin
from cqrs.storage.request_records import IDEMPOTENCY, published_mark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cqrs.aws.item_store import Action, ItemStore
    from cqrs.core.attribute_values import Item
    from cqrs.core.keys import CommandKey, ItemKey

KEY = re.compile(r"[\x21-\x7e]{16,255}")

KEPT_SECONDS = 24 * 60 * 60

OWNED_SECONDS = 30
"""How long a request may be on its way: API Gateway waits no longer for its answer."""

ANSWER_BYTES = 256 * 1024
"""The longest answer that a record keeps, of the 400 KB of an item."""


@dataclass(frozen=True, slots=True)
class RecordKey:
    """Key of a record."""

    pk: str
    sk: str

    @classmethod
    def of(cls, tenant: str, subject: str, key: str) -> RecordKey:
        """Key of the record of a principal's key.

        Raises
        ------
        Problem
            If the key is none.
        """
        if not KEY.fullmatch(key):
            raise Problem(
                400,
                "idempotency-key",
                f"Idempotency-Key is {key[:40]!r}; it must be 16 to 255 visible ASCII characters, "
                "as those of a new UUID.",
            )
        return cls(KEY_SEPARATOR.join((IDEMPOTENCY, tenant, subject)), key)


@dataclass(frozen=True, kw_only=True)
class Try(Origin):
    """One try of a request, as its record has it; all tries have the same identity.

    Attributes
    ----------
    table, key, owner
        The record, and its owner, which is this try.
    item
        The record as it was when this try began.
    """

    table: str
    key: RecordKey
    owner: str
    item: Mapping[str, Any] = field(default_factory=dict)

    def published(self, key: ItemKey) -> int | None:
        """The version of an item that an earlier try has published."""
        version: int | None = self.item.get(published_mark(key))
        return version

    def beside(self, key: CommandKey) -> Sequence[Action]:
        """Note the version that is published with this."""
        return [self.update({published_mark(key.item): key.version})]

    def update(self, values: Mapping[str, Any]) -> Update:
        """A write of the record, if this try still owns it."""
        is_own = Condition("#owner = :own", {"own": self.owner})
        return Update(self.table, self.key.pk, self.key.sk, assign=values, condition=is_own)


class IdempotencyRecords:
    """Keeps records of requests.

    Parameters
    ----------
    store
        Access to tables.
    table
        Name of the API's table.
    """

    def __init__(self, store: ItemStore, table: str) -> None:
        self._store = store
        self._table = table

    def begin(self, key: RecordKey, fingerprint: str, author: str) -> Try | ApiAnswer:
        """Begin a try, or give the answer that the request has got.

        One PutItem; a repeat costs a GetItem more, and one that goes on an UpdateItem.

        Raises
        ------
        Problem
            If the key is another request's, or the request is on its way.
        """
        if not self._table:
            raise ConfigurationError("Setting API_TABLE is empty: deploy the environment again.")
        owner, now = uuid.uuid4().hex, int(time.time())
        item: Item = {
            "pk": key.pk,
            "sk": key.sk,
            "identity": new_ulid(),
            "request": fingerprint,
            "owner": owner,
            "ownedUntil": now + OWNED_SECONDS,
            "ttl": now + KEPT_SECONDS,
        }
        # DynamoDB removes what has expired within some days.
        is_free = Condition("attribute_not_exists(#pk) OR #ttl < :now", {"now": now})
        try:
            self._store.put(Put(self._table, item, is_free))
        except ConditionFailed:
            return self._again(key, fingerprint, author, owner)
        return Try(author, item["identity"], table=self._table, key=key, owner=owner)

    def keep(self, attempt: Try, answer: ApiAnswer, text: str) -> None:
        """Keep the answer of a try for those that repeat it (one UpdateItem)."""
        if len(text.encode(errors="surrogatepass")) > ANSWER_BYTES:
            self.give_up(attempt)
            return
        kept = {"status": answer.status, "headers": dict(answer.headers), "body": text}
        self._update(attempt, {"answer": kept})

    def give_up(self, attempt: Try) -> None:
        """Let the next try begin at once (one UpdateItem)."""
        self._update(attempt, {"ownedUntil": 0})

    def _update(self, attempt: Try, values: Mapping[str, Any]) -> None:
        try:
            self._store.update(attempt.update(values))
        except ConditionFailed:
            return  # another try goes on with it

    def _again(self, key: RecordKey, fingerprint: str, author: str, owner: str) -> Try | ApiAnswer:
        item = self._store.get(self._table, key.pk, key.sk)
        if item is None:
            raise _on_its_way(1)
        if item["request"] != fingerprint:
            raise Problem(
                422,
                "idempotency-key-reused",
                "This Idempotency-Key was sent with another request: another method, path, query, "
                "condition or body. Send a new key with a new request.",
            )
        if "answer" in item:
            return _kept(item["answer"])
        attempt = Try(author, item["identity"], table=self._table, key=key, owner=owner)
        if item["owner"] == owner:
            return attempt  # it was put, and the answer got lost
        left = int(item["ownedUntil"] - time.time()) + 1
        if left > 0:
            raise _on_its_way(left)
        return self._take_over(item, attempt)

    def _take_over(self, item: Item, attempt: Try) -> Try:
        # If the answer to this write gets lost, it is made again, and the owner is this try then.
        was = Condition(
            "(#owner = :was OR #owner = :owner) AND attribute_not_exists(#answer)",
            {"was": item["owner"], "owner": attempt.owner},
        )
        until = int(time.time()) + OWNED_SECONDS
        values = {"owner": attempt.owner, "ownedUntil": until}
        pk, sk = attempt.key.pk, attempt.key.sk
        try:
            found = self._store.update(Update(self._table, pk, sk, assign=values, condition=was))
        except ConditionFailed:
            raise _on_its_way(1) from None
        # Its owner may have published something since that look.
        return replace(attempt, item=found)


def _on_its_way(seconds: int) -> Problem:
    return Problem(
        409,
        "request-in-progress",
        "A request with this Idempotency-Key is on its way. Send it again after the seconds of "
        "Retry-After, with the same key.",
        headers={"retry-after": str(seconds)},
    )


def _kept(answer: Mapping[str, Any]) -> ApiAnswer:
    body = from_json(answer["body"]) if answer["body"] else None
    return ApiAnswer(answer["status"], body, answer["headers"])
