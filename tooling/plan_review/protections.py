"""The protections of data, and how a plan takes them off: in place or by a helper resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tooling.plan_review.changes import Action, Change

Weakens = Callable[[Any, Any], bool]
"""Whether an attribute's change, from before to after, takes protection off."""


def _is_on(value: Any) -> bool:
    """Whether something is switched on, as an attribute or a block tells it."""
    if isinstance(value, list):
        return any(_is_on(block) for block in value)
    if isinstance(value, dict):
        return value.get("enabled") is True or value.get("status") == "Enabled"
    return value is True or value in {"ACTIVE", "ON"}


def _switched_off(before: Any, after: Any) -> bool:
    return _is_on(before) and not _is_on(after)


def _switched_on(before: Any, after: Any) -> bool:
    return _is_on(after) and not _is_on(before)


def _opened(before: Any, after: Any) -> bool:
    """Whether a route takes requests that it has refused for want of a token or a signature."""
    return bool(before != after and after == "NONE")


def _removed(before: Any, after: Any) -> bool:
    return bool(before) and not after


def _shortened(before: Any, after: Any) -> bool:
    """Whether a time is shorter; none and 0 are for ever."""
    return bool(after) and (not before or after < before)


def _changed(before: Any, after: Any) -> bool:
    return bool(before != after)


@dataclass(frozen=True, slots=True)
class Protection:
    """An attribute that protects data.

    Attributes
    ----------
    kind, attribute
        The type of resource, and its attribute.
    weakens
        Tells whether a change takes it off.
    text
        The consequence, in words.
    """

    kind: str
    attribute: str
    weakens: Weakens
    text: str


PROTECTIONS = (
    Protection(
        "aws_dynamodb_table",
        "deletion_protection_enabled",
        _switched_off,
        "loses deletion protection",
    ),
    Protection(
        "aws_dynamodb_table",
        "point_in_time_recovery",
        _switched_off,
        "loses point-in-time recovery",
    ),
    Protection(
        "aws_dynamodb_table",
        "server_side_encryption",
        _switched_off,
        "loses its encryption key",
    ),
    Protection(
        "aws_dynamodb_table",
        "stream_enabled",
        _switched_off,
        "loses its stream, with the records that nobody has read yet",
    ),
    Protection("aws_dynamodb_table", "ttl", _changed, "expires other items than before"),
    Protection(
        "aws_s3_bucket",
        "force_destroy",
        _switched_on,
        "may be destroyed with objects in it from now on",
    ),
    Protection(
        "aws_s3_bucket_versioning", "versioning_configuration", _switched_off, "loses versioning"
    ),
    Protection(
        "aws_s3_bucket_lifecycle_configuration",
        "rule",
        _changed,
        "expires other objects than before",
    ),
    Protection(
        "aws_cognito_user_pool",
        "deletion_protection",
        _switched_off,
        "loses deletion protection",
    ),
    Protection(
        "aws_cognito_user_pool",
        "mfa_configuration",
        _switched_off,
        "no longer asks every user for a second factor",
    ),
    Protection(
        "aws_apigatewayv2_route",
        "authorization_type",
        _opened,
        "takes requests of everybody from now on",
    ),
    Protection(
        "aws_apigatewayv2_authorizer",
        "jwt_configuration",
        _changed,
        "takes the tokens of other issuers or clients than before",
    ),
    Protection(
        "aws_cloudwatch_log_group",
        "retention_in_days",
        _shortened,
        "forgets its log sooner, and what is older at once",
    ),
    Protection(
        "aws_sqs_queue",
        "message_retention_seconds",
        _shortened,
        "drops messages sooner, and what is older at once",
    ),
    Protection("aws_sqs_queue", "redrive_policy", _removed, "loses its dead-letter queue"),
    Protection("aws_sqs_queue", "kms_master_key_id", _removed, "loses its encryption key"),
    Protection(
        "aws_lambda_event_source_mapping",
        "destination_config",
        _removed,
        "has nowhere to put what fails",
    ),
    Protection(
        "aws_kms_key", "is_enabled", _switched_off, "makes all that it encrypted unreadable"
    ),
    Protection("aws_kms_key", "enable_key_rotation", _switched_off, "is no longer rotated"),
)

PROTECTORS = {
    "aws_apigatewayv2_api": "what clients have as its address leads nowhere",
    "aws_cognito_user_pool_client": "its users have to sign in again, with a client of another id",
    "aws_sns_topic_subscription": "its endpoint is told nothing until it has confirmed a new one",
    "aws_s3_bucket_policy": "its bucket takes requests again that the policy refuses",
    "aws_s3_bucket_public_access_block": "its bucket may be made public",
    "aws_s3_bucket_server_side_encryption_configuration": "its bucket loses its encryption key",
    "aws_s3_bucket_versioning": "its bucket loses versioning",
}
"""Types of resources that are missed though they hold nothing, and what becomes of it then."""


def taken_off(change: Change) -> Iterator[str]:
    """Name the protections that a change takes off, in words."""
    if change.action in (Action.DELETE, Action.REPLACE) and change.kind in PROTECTORS:
        yield f"is {change.action.past}, and {PROTECTORS[change.kind]}"
    if change.action is not Action.UPDATE:
        return
    before, after = change.before or {}, change.after or {}
    for protection in PROTECTIONS:
        name = protection.attribute
        if protection.kind != change.kind or name not in change.attributes:
            continue
        if name in change.unknown:  # as the key of a queue is, if that is made again
            continue
        if protection.weakens(before.get(name), after.get(name)):
            yield protection.text
