"""Resources of an application's own: queues, tables, topics, buckets and schedules.

A module of ``stacks/app`` declares one by calling a function of its kind. The declaration brings
all that the project's own resources of the kind have. Its events reach the function, which may use
it. Failed events are set aside; alarms and dashboard watch it.

It is deployed to every environment, since the code that handles its events is, too.
``environments`` names those that alone have it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cqrs.resources import (
    ALARM_TOPIC,
    API,
    API_TABLE,
    CONNECTIONS_TABLE,
    DASHBOARD,
    EXECUTIONS_ENDED,
    FAILED_EVENTS,
    FUNCTION,
    HEALER,
    LIVE_API,
    NOTIFICATION_TOPIC,
    OwnKind,
    Queue,
    StateMachine,
    Table,
    dead_letter_queue,
)
from stacks.asl import DefinitionError
from stacks.declarations.modules import import_what_can_be
from stacks.environment_files import NAME_PATTERN

SCHEDULE = re.compile(r"rate\([1-9][0-9]* (minute|hour|day)s?\)|cron\([^()]+\)")
"""An expression (EventBridge guide, "Creating a rule that runs on a schedule")."""

TAKEN = frozenset(
    {
        *Queue,
        *StateMachine,
        *Table,
        ALARM_TOPIC,
        API,
        API_TABLE,
        CONNECTIONS_TABLE,
        DASHBOARD,
        EXECUTIONS_ENDED,
        FAILED_EVENTS,
        FUNCTION,
        HEALER,
        LIVE_API,
        NOTIFICATION_TOPIC,
        "state",
        "streams",
        "tfstate",
    }
)
"""Base names of the project's own resources, and of what its alarms are named after."""

SET_ASIDE = dead_letter_queue("")
"""End of the names of dead-letter queues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnResource:
    """A resource of an application's own.

    Attributes
    ----------
    name
        Its name without the environment's prefix.
    environments
        Names of the environments that have it; all if there are none.
    """

    name: str
    environments: frozenset[str] = frozenset()

    def is_in(self, environment: str) -> bool:
        """Whether an environment has it."""
        return not self.environments or environment in self.environments

    @property
    def kind(self) -> OwnKind:
        """Its kind."""
        return KINDS[type(self)]


class OwnQueue(OwnResource):
    """A queue whose messages reach the function."""


class OwnTopic(OwnResource):
    """A topic whose messages reach the function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTable(OwnResource):
    """A table.

    Attributes
    ----------
    stream
        Whether changes of its items reach the function.
    """

    stream: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBucket(OwnResource):
    """A bucket of which the function is told what is put into it.

    Attributes
    ----------
    imports
        Whether CSV files in it may be imported.
    """

    imports: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSchedule(OwnResource):
    """Times at which the function is invoked.

    Attributes
    ----------
    expression
        When, as EventBridge reads it.
    """

    expression: str


KINDS: Mapping[type[OwnResource], OwnKind] = {
    OwnQueue: OwnKind.QUEUE,
    OwnTable: OwnKind.TABLE,
    OwnTopic: OwnKind.TOPIC,
    OwnBucket: OwnKind.BUCKET,
    OwnSchedule: OwnKind.SCHEDULE,
}

Own = TypeVar("Own", bound=OwnResource)

_declared: dict[str, OwnResource] = {}


def queue(name: str, *, environments: Collection[str] = ()) -> None:
    """Declare a queue, with a dead-letter queue.

    Raises
    ------
    DefinitionError
        If its name is not allowed, or something else has it.
    """
    _declare(OwnQueue(name=name, environments=frozenset(environments)))


def table(name: str, *, stream: bool = False, environments: Collection[str] = ()) -> None:
    """Declare a table with the keys ``pk`` and ``sk``; items expire by their ``ttl``.

    Parameters
    ----------
    stream
        Whether changes of its items reach the function. A failed record is set aside in an
        on-failure queue.

    Raises
    ------
    DefinitionError
        If its name is not allowed, or something else has it.
    """
    _declare(OwnTable(name=name, stream=stream, environments=frozenset(environments)))


def topic(name: str, *, environments: Collection[str] = ()) -> None:
    """Declare a topic that the function is subscribed to, and may publish to.

    Raises
    ------
    DefinitionError
        If its name is not allowed, or something else has it.
    """
    _declare(OwnTopic(name=name, environments=frozenset(environments)))


def bucket(name: str, *, imports: bool = False, environments: Collection[str] = ()) -> None:
    """Declare a bucket that notifies the function of what is put into it.

    Parameters
    ----------
    imports
        Whether CSV files in it may be imported.

    Raises
    ------
    DefinitionError
        If its name is not allowed, or something else has it.
    """
    _declare(OwnBucket(name=name, imports=imports, environments=frozenset(environments)))


def schedule(name: str, expression: str, *, environments: Collection[str] = ()) -> None:
    """Declare times at which the function is invoked.

    Parameters
    ----------
    expression
        ``rate(...)`` or ``cron(...)``, in UTC.

    Raises
    ------
    DefinitionError
        If its name is not allowed, something else has it, or EventBridge would not read the
        expression.
    """
    if not SCHEDULE.fullmatch(expression):
        raise DefinitionError(
            f"Schedule {name!r} cannot be {expression!r}: write it as rate(1 day) or "
            "cron(0 8 * * ? *)."
        )
    _declare(OwnSchedule(name=name, expression=expression, environments=frozenset(environments)))


def own_resources() -> tuple[OwnResource, ...]:
    """All that ``stacks/app`` declares, by name.

    A module that cannot be imported is passed over: it must keep nobody from what is deployed.
    """
    import_what_can_be()
    return tuple(sorted(_declared.values(), key=lambda resource: resource.name))


def resources_of(environment: str) -> tuple[OwnResource, ...]:
    """Those that an environment has."""
    return tuple(resource for resource in own_resources() if resource.is_in(environment))


def _declare(resource: OwnResource) -> None:
    name, kind = resource.name, resource.kind
    if name in _declared or name in TAKEN:
        raise DefinitionError(f"Two resources are called {name!r}; rename the {kind}.")
    if not re.fullmatch(NAME_PATTERN, name) or name.endswith(SET_ASIDE):
        raise DefinitionError(
            f"A {kind} cannot be called {name!r}. Give it a name of lower-case letters, digits "
            f"and single dashes that begins with a letter, such as 'orders', and not {SET_ASIDE} "
            "at its end."
        )
    _declared[name] = resource
