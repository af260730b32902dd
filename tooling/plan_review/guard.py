"""What a plan must not do unnoticed: lose data, or take off what protects it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tooling.plan_review.changes import Action, Change

STATEFUL = {
    "aws_cloudwatch_log_group": "its log",
    "aws_dynamodb_table": "all its items",
    "aws_kms_key": "whatever it encrypted",
    "aws_s3_bucket": "all its objects",
    "aws_sqs_queue": "the messages in it",
}
"""Types of resources that hold data, and what goes with them."""

PROTECTIONS: dict[tuple[str, str], str] = {
    ("aws_dynamodb_table", "deletion_protection_enabled"): "deletion protection",
    ("aws_dynamodb_table", "point_in_time_recovery"): "point-in-time recovery",
    ("aws_dynamodb_table", "server_side_encryption"): "its encryption key",
    ("aws_s3_bucket_versioning", "versioning_configuration"): "versioning",
}
"""Attributes that protect data, by type."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a reviewer must see.

    Attributes
    ----------
    change
        What it is about.
    text
        What happens, in words.
    loses_data
        Whether the check fails for it.
    """

    change: Change
    text: str
    loses_data: bool


def findings_of(changes: Iterable[Change]) -> list[Finding]:
    """What a plan's changes do to data, the worst first."""
    found = [finding for change in changes for finding in (_loss(change), *_laid_bare(change))]
    return sorted(filter(None, found), key=lambda finding: not finding.loses_data)


def _loss(change: Change) -> Finding | None:
    lost = STATEFUL.get(change.kind)
    if lost is None or change.action not in (Action.REPLACE, Action.DELETE):
        return None
    causes = f", because {', '.join(change.causes)} changes" if change.causes else ""
    verb = "replaced" if change.action is Action.REPLACE else "destroyed"
    return Finding(change, f"is {verb}{causes}, and {lost} with it", loses_data=True)


def _laid_bare(change: Change) -> Iterable[Finding]:
    if change.action is not Action.UPDATE or change.before is None or change.after is None:
        return
    for (kind, attribute), protection in PROTECTIONS.items():
        if kind != change.kind or attribute not in change.attributes:
            continue
        if _is_on(change.before.get(attribute)) and not _is_on(change.after.get(attribute)):
            yield Finding(change, f"loses {protection}", loses_data=False)


def _is_on(value: Any) -> bool:
    """Whether a protection is switched on, as an attribute or a block tells it."""
    if isinstance(value, list):
        return any(_is_on(block) for block in value)
    if isinstance(value, dict):
        return value.get("enabled") is True or value.get("status") == "Enabled"
    return value is True
