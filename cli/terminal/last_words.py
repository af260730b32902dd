"""The words at Ctrl-C beside the screen: constant ones, which are safe on any terminal.

It comes before the screen is there, or while the screen is in the middle of something. So this
module imports nothing that has to be loaded.
"""

import os
import sys

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

NAME = "Interrupted"
NOTHING_ASKED = "Nothing was asked of AWS yet."
GOES_ON = "The requests that were made to AWS before go on there."
NOTHING_CHANGED = "This command changes nothing."

STDOUT, STDERR = 1, 2
JSON = "--json"
JSON_LINES = "--json-lines"

END_OF_OPTIONS = "--"


def asks_for_json(arguments: list[str]) -> bool:
    """Whether a command line asks for JSON, as a document or in lines."""
    return _has(arguments, JSON) or asks_for_lines(arguments)


def asks_for_lines(arguments: list[str]) -> bool:
    """Whether it asks for lines of JSON."""
    return _has(arguments, JSON_LINES)


def _has(arguments: list[str], option: str) -> bool:
    """Whether a command line has an option, and not just a key that is called so."""
    options = arguments
    if END_OF_OPTIONS in arguments:
        options = arguments[: arguments.index(END_OF_OPTIONS)]
    return option in options


def tell(message: str) -> None:
    """Write one of these messages, as a command's error is written; to nobody if that is closed."""
    if asks_for_json(sys.argv):
        text, stream = f'{{\n  "error": "{NAME}",\n  "message": "{message}"\n}}\n', STDOUT
    else:
        text, stream = f"{NAME}: {message}\n", STDERR
    try:
        os.write(stream, text.encode())
    except OSError:
        return
