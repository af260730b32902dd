"""The story of one thing: all that happened, in order, its stand, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli.explaining.graphs import nodes_of
from cqrs.core.moments import moment
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from cli.explaining.ways import Way

MOMENT = "milliseconds"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened.

    Attributes
    ----------
    at
        When, UTC.
    who
        Who or what did it: a person, a table's stream, a machine, the function.
    what
        The thing that happened, in a few words.
    detail
        Anything else that is known of it.
    """

    at: datetime
    who: str
    what: str
    detail: str = ""

    def to_mapping(self) -> dict[str, str]:
        """The moment as JSON."""
        return {
            "at": self.at.isoformat(timespec=MOMENT),
            "who": self.who,
            "what": self.what,
            "detail": self.detail,
        }


@dataclass(slots=True)
class Story:
    """All that happened to one thing.

    Attributes
    ----------
    kind, subject
        Its kind, and its key as people write it.
    status
        Its status.
    facts
        Anything else that is known of it, such as who asked for it and in which lane.
    moments
        All that happened; in any order, until it is told.
    faults
        Errors in the application's code, the last one last (:func:`cli.explaining.lines.fault_of`),
        each with how often it was met.
    waits
        Who waits for whom, the first one first: key, status, and a word about it.
    ways
        Its executions.
    now
        Its stand, in a sentence.
    to_do
        Commands that come next, or what else to do; the best one first.
    unknown
        Questions that have no answer, and why.
    """

    kind: str
    subject: str
    status: str
    facts: dict[str, Any] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    waits: list[dict[str, str]] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    now: str = ""
    to_do: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def tell(self, at: str | None, who: str, what: str, detail: str = "") -> None:
        """Add something that happened; nothing if its time is not known."""
        when = parsed(at, self.subject)
        if when is not None:
            self.moments.append(Moment(when, who, what, detail))

    def in_order(self) -> list[Moment]:
        """All that happened, the first first."""
        return sorted(self.moments, key=lambda one: one.at)

    def to_mapping(self, *, with_graph: bool) -> dict[str, Any]:
        """The story as JSON."""
        ways = [
            {
                **way.to_mapping(),
                **({"graph": [node.to_mapping() for node in nodes_of(way)]} if with_graph else {}),
            }
            for way in self.ways
        ]
        return {
            "kind": self.kind,
            "subject": self.subject,
            "status": self.status,
            "facts": self.facts,
            "now": self.now,
            "faults": self.faults,
            "moments": [one.to_mapping() for one in self.in_order()],
            "waits": self.waits,
            "executions": ways,
            "to_do": self.to_do,
            "unknown": self.unknown,
        }


def parsed(at: str | None, subject: str) -> datetime | None:
    """A time of an item; None if it has none that can be read."""
    if at is None:
        return None
    try:
        return moment(at, subject).astimezone(UTC)
    except ValidationError:
        return None
