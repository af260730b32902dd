"""A review of one plan."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tooling.errors import ToolingError
from tooling.plan_review.changes import read_changes
from tooling.plan_review.guard import findings_of
from tooling.plan_review.summary import summarise, summarise_failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def review(environment: str, plan: str, *, is_allowed: bool, comment: Path | None = None) -> bool:
    """Print a table of what a plan would do.

    Parameters
    ----------
    environment
        Whose plan it is.
    plan
        The output of ``terraform show -json`` for it.
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
        If it is not a plan.
    """
    changes = read_changes(plan)
    findings = findings_of(changes)
    text = summarise(environment, changes, findings, is_allowed=is_allowed)
    sys.stdout.write(text)
    if comment is not None:
        _write(comment, text)
    return any(finding.loses_data for finding in findings) and not is_allowed


@contextmanager
def reported_failure(environment: str, comment: Path | None) -> Iterator[None]:
    """Leave the reason in the comment's file if no plan comes about.

    Otherwise the comment of an earlier, better plan would stand.

    Raises
    ------
    ToolingError
        If the file cannot be written, which is found out before anything is planned.
    """
    if comment is not None:
        _write(comment, summarise_failure(environment, "It was broken off."))
    try:
        yield
    except ToolingError as error:
        if comment is not None:
            _write(comment, summarise_failure(environment, str(error)))
        raise


def _write(comment: Path, text: str) -> None:
    try:
        comment.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"The review cannot be written to {comment}: {error.strerror}."
        raise ToolingError(message) from None
