"""Alarms of what AWS delivers: events to the function, notifications to whoever subscribed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import NOTIFICATION_TOPIC
from stacks.monitoring.alarm import Alarm
from stacks.monitoring.metrics import of_rule, of_topic
from stacks.sources.execution_events import EXECUTIONS_ENDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment


def delivery_alarms(environment: Environment) -> Iterator[Alarm]:
    """Events that do not reach the function, and notifications that do not arrive."""
    yield Alarm(
        subject=EXECUTIONS_ENDED,
        condition="not-delivered",
        metrics=(of_rule(environment, EXECUTIONS_ENDED, "FailedInvocations"),),
        meaning="EventBridge could not tell the function of executions that ended early.",
        remedy="See that the function and its permission for EventBridge are there, then run "
        "`cqrs doctor --fix`.",
    )
    # An alarm on the topic of alarms would be told by that topic, and so keep itself going.
    if environment.notifications.topic:
        yield Alarm(
            subject=NOTIFICATION_TOPIC,
            condition="not-delivered",
            metrics=(of_topic(environment, NOTIFICATION_TOPIC, "NumberOfNotificationsFailed"),),
            meaning=f"Messages of the topic {NOTIFICATION_TOPIC} did not reach somebody who "
            "subscribed to it.",
            remedy="Look with `aws sns list-subscriptions` for an endpoint that is gone or refuses "
            "them.",
        )
