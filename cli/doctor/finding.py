"""Something that is wrong in an environment, and what repairs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cqrs.core.clock import CLOCK_DIFFERENCE
from cqrs.core.reading import reading
from cqrs.errors import ConfigurationError, ValidationError

if TYPE_CHECKING:
    from cli.deployed.connection import Connection
    from cqrs.core.attribute_values import Item


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Attributes
    ----------
    problem, subject, detail
        The fault, its subject, and what else is known.
    repair
        The command that repairs it, or what else does.
    fix
        Repairs it, if that is safe without a look at the cause; False if nothing was done.
    """

    problem: str
    subject: str
    detail: str
    repair: str
    fix: Callable[[], bool] | None = None


def unreadable(what: str, table: str, entry: Item, error: Exception) -> Finding:
    """An item that was not written by the services."""
    return Finding(
        f"{what} that cannot be read",
        f"{entry['pk']} {entry['sk']}",
        str(error),
        f"mend or delete this item of the table {table}",
    )


def examined(what: str, table: str, entry: Item, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings about an item; if it cannot be read or asked after, that."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        with reading(f"The {what} {entry['pk']} {entry['sk']}"):
            yield from findings
    except (ConfigurationError, ValidationError) as error:
        yield unreadable(what, table, entry, error)
    except ClientError as error:
        yield Finding(
            f"{what} that cannot be examined",
            f"{entry['pk']} {entry['sk']}",
            str(error),
            f"look whether this item of the table {table} names something of another account, "
            "and whether you may ask after it",
        )


def moment(text: object, subject: str) -> datetime:
    """Read a time of an item.

    Raises
    ------
    ValidationError
        If it is none.
    """
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValidationError(f"{subject} is damaged: it has {text!r} as a time.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_recent(text: object, subject: str, since: datetime) -> bool:
    """Whether something happened after a time; not if another clock says that it is yet to come.

    Raises
    ------
    ValidationError
        If the text is not a time.
    """
    return since < moment(text, subject) <= datetime.now(UTC) + CLOCK_DIFFERENCE


def still_since(connection: Connection) -> datetime:
    """The time since when a task or import has stood still, if nothing has happened to it since.

    A message whose invocation was killed comes back after the queue's visibility timeout, and an
    invocation may take the function's timeout.
    """
    environment = connection.environment
    seconds = environment.queue_visibility_seconds + environment.function.timeout_seconds
    return datetime.now(UTC) - timedelta(seconds=seconds)
