"""Who uses the command line."""

from __future__ import annotations

import getpass

import typer


def this_user() -> str:
    """Name of the user, for what keeps who did it.

    Raises
    ------
    typer.BadParameter
        The system does not say.
    """
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # as in a container whose user has no name
        raise typer.BadParameter("this system does not say who you are; give --by") from None
