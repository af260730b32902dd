"""The output of the command line: tables for people, one JSON document for programs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.terminal import screen
from cqrs.core.json_text import to_json

if TYPE_CHECKING:
    from rich.console import Console

Row = Mapping[str, Any]

CELL_LENGTH = 500
"""Characters of a cell in a table of many; a cause may have thousands."""


@dataclass(frozen=True, slots=True)
class Output:
    """Prints results and errors in the form that was asked for.

    Attributes
    ----------
    as_json
        One JSON document on stdout, and nothing else there.
    as_lines
        With it: a line for each entry of a list instead, and how to go on with it on stderr.
    """

    as_json: bool
    as_lines: bool = False

    def record(self, row: Row) -> None:
        """Print one thing with the properties that it has; JSON names the others, too."""
        if self.as_json:
            self.document(row)
            return
        from rich.table import Table  # noqa: PLC0415 - JSON is not drawn
        from rich.text import Text  # noqa: PLC0415

        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_column(style="bold", overflow="fold")
        table.add_column(overflow="fold")
        for name, value in row.items():
            if cell := _cell(value):
                table.add_row(Text(screen.shown(name)), Text(cell))
        screen.draw(table)

    def rows(
        self,
        title: str,
        rows: Sequence[Row],
        columns: Sequence[str],
        *,
        whole: Sequence[str] = ("id",),
        more: Row | None = None,
        lines: tuple[str, ...] = (),
        none: str = "",
        note: str = "",
        notes: Sequence[str] = (),
    ) -> None:
        """Print a list.

        Parameters
        ----------
        title
            The title of the list.
        rows
            All with the same properties.
        columns
            The properties that a table has room for, the start of each, if any row has one; JSON
            has them all, whole.
        whole
            Those of them that name an entry, and that nothing breaks, as they may be copied.
        more
            How to go on where the list does not end here, such as ``{"cursor": ...}``.
        lines
            Properties. The first says what the others belong to. Those that an entry has are
            printed below the table. Each has a line of its own that nothing breaks, as it may be
            copied.
        none
            Advice about a list with nothing in it.
        note
            A remark beyond the list.
        notes
            The same about single entries: line breaks in them are those of data.
        """
        if self.as_json:
            told = "\n".join([note] * bool(note) + [*notes])
            self._json_rows(rows, {**(more or {}), **({"note": told} if told else {})})
            return
        if rows:
            from rich.text import Text  # noqa: PLC0415

            from cli.terminal.lists import laid_out  # noqa: PLC0415

            cells = [
                {
                    name: cell if name in whole else _shortened(cell)
                    for name in columns
                    for cell in [_cell(row[name])]
                }
                for row in rows
            ]
            filled = [name for name in columns if any(row[name] for row in cells)]
            for drawing in laid_out(cells, filled, whole, screen.width()):
                # A name that is longer than the screen is broken by that, and copied as it is.
                screen.draw(drawing, soft_wrap=isinstance(drawing, Text))
        elif not note and not notes:
            self.note(f"No {title}.{none and ' '}{none}")
        if lines:
            self._lines(rows, *lines)
        for name, value in (more or {}).items():
            if value is not None:
                self.note(f"There are more: go on with --{name} {shlex.quote(str(value))}")
        for line in [note] * bool(note) + [screen.shown(line) for line in notes]:
            self.note(line)

    def _json_rows(self, rows: Sequence[Row], more: Row) -> None:
        if not self.as_lines:
            self.document({"items": list(rows), **more})
            return
        for row in rows:
            self.document(row)
        beside = {name: value for name, value in more.items() if value is not None}
        if beside:
            self.aside((), beside)

    def note(self, text: str) -> None:
        """Print a line for people; a program gets one document and nothing else."""
        if not self.as_json:
            # A line feed in front of it is the caller's; those within it may be of data.
            line = text.lstrip("\n")
            for _ in range(len(text) - len(line)):
                screen.write("")
            screen.write(line)

    def error(self, name: str, message: str) -> None:
        """Print why nothing was done."""
        if self.as_json:
            self.document({"error": name, "message": message})
        else:
            screen.write_error(name, message)

    def aside(self, lines: Sequence[str], document: Row) -> None:
        """Tell what is to be known at once, and leave stdout to the result.

        Parameters
        ----------
        lines
            For people.
        document
            The same for programs, which get it as JSON on one line.
        """
        for line in [to_json(document, ascii_only=True)] if self.as_json else lines:
            screen.tell(line)

    def document(self, content: Any) -> None:
        """Print a JSON document."""
        indent = None if self.as_lines else 2
        screen.write_json(to_json(content, ascii_only=True, indent=indent))

    def file(self, pieces: Iterable[bytes]) -> None:
        """Print a file in UTF-8 as it is; a terminal is shown it escaped."""
        screen.write_bytes(pieces)

    def progress(self) -> Console:
        """The console that shows how something goes on; a program is shown nothing."""
        return screen.progress(quiet=self.as_json)

    def _lines(self, rows: Sequence[Row], owner: str, *names: str) -> None:
        for row in rows:
            for name in names:
                if row[name]:
                    self.note(f"\n{name} of {screen.shown(str(row[owner]))}:")
                    self.note(str(row[name]))


def _cell(value: Any) -> str:
    """A value on one line, as the screen may show it."""
    if value is None:
        return ""
    if isinstance(value, dict | list | set):
        return screen.shown(to_json(value))
    return screen.shown(str(value))


def _shortened(cell: str) -> str:
    """The start of a cell, and how much more there is."""
    left = len(cell) - CELL_LENGTH
    if left <= 0:
        return cell
    return f"{cell[:CELL_LENGTH]}... ({left:,} characters more: --json has them)"
