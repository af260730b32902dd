"""``python -m tooling.plan_review``: review a plan."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tooling.errors import ToolingError
from tooling.plan_review.review import review

LOSES_DATA = 1
NO_PLAN = 2


def main(
    environment: Annotated[str, typer.Option(help="Whose plan it is.")],
    plan: Annotated[
        typer.FileText,
        typer.Argument(default_factory=lambda: "-", help="What `terraform show -json` printed."),
    ],
    allow_data_loss: Annotated[
        bool, typer.Option(help="Do not fail if data would be lost.")
    ] = False,
    output: Annotated[Path | None, typer.Option(help="Write it to a file as well.")] = None,
) -> None:
    """Print a table of what a plan would do; exit with 1 if it would lose data."""
    try:
        loses_data = review(environment, plan.read(), is_allowed=allow_data_loss, comment=output)
    except ToolingError as error:
        sys.stderr.write(f"{error.shown}\n")
        raise typer.Exit(NO_PLAN) from None
    if loses_data:
        raise typer.Exit(LOSES_DATA)


if __name__ == "__main__":
    typer.run(main)
