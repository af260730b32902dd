"""The source of an invocation, by the shape of its event.

Source: Lambda developer guide, the pages of the services that invoke functions.
"""

from __future__ import annotations

from typing import Any

from cqrs.errors import UnsupportedEventError
from cqrs.events.types import (
    DIRECT_SOURCE,
    STEP_FUNCTION_SOURCE,
    EventSource,
)

S3_TEST = ("Amazon S3", "s3:TestEvent")
"""``Service`` and ``Event`` of what S3 sends when notifications are configured; it has no records
(S3 guide, "Event message structure")."""


HTTP_VERSION = "2.0"
"""Payload format of an HTTP API (API Gateway guide, "Create AWS Lambda proxy integrations")."""

LIVE_EVENTS = ("CONNECT", "MESSAGE", "DISCONNECT")
"""``eventType`` of what a WebSocket API hands over (API Gateway guide, "WebSocket API mapping
template reference")."""

RECORD_SOURCES = frozenset({"aws:dynamodb", "aws:sqs", "aws:sns", "aws:s3"})


def detect_source(event: Any) -> EventSource:
    """Tell where an invocation comes from, by the shape of its event.

    Raises
    ------
    UnsupportedEventError
        If the event has none of the known shapes.
    """
    if isinstance(event, dict):
        if isinstance(event.get("Records"), list) and event["Records"]:
            return _record_source(event["Records"][0])
        if (event.get("Service"), event.get("Event")) == S3_TEST:
            return EventSource.S3
        if event.get("source") == STEP_FUNCTION_SOURCE and "context" in event:
            return EventSource.STEP_FUNCTION
        if event.get("source") == DIRECT_SOURCE and "detail-type" not in event:
            return EventSource.DIRECT
        if isinstance(event.get("requestContext"), dict) and (api := _api_source(event)):
            return api
        if "detail-type" in event and "detail" in event and "source" in event:
            return EventSource.EVENT_BRIDGE
    raise UnsupportedEventError(_unsupported(event))


def _record_source(record: Any) -> EventSource:
    # SNS writes EventSource, while the others write eventSource.
    source = (
        record.get("eventSource") or record.get("EventSource") if isinstance(record, dict) else None
    )
    if source in RECORD_SOURCES:
        return EventSource(source)
    raise UnsupportedEventError(
        f"Records of {source!r} cannot be handled; known are {', '.join(sorted(RECORD_SOURCES))}."
    )


def _api_source(event: dict[str, Any]) -> EventSource | None:
    context = event["requestContext"]
    if event.get("version") == HTTP_VERSION and isinstance(context.get("http"), dict):
        return EventSource.HTTP
    is_of_connection = isinstance(context.get("connectionId"), str)
    if is_of_connection and context.get("eventType") in LIVE_EVENTS:
        return EventSource.LIVE
    return None


def _unsupported(event: Any) -> str:
    what = f"keys {sorted(event)[:10]}" if isinstance(event, dict) else f"a {type(event).__name__}"
    return (
        f"An event with {what} comes from no known source. Known are DynamoDB streams, SQS, SNS, "
        "S3, EventBridge, Step Functions, HTTP APIs, WebSocket APIs, and direct invocations "
        '{"source": "direct", "action": ..., "payload": {...}}.'
    )
