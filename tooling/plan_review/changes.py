"""The changes of a plan (Terraform documentation, "JSON Output Format")."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

FORMAT = "1."
"""Major version of the format that is understood."""

ABSENT = object()
NAMES = ("name", "bucket", "function_name", "dashboard_name", "alarm_name", "queue_url", "alias")
"""Attributes that name a resource, the first that is there."""


class PlanError(Exception):
    """What was given is no plan; the message says what to give."""


class Action(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "change"
    REPLACE = "replace"
    DELETE = "destroy"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource.

    Attributes
    ----------
    address
        Of the resource in the configuration.
    kind
        Its type, such as ``aws_dynamodb_table``.
    name
        What it is called in AWS, or else in the configuration.
    attributes
        Names of the attributes that change.
    causes
        Those of them that a replacement is due to.
    before, after
        Its attributes; None where it is not there.
    """

    address: str
    kind: str
    name: str
    action: Action
    attributes: tuple[str, ...]
    causes: tuple[str, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def read_changes(text: str) -> list[Change]:
    """Read what ``terraform show -json`` prints of a plan.

    Raises
    ------
    PlanError
        It is something else.
    """
    plan = _parsed(text)
    return [change for found in plan.get("resource_changes", []) for change in _change(found)]


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        plan = json.loads(text)
    except ValueError as error:
        raise PlanError(
            f"This is not JSON ({error}); give what `terraform show -json PLAN` prints."
        ) from None
    if not isinstance(plan, dict) or not str(plan.get("format_version", "")).startswith(FORMAT):
        raise PlanError("This is no plan; give what `terraform show -json PLAN` prints.")
    if plan.get("errored"):
        raise PlanError("The plan was made with errors and is not whole: mend them, plan again.")
    if "planned_values" not in plan:
        raise PlanError(
            "This is a state and no plan; give what `terraform show -json PLAN` prints."
        )
    return plan


def _change(found: Mapping[str, Any]) -> Iterator[Change]:
    change = found["change"]
    action = _action(change["actions"])
    if action is None or found.get("mode") == "data":
        return
    before, after = change.get("before"), change.get("after")
    yield Change(
        address=found["address"],
        kind=found["type"],
        name=_name(before) or _name(after) or found["address"].partition(".")[2],
        action=action,
        attributes=tuple(_changed(change)) if action in (Action.UPDATE, Action.REPLACE) else (),
        causes=tuple(sorted({str(path[0]) for path in change.get("replace_paths", []) if path})),
        before=before,
        after=after,
    )


def _action(actions: Sequence[str]) -> Action | None:
    """One word for Terraform's list of actions; None for one that changes nothing."""
    if {"create", "delete"} <= {*actions}:
        return Action.REPLACE
    words = {
        "forget": Action.FORGET,
        "delete": Action.DELETE,
        "update": Action.UPDATE,
        "create": Action.CREATE,
    }
    return next((word for action, word in words.items() if action in actions), None)


def _changed(change: Mapping[str, Any]) -> list[str]:
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = {
        name for name, is_unknown in (change.get("after_unknown") or {}).items() if is_unknown
    }
    names = {*before, *after, *unknown}
    return sorted(
        name
        for name in names
        if name in unknown or before.get(name, ABSENT) != after.get(name, ABSENT)
    )


def _name(attributes: Mapping[str, Any] | None) -> str:
    known = attributes or {}
    return next((str(known[name]) for name in NAMES if known.get(name)), "")
