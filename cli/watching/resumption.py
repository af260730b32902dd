"""A watcher's way back: the id of the work, and the command that goes on watching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.suggestions import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.context import Session


def announce(session: Session, *words: str, keys: Sequence[str]) -> None:
    """Tell the id of what was just made before it is watched, as watching may be broken off.

    It goes to stderr, with ``--json`` as a JSON document of one line: stdout is left to the result.

    Parameters
    ----------
    session
        This run of the command line.
    words
        The command that goes on watching, without ``cqrs`` and its options.
    keys
        The id, or the parts of it.
    """
    remember(session, *words, keys=keys)
    known_as = " ".join(keys)
    session.output.aside(
        [known_as, f"To watch it again: {session.resume}"],
        {"id": known_as, "resume": session.resume},
    )


def remember(session: Session, *words: str, keys: Sequence[str]) -> None:
    """Note the command that goes on watching, which is told if this one is interrupted."""
    outputs = () if session.outputs is None else ("--outputs", str(session.outputs))
    session.resume = command_line(session.connection, *outputs, *words, keys=keys)
