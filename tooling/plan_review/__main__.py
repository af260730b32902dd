"""``python -m tooling.plan_review``: review a plan."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tooling.plan_review.changes import PlanError, read_changes
from tooling.plan_review.guard import findings_of
from tooling.plan_review.summary import summarise

LOSES_DATA = 1
NO_PLAN = 2


def review(
    environment: Annotated[str, typer.Option(help="Whose plan it is.")],
    plan: Annotated[
        typer.FileText,
        typer.Argument(default_factory=lambda: "-", help="What `terraform show -json` printed."),
    ],
    allow_data_loss: Annotated[
        bool, typer.Option(help="Do not fail where data would be lost.")
    ] = False,
    output: Annotated[Path | None, typer.Option(help="Write it to a file as well.")] = None,
) -> None:
    """Print a table of what a plan would do; exit with 1 where it would lose data."""
    try:
        changes = read_changes(plan.read())
    except PlanError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(NO_PLAN) from None
    findings = findings_of(changes)
    text = summarise(environment, changes, findings, is_allowed=allow_data_loss)
    sys.stdout.write(text)
    if output is not None:
        output.write_text(text, encoding="utf-8")
    if any(finding.loses_data for finding in findings) and not allow_data_loss:
        raise typer.Exit(LOSES_DATA)


if __name__ == "__main__":
    typer.run(review)
