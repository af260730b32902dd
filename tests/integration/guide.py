"""The steps that a document gives its reader to do.

Fences of the document are told apart by the line before them, or by their language:

- ``Create `path`:`` - the fence is the whole file.
- ``Change `path`:`` - each ``diff`` fence is a change of the file.
- ``For a moment, change `path`:`` - the same, undone after the next commands.
- ``console`` - commands after ``$``, each with lines of its output; ``...`` stands for others. Of
  ``console fails`` the last command ends with an exit code other than 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

FENCE = "```"
FILE = re.compile(r"(Create|Change|For a moment, change) `([^`]+)`:")
PROMPT = "$ "
OTHERS = "..."
ADDRESS = "URL"
"""Stands in a command for the address that the project comes from."""


@dataclass(frozen=True)
class Create:
    """A file is made."""

    path: str
    content: str


@dataclass(frozen=True)
class Change:
    """Lines of a file are put into the place of others."""

    path: str
    old: str
    new: str
    is_for_a_moment: bool

    def applied_to(self, text: str) -> str:
        """The file after the change."""
        assert text.count(self.old) == 1, f"{self.path} holds this other than once:\n{self.old}"
        return text.replace(self.old, self.new)


@dataclass
class Command:
    """A command is run, and prints some lines in this order."""

    command: str
    fails: bool = False
    shown: list[str] = field(default_factory=list)

    def at(self, address: Path) -> Command:
        """The same with an address in the place of ``URL``."""
        return replace(self, command=self.command.replace(ADDRESS, str(address)))

    def missing_from(self, printed: str) -> str | None:
        """The first line shown that the command has not printed."""
        lines = iter(_words(line) for line in printed.splitlines())
        for shown in self.shown:
            if _words(shown) not in lines:
                return shown
        return None


EXCERPT = "excerpt"
"""Notes code that is to be read, and not to be done."""

Step = Create | Change | Command


def steps(document: str) -> Iterator[Step]:
    """All steps of a document, in their order."""
    marker: re.Match[str] | None = None
    lines = iter(document.splitlines())
    for line in lines:
        if not line.startswith(FENCE):
            # A change may have several fences, so blank lines do not end what is said of them.
            marker = FILE.fullmatch(line) if line else marker
            continue
        inside = list(_until_end(lines))
        language, _, note = line.removeprefix(FENCE).partition(" ")
        if language == "console":
            yield from _commands(inside, fails=note == "fails")
        elif note == EXCERPT:
            continue
        elif marker is None:
            raise AssertionError(f"Nothing says what to do with this:\n{_text(inside)}")
        elif marker[1] == "Create":
            yield Create(marker[2], _text(inside))
        else:
            assert language == "diff", f"a change of {marker[2]} is no diff"
            old = [each[1:] for each in inside if not each.startswith("+")]
            new = [each[1:] for each in inside if not each.startswith("-")]
            is_for_a_moment = marker[1] != "Change"
            yield Change(marker[2], _text(old), _text(new), is_for_a_moment)


def commands(document: str) -> Iterator[Command]:
    """The commands of a document's consoles, whatever else it holds, in their order."""
    lines = iter(document.splitlines())
    for line in lines:
        if line.startswith(FENCE):
            inside = list(_until_end(lines))
            if line == f"{FENCE}console":
                yield from _commands(inside, fails=False)


def _until_end(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line == FENCE:
            return
        yield line
    raise AssertionError("a fence has no end")


def _commands(lines: list[str], *, fails: bool) -> Iterator[Command]:
    found: list[Command] = []
    for line in lines:
        if line.startswith(PROMPT):
            found.append(Command(line.removeprefix(PROMPT)))
        elif found[-1].command.endswith("\\") and not found[-1].shown:
            found[-1].command += f"\n{line}"
        elif line and line != OTHERS:
            found[-1].shown.append(line)
    found[-1].fails = fails
    yield from found


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _words(line: str) -> str:
    """A line without what only sets out a table."""
    return " ".join(line.split())
