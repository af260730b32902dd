"""What whoever watches something is left with: its id, and the command that goes on watching."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from cli.stored_commands import command_line

if TYPE_CHECKING:
    from cli.context import Session


def announce(session: Session, known_as: str, *words: str) -> None:
    """Tell the id of what was just made before it is watched, as watching may be broken off.

    It goes to stderr, with ``--json`` as a JSON document of one line: stdout is left to the result.

    Parameters
    ----------
    session
        This run of the command line.
    known_as
        The id.
    words
        The command that goes on watching, without ``cqrs`` and its options.
    """
    remember(session, *words)
    if sys.stderr is None:
        return
    if session.output.as_json:
        sys.stderr.write(json.dumps({"id": known_as, "resume": session.resume}) + "\n")
    else:
        sys.stderr.write(f"{known_as}\nTo watch it again: {session.resume}\n")
    sys.stderr.flush()


def remember(session: Session, *words: str) -> None:
    """Note the command that goes on watching, which is told where this one is interrupted."""
    outputs = () if session.outputs is None else ("--outputs", str(session.outputs))
    session.resume = command_line(session.connection, *outputs, *words)
