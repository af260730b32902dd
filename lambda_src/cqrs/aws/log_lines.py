"""Lines of the log: JSON of the runtime's logger, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.core.json_text import from_json_or_text
from cqrs.core.observability import TRACEBACK

if TYPE_CHECKING:
    from cqrs.aws.log_events import LogEvent

FUNCTION = "function"
"""Source of lines of the function's log; those of a machine have its name."""

INVOCATION = "function_request_id"

UNTOLD = frozenset(
    {
        "level",
        "location",
        "message",
        "timestamp",
        "service",
        "cold_start",
        "function_name",
        "function_memory_size",
        "function_arn",
        "xray_trace_id",
    }
)
"""Keys that each line of the function has, and that tell nothing of the work."""

METRICS = "_aws"
"""Marks a line that is for CloudWatch's metrics (embedded metric format)."""


class Level(StrEnum):
    """Levels of lines, the least first."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """Place in the order."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log, or an event of an execution.

    Attributes
    ----------
    at
        When, UTC.
    source
        ``function``, or the state machine without the environment's prefix.
    message
        The line itself if it is not of the runtime's logger.
    keys
        Its subject, and what else it says.
    invocation
        The invocation that wrote it; empty if that is not known.
    is_raw
        Whether it is whatever a process printed.
    stream, id
        Its log stream, and what tells it from others.
    """

    at: datetime
    source: str
    level: Level
    message: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    invocation: str = ""
    is_raw: bool = False
    stream: str = ""
    id: str = ""

    @property
    def traceback(self) -> str:
        """The traceback of an error; empty if it has none."""
        return str(self.keys.get(TRACEBACK, ""))

    def to_mapping(self) -> dict[str, Any]:
        """The line as JSON."""
        return {
            "at": self.at.isoformat(timespec="milliseconds"),
            "source": self.source,
            "level": self.level.value,
            "message": self.message,
            **({"invocation": self.invocation} if self.invocation else {}),
            "keys": {**self.keys},
        }


def logged_line(event: LogEvent, invocation: str = "") -> Line | None:
    """The line of the runtime's logger, or of its metrics, that an event is; None of any other.

    Parameters
    ----------
    event
        An event of the function's log.
    invocation
        The invocation that wrote it, if it does not tell that itself.
    """
    said = from_json_or_text(event.message.strip())
    if not isinstance(said, dict) or not ("message" in said or METRICS in said):
        return None
    keys = {name: value for name, value in said.items() if name not in UNTOLD}
    named = str(keys.pop(INVOCATION, "")) or invocation
    return Line(
        _own_time(said.get("timestamp"), written_at(event)),
        FUNCTION,
        _level(said.get("level")),
        str(said.get("message", "")),
        keys,
        named,
        False,
        event.stream,
        event.id,
    )


def written_at(event: LogEvent) -> datetime:
    """When an event was written, as the log group says."""
    return datetime.fromtimestamp(event.at / 1000, UTC)


def _own_time(text: object, at: datetime) -> datetime:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S,%f%z").astimezone(UTC)
    except (ValueError, OverflowError):  # whatever a handler may print
        return at


def _level(text: object) -> Level:
    return Level(str(text)) if str(text) in set(Level) else Level.INFO
