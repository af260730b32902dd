"""Statements of IAM policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stacks.documents import render

POLICY_VERSION = "2012-10-17"


Conditions = Mapping[str, Mapping[str, str | list[str]]]
"""Values by condition key, by operator (IAM guide, "IAM JSON policy elements: Condition")."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One concern: actions that are allowed on resources, under conditions if there are any.

    A statement with ``effect`` *Deny* refuses them, whatever others allow.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions | None = None
    effect: Literal["Allow", "Deny"] = "Allow"

    def render(self) -> dict[str, object]:
        """Render the statement as IAM reads it."""
        return {
            "Sid": self.sid,
            "Effect": self.effect,
            "Action": list(self.actions),
            "Resource": list(self.resources),
            **({"Condition": self.conditions} if self.conditions else {}),
        }


def policy_document(statements: list[dict[str, object]]) -> str:
    """Render a policy of statements."""
    return render({"Version": POLICY_VERSION, "Statement": statements})
