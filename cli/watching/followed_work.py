"""Work that is followed by an id: a command shows it as it is, or watches it to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import typer

from cli.watching.resumption import announce, remember

if TYPE_CHECKING:
    from cli.context import Session

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class FollowedWork(Generic[Seen]):
    """A task, an import or an execution.

    Attributes
    ----------
    session
        This run of the command line.
    group, known_as
        The group of commands that it belongs to, and its id.
    look
        Reads it as it is now.
    watch
        Shows how it goes on until its end, and returns it then.
    show
        Prints it.
    is_success
        Tells whether its end is what was wanted.
    """

    session: Session
    group: str
    known_as: str
    look: Callable[[], Seen]
    watch: Callable[[], Seen]
    show: Callable[[Seen], None]
    is_success: Callable[[Seen], bool]

    def tell_made(self, made: Mapping[str, Any], *, watched: bool) -> None:
        """Print what was made, or watch it."""
        if watched:
            announce(self.session, *self._words, key=self.known_as)
            self._watch()
        else:
            self.session.output.record({**made})

    def tell(self, *, watched: bool) -> None:
        """Show it as it is, or watch it; then the exit code is 1 if its end is not a success."""
        if watched:
            self._watch()
        else:
            self.show(self.look())

    @property
    def _words(self) -> tuple[str, ...]:
        """The command that goes on watching, without the id."""
        return self.group, "status", "--watch"

    def _watch(self) -> None:
        remember(self.session, *self._words, key=self.known_as)
        end = self.watch()
        self.show(end)
        if not self.is_success(end):
            raise typer.Exit(1)
