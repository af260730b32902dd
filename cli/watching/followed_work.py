"""Work that is followed by its name: a command shows it as it is, or watches it to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import typer

from cli.watching.resumption import announce, remember

if TYPE_CHECKING:
    from cli.context import Session

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class FollowedWork(Generic[Seen]):
    """A command, a task, an import, an approval request or an execution.

    Attributes
    ----------
    session
        This run of the command line.
    resumption, keys
        The command that goes on watching it, and what names the work to that.
    look
        Reads it as it is now.
    watch
        Shows how it goes on until its end, for so many seconds at most, and returns it then.
    show
        Prints it.
    is_success
        Tells whether its end is what was wanted.
    """

    session: Session
    resumption: Sequence[str]
    keys: Sequence[str]
    look: Callable[[], Seen]
    watch: Callable[[float | None], Seen]
    show: Callable[[Seen], None]
    is_success: Callable[[Seen], bool]

    def tell_made(self, made: Mapping[str, Any], *, watched: bool) -> None:
        """Print what was made, or watch it."""
        if watched:
            announce(self.session, *self.resumption, keys=self.keys)
            self.wait()
        else:
            self.session.output.record({**made})

    def tell(self, *, watched: bool) -> None:
        """Show it as it is, or watch it; then the exit code is 1 if its end is not a success."""
        if watched:
            self.wait()
        else:
            self.show(self.look())

    def wait(self, seconds: float | None = None) -> None:
        """Watch it to its end and show that; the exit code is 1 if it is not a success."""
        remember(self.session, *self.resumption, keys=self.keys)
        end = self.watch(seconds)
        self.show(end)
        if not self.is_success(end):
            raise typer.Exit(1)
