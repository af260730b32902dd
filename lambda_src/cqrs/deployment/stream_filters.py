"""Which records of the tables' streams call for work.

The event source mappings are deployed with these filters, so that a record that needs no work costs
no invocation. Code that reads a stream in their place applies the same.

A filter names what needs no work. So an item that something else than the services has put passes,
and the function fails it or sets it aside, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cqrs.commands.models import ENDED, SyncMode
from cqrs.imports.models import ImportKind
from cqrs.resources import Table
from cqrs.storage.unfinished_work import UNFINISHED
from cqrs.tasks.models import TaskKind

if TYPE_CHECKING:
    from collections.abc import Mapping

NEW = ("INSERT",)
NEW_AND_CHANGED = ("INSERT", "MODIFY")

NOT_THERE = {"exists": False}
"""Matches on the leaf that has a type's name only: on the attribute itself, it always would."""


class Mark(Protocol):
    """A demand on one attribute of the new image."""

    @property
    def attribute(self) -> str:
        """Its name."""

    @property
    def rules(self) -> list[Any]:
        """The same as rules of an event pattern, for a text."""

    def fits(self, text: str | None) -> bool:
        """Whether its text fits; None if there is none."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """An attribute that has one of some texts."""

    attribute: str
    texts: tuple[str, ...]

    @property
    def rules(self) -> list[Any]:
        """The texts."""
        return list(self.texts)

    def fits(self, text: str | None) -> bool:
        """Whether a text is one of them."""
        return text in self.texts


@dataclass(frozen=True, slots=True)
class NoneOf:
    """An attribute without one of some texts; one that is missing or of another type fits."""

    attribute: str
    texts: tuple[str, ...]

    @property
    def rules(self) -> list[Any]:
        """``anything-but`` alone asks that the attribute is there."""
        return [{"anything-but": list(self.texts)}, NOT_THERE]

    def fits(self, text: str | None) -> bool:
        """Whether a text is none of them."""
        return text not in self.texts


@dataclass(frozen=True, slots=True)
class Missing:
    """An attribute that is missing, or of another type than text."""

    attribute: str

    @property
    def rules(self) -> list[Any]:
        """That it is not there."""
        return [NOT_THERE]

    def fits(self, text: str | None) -> bool:
        """Whether there is no text."""
        return text is None


@dataclass(frozen=True, slots=True)
class StreamFilter:
    """The common marks of records that call for work.

    Attributes
    ----------
    events
        Names of their events.
    marks
        Attributes of the new image, each of which has to fit.
    """

    events: tuple[str, ...]
    marks: tuple[Mark, ...]

    @property
    def pattern(self) -> dict[str, Any]:
        """The same as an event pattern (Lambda guide, "Event filtering")."""
        image = {mark.attribute: {"S": mark.rules} for mark in self.marks}
        return {"eventName": list(self.events), "dynamodb": {"NewImage": image}}

    def passes(self, record: Mapping[str, Any]) -> bool:
        """Whether a record, as the stream has it, calls for work."""
        image = record.get("dynamodb", {}).get("NewImage", {})
        return record.get("eventName") in self.events and all(
            mark.fits(image.get(mark.attribute, {}).get("S")) for mark in self.marks
        )


def stream_filters(*, command_notifications: bool = False) -> dict[str, tuple[StreamFilter, ...]]:
    """The filters of each streamed table; a record that passes one of them calls for work.

    Beyond the guide, which takes new items only, changes of tasks, import jobs and, where that is
    asked for, commands are told from the streams.

    Parameters
    ----------
    command_notifications
        Whether the end of every command is told.
    """
    commands = (NEW_COMMAND, UNLISTED_COMMAND)
    return {
        Table.COMMANDS: (*commands, ENDED_COMMAND) if command_notifications else commands,
        Table.TASKS: (_all_but("kind", TaskKind.SUB_TASK),),
        Table.IMPORT_TMP: (
            _all_but("kind", *(kind for kind in ImportKind if kind is not ImportKind.JOB)),
        ),
    }


def _all_but(attribute: str, *texts: str) -> StreamFilter:
    return StreamFilter(NEW_AND_CHANGED, (NoneOf(attribute, texts),))


NEW_COMMAND = StreamFilter(NEW, (NoneOf("syncMode", (SyncMode.SYNC,)),))

UNLISTED_COMMAND = StreamFilter(NEW, (NoneOf("status", ENDED), Missing(UNFINISHED)))
"""A command under way that no publisher put: nobody else would ever find it."""

ENDED_COMMAND = StreamFilter(NEW_AND_CHANGED, (OneOf("status", ENDED),))
"""A command that is published synchronously may be stored as finished."""
