"""How long work may stand still before somebody looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cqrs.imports.hops import LONGEST_DELAY

if TYPE_CHECKING:
    from cqrs.settings import Settings

COMMAND_GRACE = timedelta(minutes=5)
"""For a command's record to come out of its stream, and for its execution to be seen."""

LONGEST_WAIT = timedelta(hours=1)
"""For a queue or an execution that others hold up; beyond it, what was waited for may be gone."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The moments since when work has stood still for too long.

    Attributes
    ----------
    now
        The moment of the look.
    invocation
        How long an invocation of the function may take.
    return_of_message
        How long a message whose invocation died stays hidden.
    tries
        How often a message is delivered.
    """

    now: datetime
    invocation: timedelta
    return_of_message: timedelta
    tries: int

    @classmethod
    def of(cls, settings: Settings) -> Patience:
        """The patience that an environment's settings ask for, from now on."""
        return cls(
            datetime.now(UTC),
            timedelta(seconds=settings.function_timeout_seconds),
            timedelta(seconds=settings.queue_visibility_seconds),
            settings.max_receive_count,
        )

    @property
    def start(self) -> datetime:
        """A command that was started before has an execution."""
        return self.now - COMMAND_GRACE

    @property
    def work(self) -> datetime:
        """An invocation that began before has ended."""
        return self.now - self.invocation

    @property
    def message(self) -> datetime:
        """A message that was received before has come back, and been worked off."""
        return self.work - self.return_of_message

    @property
    def delayed_message(self) -> datetime:
        """The same of a message that was held back at first."""
        return self.message - timedelta(seconds=LONGEST_DELAY)

    @property
    def wait(self) -> datetime:
        """Work that has waited since before does not wait for others alone."""
        return self.now - LONGEST_WAIT

    @property
    def all_tries(self) -> datetime:
        """A message that was received before has had all its tries."""
        return self.message - self.tries * self.return_of_message
