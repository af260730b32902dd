"""Alarms of what AWS delivers: events to the function, notifications to whoever subscribed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import EXECUTIONS_ENDED, NOTIFICATION_TOPIC
from stacks.declarations.resources import OwnSchedule, OwnTopic
from stacks.monitoring.alarm import Alarm
from stacks.monitoring.metrics import of_rule, of_topic

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
    for schedule in environment.own(OwnSchedule):
        yield Alarm(
            subject=schedule.name,
            condition="not-delivered",
            metrics=(of_rule(environment, schedule.name, "FailedInvocations"),),
            meaning=f"EventBridge could not tell the function of the schedule {schedule.name}.",
            remedy="See with `aws lambda get-policy` that the function is there and permits the "
            "rule.",
        )
    # An alarm on the topic of alarms would be told by that topic, and so keep itself going.
    notifications = [NOTIFICATION_TOPIC] if environment.notifications.topic else []
    for topic in (*notifications, *(own.name for own in environment.own(OwnTopic))):
        yield Alarm(
            subject=topic,
            condition="not-delivered",
            metrics=(of_topic(environment, topic, "NumberOfNotificationsFailed"),),
            meaning=f"Messages of the topic {topic} did not reach somebody who subscribed to it.",
            remedy="Look with `aws sns list-subscriptions` for an endpoint that is gone or refuses "
            "them.",
        )
