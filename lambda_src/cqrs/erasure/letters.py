"""Whose a message, a letter or a record of one is, as far as it tells.

A record of a stream has its item's key. A message of the project's queues has the key of its work,
or names its tenant, and so does the input of an execution. All that is deeper in them is content,
which may say anything, and decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.json_text import from_json
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.events.dead_letters import MESSAGE, RECORD
from cqrs.events.large_letters import KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = tuple[str, str]
"""Partition and sort key; an empty sort key if only the tenant is told."""

ENVELOPES = (MESSAGE, "body", "detail", "input", "Message", "requestPayload", "payload")
"""Members in which an event, a message or a letter carries what it is about."""

DEEPEST = 8


def owner_of(document: Any) -> Key | None:
    """The key that something is about; None if it does not tell.

    Parameters
    ----------
    document
        Text of a message, or an object of JSON.
    """
    return _owner(document, DEEPEST)


def _owner(document: Any, levels: int) -> Key | None:
    if isinstance(document, str | bytes):
        try:
            document = from_json(document)
        except ValueError:
            return None
    if not isinstance(document, dict) or not levels:
        return None
    return _of_record(document) or _of_work(document) or _enveloped(document, levels)


def _of_record(document: Mapping[str, Any]) -> Key | None:
    """Key of a stream's record, or of a letter that summarises one."""
    record = document.get(RECORD, document)
    change = record.get("dynamodb") if isinstance(record, dict) else None
    keys = change.get("Keys") if isinstance(change, dict) else None
    if isinstance(keys, dict):
        return _key(*(_text(keys.get(name)) for name in ("pk", "sk")))
    summarised = document.get(KEYS)
    if isinstance(summarised, dict):
        return _key(*(_text(summarised.get(name)) for name in ("pk", "sk")))
    return None


def _of_work(document: Mapping[str, Any]) -> Key | None:
    key = _key(_text(document.get("pk")), _text(document.get("sk")))
    if key is not None:
        return key
    tenant = document.get("tenant", document.get("tenantCode"))
    return (f"{KEY_SEPARATOR}{tenant}", "") if isinstance(tenant, str) and tenant else None


def _enveloped(document: Mapping[str, Any], levels: int) -> Key | None:
    for name in ENVELOPES:
        if name in document and (found := _owner(document[name], levels - 1)) is not None:
            return found
    records = document.get("Records")
    if isinstance(records, list) and records:
        return _owner(records[0], levels - 1)
    return None


def _key(pk: str, sk: str) -> Key | None:
    return (pk, sk) if KEY_SEPARATOR in pk else None


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("S")
    return value if isinstance(value, str) else ""
