"""Developing on an environment, which the tool chain of the clone does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from cli.context import session_of
from cli.terminal import screen

ROOT = Path(__file__).resolve().parents[2]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(dev)


def dev(context: typer.Context) -> None:
    """Bring each file that is saved into the environment, as `make dev` does."""
    name = session_of(context).environment_name
    screen.flush()
    os.chdir(ROOT)
    # The tool chain takes this process over, and Ctrl-C with it.
    os.execv(sys.executable, [sys.executable, "-m", "tooling", "dev", name])  # noqa: S606
