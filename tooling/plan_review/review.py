"""A review of one plan."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tooling.plan_review.changes import read_changes
from tooling.plan_review.guard import findings_of
from tooling.plan_review.summary import summarise

if TYPE_CHECKING:
    from pathlib import Path


def review(environment: str, plan: str, *, is_allowed: bool, comment: Path | None = None) -> bool:
    """Print a table of what a plan would do.

    Parameters
    ----------
    environment
        Whose plan it is.
    plan
        What ``terraform show -json`` prints of it.
    is_allowed
        Whether somebody has allowed it to lose data.
    comment
        A file that takes the table as well.

    Returns
    -------
    bool
        Whether it loses data that it is not allowed to.

    Raises
    ------
    PlanError
        It is no plan.
    """
    changes = read_changes(plan)
    findings = findings_of(changes)
    text = summarise(environment, changes, findings, is_allowed=is_allowed)
    sys.stdout.write(text)
    if comment is not None:
        comment.write_text(text, encoding="utf-8")
    return any(finding.loses_data for finding in findings) and not is_allowed
