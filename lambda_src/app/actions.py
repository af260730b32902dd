"""What may be invoked directly, beside the events that AWS sends."""

from __future__ import annotations

from typing import Any

from app.registry import application
from cqrs.commands.models import LATEST, PublishResult


@application.action("publish_sync")
def publish_sync(
    pk: str,
    sk: str,
    *,
    name: str = "",
    attributes: dict[str, Any] | None = None,
    version: int = LATEST,
    is_deleted: bool = False,
) -> dict[str, Any]:
    """Apply a command with the sync handlers that are deployed."""
    result = application.commands.publish_sync(
        pk, sk, name=name, attributes=attributes, version=version, is_deleted=is_deleted
    )
    return _answer(result)


def _answer(result: PublishResult) -> dict[str, Any]:
    return {
        **result.key.to_mapping(),
        "version": result.key.version,
        "changed": result.changed,
        "request_id": result.request_id,
    }
