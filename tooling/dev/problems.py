"""Errors that keep sources from being deployed, with their places as editors read them."""

from dataclasses import dataclass

from cli.terminal.escapes import escaped_lines


@dataclass(frozen=True, order=True)
class Problem:
    """An error in a file.

    Attributes
    ----------
    path
        The file's path within the project.
    line, column
        The place in it, both from 1.
    message
        The error, in words.
    """

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """Write it as compilers do, which editors and terminals make a link of."""
        text = f"{self.path}:{self.line}:{self.column}: error: {self.message}"
        return escaped_lines(text)
