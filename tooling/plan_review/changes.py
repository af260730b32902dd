"""The changes of a plan (Terraform documentation, "JSON Output Format")."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tooling.errors import ToolingError

FORMAT = "1."
"""Major version of the format that is understood."""

ABSENT = object()
NAMES = ("name", "bucket", "function_name", "dashboard_name", "alarm_name", "queue_url", "alias")
"""Attributes that name a resource, the first that is there."""


class PlanError(ToolingError):
    """The document is not a plan; the message says what to give."""


class Action(StrEnum):
    """An action on a resource."""

    CREATE = "create"
    UPDATE = "change"
    REPLACE = "replace"
    DELETE = "destroy"
    FORGET = "forget"

    @property
    def past(self) -> str:
        """The action as something that has happened."""
        return {Action.DELETE: "destroyed", Action.FORGET: "forgotten"}.get(self, f"{self.value}d")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one resource.

    Attributes
    ----------
    address
        Of the resource in the configuration.
    kind
        Its type, such as ``aws_dynamodb_table``.
    name
        Its name in AWS, or else in the configuration.
    attributes
        Names of the attributes that change.
    causes
        Those of them that a replacement is due to.
    before, after
        Its attributes; None if it is not there.
    unknown
        Names of the attributes of which nothing is known before it is done.
    """

    address: str
    kind: str
    name: str
    action: Action
    attributes: tuple[str, ...]
    causes: tuple[str, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    unknown: tuple[str, ...] = ()


class _Values(BaseModel):
    """One resource's values in a plan."""

    actions: list[Literal["no-op", "create", "read", "update", "delete", "forget"]]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    after_unknown: dict[str, Any] | bool = False
    replace_paths: list[list[str | int]] = []

    model_config = ConfigDict(strict=True)


class _ResourceChange(BaseModel):
    """One of a plan's ``resource_changes``."""

    address: str
    type: str
    mode: str = "managed"
    change: _Values

    model_config = ConfigDict(strict=True)


class _Plan(BaseModel):
    """A plan, as far as a review needs it."""

    resource_changes: list[_ResourceChange] = []
    deferred_changes: list[Any] = []

    model_config = ConfigDict(strict=True)


def read_changes(text: str) -> list[Change]:
    """Read what ``terraform show -json`` prints of a plan.

    Raises
    ------
    PlanError
        If it is something else, or a plan that cannot be reviewed as a whole.
    """
    plan = _parsed(text)
    return [change for found in plan.resource_changes for change in _change(found)]


def _parsed(text: str) -> _Plan:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise PlanError(
            f"This is not JSON ({error}); give what `terraform show -json PLAN` prints."
        ) from None
    _refuse_other_documents(document)
    try:
        plan = _Plan.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise PlanError(
            f"{place} of this plan is not as Terraform writes it ({first['msg']}), so nothing can "
            "be said of what it does; give what `terraform show -json PLAN` prints."
        ) from None
    if plan.deferred_changes:
        raise PlanError(
            "The plan puts off some of its changes, so it cannot be reviewed as a whole."
        )
    return plan


def _refuse_other_documents(document: Any) -> None:
    is_understood = isinstance(document, dict) and str(
        document.get("format_version", "")
    ).startswith(FORMAT)
    if not is_understood:
        raise PlanError("This is not a plan; give what `terraform show -json PLAN` prints.")
    if document.get("errored"):
        raise PlanError("The plan was made with errors and is not whole: mend them, plan again.")
    if "planned_values" not in document:
        raise PlanError(
            "This is a state, not a plan; give what `terraform show -json PLAN` prints."
        )


def _change(found: _ResourceChange) -> Iterator[Change]:
    values = found.change
    action = _action(values.actions)
    if action is None or found.mode == "data":
        return
    yield Change(
        address=found.address,
        kind=found.type,
        name=_name(values.before) or _name(values.after) or found.address.partition(".")[2],
        action=action,
        attributes=tuple(_changed(values)) if action in (Action.UPDATE, Action.REPLACE) else (),
        causes=tuple(sorted({str(path[0]) for path in values.replace_paths if path})),
        before=values.before,
        after=values.after,
        unknown=tuple(name for name, told in _unknown(values) if told is True),
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


def _changed(values: _Values) -> list[str]:
    before, after = values.before or {}, values.after or {}
    unknown = {name for name, told in _unknown(values) if _is_unknown(told)}
    names = {*before, *after, *unknown}
    return sorted(
        name
        for name in names
        if name in unknown or before.get(name, ABSENT) != after.get(name, ABSENT)
    )


def _unknown(values: _Values) -> Iterable[tuple[str, Any]]:
    """Attributes with what is unknown of them: true, or the parts of which it is."""
    told = values.after_unknown
    return told.items() if isinstance(told, dict) else ()


def _is_unknown(told: Any) -> bool:
    """Whether anything is; Terraform shows blocks that are known as empty objects."""
    if isinstance(told, dict):
        return any(map(_is_unknown, told.values()))
    if isinstance(told, list):
        return any(map(_is_unknown, told))
    return told is True


def _name(attributes: Mapping[str, Any] | None) -> str:
    known = attributes or {}
    return next((str(known[name]) for name in NAMES if known.get(name)), "")
