"""Asking whoever is at the command line before something is done to many things at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from cli.terminal import screen

if TYPE_CHECKING:
    from cli.context import Session


def refuse_without_answer(session: Session, what: str, *, yes: bool) -> None:
    """Check that there is a person to ask, or ``--yes``.

    Raises
    ------
    typer.BadParameter
        If there is neither.
    """
    is_person = sys.stdin is not None and sys.stdin.isatty() and not session.output.as_json
    if not (yes or is_person):
        raise typer.BadParameter(f"nobody can be asked here; give --yes to {what} without it")


def is_agreed(question: str) -> bool:
    """Whether a person says yes."""
    return screen.ask(f"{question} [y/N]").lower() in {"y", "yes"}
