"""What keeps sources from being deployed, with its place as editors read it."""

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
        What is wrong.
    """

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """Write it as compilers do, which editors and terminals make a link of."""
        text = f"{self.path}:{self.line}:{self.column}: error: {self.message}"
        return escaped_lines(text)
