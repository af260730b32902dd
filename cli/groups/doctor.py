"""Finding what is stuck, and what repairs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import session_of
from cqrs.errors import CqrsError

if TYPE_CHECKING:
    from cli.doctor.finding import Finding


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(doctor)


def doctor(
    context: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what is safe to repair.")] = False,
    restored: Annotated[
        bool,
        typer.Option(
            "--restored", help="After a restore: compare data with commands, from end to end."
        ),
    ] = False,
) -> None:
    """Find what is stuck, and say what repairs each; exit 1 if anything remains."""
    # The help needs none of it.
    from cli.doctor.examination import examine, examine_restored  # noqa: PLC0415

    session = session_of(context)
    findings = (examine_restored if restored else examine)(session.connection)
    rows = [_row(finding, fix) for finding in findings]
    session.output.rows(
        "problems",
        rows,
        ("problem", "subject", "detail"),
        whole=("subject",),
        lines=("subject", "repair", "explain"),
    )
    if any(not row["fixed"] for row in rows):
        raise typer.Exit(1)


def _row(finding: Finding, fix: bool) -> dict[str, str | bool]:
    fixed, told = _fixed(finding) if fix else (False, "")
    more = f"; {'' if fixed else 'not fixed: '}{told}" if told else ""
    return {
        "problem": finding.problem,
        "subject": finding.subject,
        "detail": f"{finding.detail}{more}",
        "repair": "fixed" if fixed else finding.repair,
        "explain": "" if fixed else finding.explain,
        "fixed": fixed,
    }


def _fixed(finding: Finding) -> tuple[bool, str]:
    """Whether something was repaired, and what else there is to say."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    from cqrs.healing.faults import mended  # noqa: PLC0415

    if finding.fix is None:
        return False, ""
    try:
        return mended(finding.subject, finding.fix)
    except (CqrsError, ClientError) as error:
        return False, f"{type(error).__name__}: {error}"
