"""The screen of ``make dev``: a line for each thing that happens."""

import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum

from rich.console import Console
from rich.status import Status
from rich.text import Text

from cli.terminal import screen
from cli.terminal.escapes import escaped_lines

WATCHING = "Watching for saved files; Ctrl-C ends."
SHOWN_CHANGES = 12


class Topic(StrEnum):
    """The subject of a line."""

    DEV = "dev"
    CHECK = "check"
    CODE = "code"
    STACK = "stack"
    LOG = "log"
    END = "end"


STYLES = {
    Topic.DEV: "bold",
    Topic.CHECK: "yellow",
    Topic.CODE: "green",
    Topic.STACK: "magenta",
    Topic.LOG: "dim",
    Topic.END: "cyan",
}
WIDTH = max(map(len, Topic))


class UnderWay:
    """Words about something under way, with its seconds, as they are at each look."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._begin = time.monotonic()

    def __rich__(self) -> Text:
        """Write it in a line."""
        return Text(f"{self._text}, for {time.monotonic() - self._begin:.0f} s")


class Report:
    """The screen of one session; a pipe gets the same lines without colours.

    Its methods may be called from any thread.
    """

    def __init__(self) -> None:
        self._console: Console = screen.results()
        self._lock = threading.RLock()
        self._status: Status | None = None

    def line(self, topic: Topic, text: str) -> None:
        """Tell something."""
        prefix = f"{datetime.now().astimezone():%H:%M:%S} {topic:<{WIDTH}} "
        self._print(Text.assemble((prefix, STYLES[topic]), escaped_lines(text)))

    def lines(self, topic: Topic, texts: Sequence[str], shown: int = SHOWN_CHANGES) -> None:
        """Tell several things, and how many are left out."""
        for text in texts[:shown]:
            self.line(topic, text)
        left = len(texts) - shown
        if left > 0:
            self.line(topic, f"and {left} more")

    def problems(self, problems: Iterable[object]) -> None:
        """Tell what keeps sources from being deployed, each as editors read it."""
        for problem in problems:
            self._print(Text(str(problem), style="red"))

    def error(self, topic: Topic, text: str) -> None:
        """Tell what failed."""
        self.line(topic, f"error: {text}")

    def agrees(self, lines: Sequence[str]) -> bool:
        """Ask somebody at the terminal whether to go on; without one, nobody agrees."""
        for text in lines:
            self.line(Topic.STACK, text)
        if not sys.stdin.isatty():
            self.line(Topic.STACK, "Nobody can be asked here: use make deploy.")
            return False
        with self._lock, self._without_status():
            return screen.ask("Carry it out? [y/N]").strip().lower() in {"y", "yes"}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Show, on a terminal, that the session waits for changes."""
        if not self._console.is_terminal:
            yield
            return
        with self._console.status(WATCHING, spinner=screen.spinner(self._console)) as status:
            self._status = status
            try:
                yield
            finally:
                self._status = None

    @contextmanager
    def under_way(self, topic: Topic, text: str) -> Iterator[None]:
        """Tell what begins, and show it on a terminal until it ends."""
        if self._status is not None:
            self._status.update(UnderWay(text))
        self.line(topic, f"{text}.")
        try:
            yield
        finally:
            if self._status is not None:
                self._status.update(WATCHING)

    @contextmanager
    def _without_status(self) -> Iterator[None]:
        if self._status is None:
            yield
            return
        self._status.stop()
        try:
            yield
        finally:
            self._status.start()

    def _print(self, text: Text) -> None:
        with self._lock:
            self._console.print(text, soft_wrap=True)
            screen.flush()
