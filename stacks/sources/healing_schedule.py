"""The schedule by which the function heals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.deployment.healing import HEAL_EVENT
from cqrs.resources import HEALER
from stacks.accepted_risks import accept
from stacks.access.roles import ServiceRole
from stacks.access.statements import Statement
from stacks.bindings import (
    Construct,
    SchedulerSchedule,
    SchedulerScheduleFlexibleTimeWindow,
    SchedulerScheduleTarget,
    SchedulerScheduleTargetRetryPolicy,
)
from stacks.documents import render

if TYPE_CHECKING:
    from stacks.environment.model import Environment
    from stacks.function.handler_function import HandlerFunction

MOST_RETRIES = 2
MINUTE_SECONDS = 60


class HealingSchedule(Construct):
    """The schedule and its role.

    An event that does not reach the function is given up before the next one is due. It needs no
    dead-letter queue: the next one asks for the same.
    """

    def __init__(
        self, scope: Construct, environment: Environment, function: HandlerFunction
    ) -> None:
        super().__init__(scope, "healing-schedule")
        minutes = environment.healing.rate_minutes
        name = environment.qualified(HEALER)
        invoke = Statement("Invoke", ("lambda:InvokeFunction",), (environment.function_arn(),))
        role = ServiceRole(self, environment, name=name, service="scheduler", statements=[invoke])
        schedule = SchedulerSchedule(
            self,
            "schedule",
            name=name,
            description="Mends what stands still",
            schedule_expression=f"rate({minutes} minute{'' if minutes == 1 else 's'})",
            flexible_time_window=SchedulerScheduleFlexibleTimeWindow(mode="OFF"),
            target=SchedulerScheduleTarget(
                arn=function.arn,
                role_arn=role.arn,
                input=render(HEAL_EVENT),
                retry_policy=SchedulerScheduleTargetRetryPolicy(
                    maximum_event_age_in_seconds=minutes * MINUTE_SECONDS,
                    maximum_retry_attempts=MOST_RETRIES,
                ),
            ),
            depends_on=[role.policy],
        )
        accept(schedule, {"CKV_AWS_297": "Its event is the same everywhere, and no secret."})
