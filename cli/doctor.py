"""Finding what is stuck, and what repairs it."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import session_of
from cli.findings import Finding, examine


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(doctor)


def doctor(
    context: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what is safe to repair.")] = False,
) -> None:
    """Find commands and messages that are stuck, and say what repairs each; 1 if any remains."""
    session = session_of(context)
    findings = examine(session.connection)
    rows = [_row(finding, fix) for finding in findings]
    session.output.rows("problems", rows, ("problem", "subject", "repair"))
    if any(not row["fixed"] for row in rows):
        raise typer.Exit(1)


def _row(finding: Finding, fix: bool) -> dict[str, str | bool]:
    fixed = fix and finding.fix is not None
    if fixed and finding.fix is not None:
        finding.fix()
    return {
        "problem": finding.problem,
        "subject": finding.subject,
        "detail": finding.detail,
        "repair": "fixed" if fixed else finding.repair,
        "fixed": fixed,
    }
