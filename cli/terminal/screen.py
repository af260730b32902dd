"""The one door to stdout and stderr: nothing else of the command line writes there.

Text that passes it is safe to show on a terminal, and fits into the encoding of the stream.
"""

from __future__ import annotations

import codecs
import errno
import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

from cli.terminal.escapes import escaped, escaped_lines

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

LINE_LENGTH = 1_000_000
"""Width of a line if there is no screen that limits it."""

USUAL_WIDTH = 80
"""Characters of a line on a terminal that does not tell its size."""

UTF_8 = "utf-8"

NARROWEST = 20
"""Characters of a line on any terminal: on a narrower one, columns would be dropped."""

SIZES = ("COLUMNS", "LINES")
"""Variables that tell the size of a terminal."""

SIZE = re.compile("0*[1-9][0-9]{0,4}")
"""A size that a terminal may have, as Rich reads it."""


def prepare() -> None:
    """Make the standard streams such that nothing can break on them.

    A character that a terminal's encoding lacks is written out, and whatever reads standard input
    finds it empty if it is closed. A size of the terminal that is none is forgotten.
    """
    for name in SIZES:
        if not SIZE.fullmatch(os.environ.get(name, "1")):
            del os.environ[name]
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding=UTF_8)  # noqa: PTH123, SIM115 - as long as the process


def is_terminal() -> bool:
    """Whether stdout leads to a person at a screen, whatever ``FORCE_COLOR`` says of colours."""
    return _leads_to_terminal(sys.stdout)


def width() -> int:
    """Characters that a line of stdout may have before it has to be folded.

    The reader of a pipe is not a person at a screen, and would have to put keys together again.
    """
    if sys.stdout is None or not is_terminal():
        return LINE_LENGTH
    asked = os.environ.get("COLUMNS", "")
    if asked.isascii() and asked.isdecimal() and int(asked):
        return max(NARROWEST, int(asked))
    try:
        return max(NARROWEST, os.get_terminal_size(sys.stdout.fileno()).columns or USUAL_WIDTH)
    except OSError:
        return USUAL_WIDTH


def shown(text: str) -> str:
    """A line as stdout may show it, to lay it out."""
    return escaped(text, _encoding(sys.stdout))


def results() -> Console:
    """The console that draws on stdout; colours as ``FORCE_COLOR`` and ``NO_COLOR`` say."""
    return _console(sys.stdout, width=width(), force_interactive=None if is_terminal() else False)


def progress(*, quiet: bool = False) -> Console:
    """The console that shows progress on stderr, to a person; without one it shows nothing."""
    is_watched = _leads_to_terminal(sys.stderr)
    return _console(
        sys.stderr, quiet=quiet or not is_watched, force_terminal=None if is_watched else False
    )


def spinner(console: Console) -> str:
    """Name of the sign that turns while something goes on, drawn as the encoding allows."""
    return "line" if console.options.ascii_only else "dots"


def draw(*drawings: RenderableType, soft_wrap: bool = False) -> None:
    """Draw on stdout.

    Parameters
    ----------
    soft_wrap
        Whether the terminal itself breaks lines that are too long, so that they can be copied.
    """
    console = results()
    with console.capture() as captured:
        for drawing in drawings:
            console.print(drawing, soft_wrap=soft_wrap)
    # Tables fill their lines with spaces.
    lines = (line.rstrip(" ") for line in captured.get().split("\n"))
    _open(sys.stdout).write("\n".join(lines))


def write(text: str) -> None:
    """Write lines for people to stdout."""
    stream = _open(sys.stdout)
    stream.write(f"{escaped_lines(text, _encoding(stream))}\n")


def write_json(document: str) -> None:
    """Write a JSON document, in which everything but ASCII is escaped, to stdout."""
    _open(sys.stdout).write(f"{document}\n")


def write_bytes(pieces: Iterable[bytes]) -> None:
    """Write a file in UTF-8 to stdout: as it is, but escaped on a terminal."""
    stream = _open(sys.stdout)
    if not is_terminal():
        stream.buffer.writelines(pieces)
        return
    # A byte order mark is for programs.
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="backslashreplace")
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        stream.writelines(_line(line) for line in lines)
    if rest := rest + decoder.decode(b"", final=True):
        stream.write(_line(rest))


def write_error(name: str, message: str) -> None:
    """Write to stderr why nothing was done; to nobody if that is closed."""
    if sys.stderr is None:
        return
    shown_name = escaped(name, _encoding(sys.stderr))
    _console(sys.stderr).print(shown_name, style="bold red", end="", soft_wrap=True)
    _tell(f": {message}")


def tell(text: str) -> None:
    """Write to stderr what is to be known beside the result; to nobody if that is closed."""
    if sys.stderr is not None:
        _tell(text)


def ask(question: str) -> str:
    """Ask a person at the terminal, and return the answer; empty if none comes."""
    flush()
    stream = _open(sys.stderr)
    stream.write(f"{escaped(question, _encoding(stream))} ")
    stream.flush()
    return "" if sys.stdin is None else sys.stdin.readline().strip()


def flush() -> None:
    """Write out what was printed.

    Raises
    ------
    OSError
        If the disk is full, or nobody reads any more.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def discard() -> None:
    """Let the interpreter not fail at its end over what it could not write."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _console(stream: TextIO | None, **options: Any) -> Console:
    from cli.terminal.safe_console import SafeConsole  # noqa: PLC0415 - JSON is not drawn

    # Rich knows the stream, and finds out what its encoding has to draw tables with.
    return SafeConsole(file=stream, markup=False, highlight=False, emoji=False, **options)


def _tell(text: str) -> None:
    sys.stderr.write(f"{escaped_lines(text, _encoding(sys.stderr))}\n")
    sys.stderr.flush()


def _line(text: str) -> str:
    return f"{escaped(text.removesuffix(chr(13)), _encoding(sys.stdout))}\n"


def _open(stream: TextIO | None) -> TextIO:
    if stream is None:
        raise OSError(errno.EBADF, "it is closed")
    return stream


def _encoding(stream: TextIO | None) -> str:
    return getattr(stream, "encoding", None) or UTF_8


def _leads_to_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()
