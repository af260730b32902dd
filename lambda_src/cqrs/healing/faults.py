"""Something that stands still or cannot be read, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from cqrs.core.reading import reading
from cqrs.errors import ApprovalExpired, ConfigurationError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cqrs.core.attribute_values import Item


class Remedy(Enum):
    """The help against a fault."""

    MEND = auto()
    """Its own mending."""
    RETRY_COMMAND = auto()
    PUBLISH_AGAIN = auto()
    MEND_COMMAND = auto()
    """A person mends the command's item, or deletes it."""
    MEND_ITEM = auto()
    END_DAMAGED_IMPORT = auto()
    """As before; or its own mending, which ends the import."""
    LOOK_AT_ITEM = auto()
    """The item names something that nobody here may ask after."""
    MEND_AND_RETRY_TASK = auto()
    """Its own mending ends the task; a person may run it again."""
    WAIT_FOR_TASK_QUEUE = auto()
    WAIT_FOR_IMPORT_QUEUE = auto()
    WAIT_FOR_EXECUTION = auto()
    IMPORT_AGAIN = auto()


WAITS = frozenset(
    {Remedy.WAIT_FOR_TASK_QUEUE, Remedy.WAIT_FOR_IMPORT_QUEUE, Remedy.WAIT_FOR_EXECUTION}
)
"""Remedies of work that is most likely behind other work, or behind throttled services."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong.

    Attributes
    ----------
    problem, subject, detail
        The fault, its subject, and what else is known.
    remedy
        The help against it.
    table, entry
        Name of the table that has its item, and the item's entry in an index.
    key
        The subject's key; None if it could not be read.
    mend
        Mends it, if that is safe without a look at the cause; False if nothing was done.
    since
        When its subject moved last; None if that does not tell how long it has waited.
    is_of_time
        Whether a lack of time is the likely cause, so that another mending may help soon.
    """

    problem: str
    subject: str
    detail: str
    remedy: Remedy
    table: str
    entry: Item
    key: Any = None
    mend: Callable[[], bool] | None = None
    since: datetime | None = None
    is_of_time: bool = False


def mended(subject: str, mend: Callable[[], bool]) -> tuple[bool, str]:
    """Mend a fault; whether that is done, and what else there is to say.

    Raises
    ------
    CqrsError
        If it cannot be done.
    """
    with reading(f"What {subject} holds"):
        try:
            return (True, "") if mend() else (False, "nothing could be started")
        except ApprovalExpired as late:
            return True, f"closed, as its answer came too late: {late}"


def unreadable(what: str, table: str, entry: Item, error: Exception) -> Fault:
    """An item that was not written by the services."""
    return Fault(
        f"{what} that cannot be read",
        f"{entry['pk']} {entry['sk']}",
        str(error),
        Remedy.MEND_ITEM,
        table,
        entry,
    )


def examined(what: str, table: str, entry: Item, faults: Iterator[Fault]) -> Iterator[Fault]:
    """The faults of an item; if it cannot be read or asked after, that."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        with reading(f"The {what} {entry['pk']} {entry['sk']}"):
            yield from faults
    except (ConfigurationError, ValidationError) as error:
        yield unreadable(what, table, entry, error)
    except ClientError as error:
        yield Fault(
            f"{what} that cannot be examined",
            f"{entry['pk']} {entry['sk']}",
            str(error),
            Remedy.LOOK_AT_ITEM,
            table,
            entry,
        )
