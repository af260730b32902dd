"""Completion in shells: the scripts that ask this program, and its answers."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = "cqrs"

ASKS = "_CQRS_COMPLETE"
"""The variable by which a shell's script asks what may come next."""


class Shell(StrEnum):
    """Shells in which words are completed."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


# Typer has these only as two options, of which each tells the shell by the process that called it.


def script_of(shell: Shell) -> str:
    """The script that has a shell complete words of the command line."""
    from typer._completion_shared import get_completion_script  # noqa: PLC0415

    return get_completion_script(prog_name=PROGRAM, complete_var=ASKS, shell=shell.value)


def install(shell: Shell) -> Path:
    """Keep the script for later shells; the file in which it lies."""
    from typer._completion_shared import install  # noqa: PLC0415

    _, path = install(shell=shell.value, prog_name=PROGRAM, complete_var=ASKS)
    return path


def prepare_answer() -> None:
    """Make this process able to answer if a shell's script is what asks."""
    if ASKS in os.environ:
        _join_values()
        from typer._completion_classes import completion_init  # noqa: PLC0415

        completion_init()


WORDS, PLACE = "COMP_WORDS", "COMP_CWORD"
"""Variables of the script for bash: the words, a line each, and which of them is completed."""


def _join_values() -> None:
    """Let ``--option=value`` be two words; bash, which breaks words at ``=``, makes it three."""
    words, place = os.environ.get(WORDS, "").split("\n"), os.environ.get(PLACE, "")
    if not place.isdecimal():
        return
    kept: list[str] = []
    at = int(place)
    for number, word in enumerate(words):
        if word == "=" and kept and kept[-1].startswith("--"):
            # Without a value, the word to complete is the empty one behind it.
            at -= number < int(place)
            continue
        kept.append(word)
    os.environ |= {WORDS: "\n".join(kept), PLACE: str(at)}
