"""Who is at the command line."""

from __future__ import annotations

import getpass

import typer


def user() -> str:
    """Name of the system's user, as records of what people decide keep it.

    Raises
    ------
    typer.BadParameter
        If the system does not say.
    """
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # as in a container whose user has no name
        raise typer.BadParameter("this system does not say who you are; give --by") from None
