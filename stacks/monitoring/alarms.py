"""All alarms of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.monitoring.api_alarms import api_alarms
from stacks.monitoring.delivery_alarms import delivery_alarms
from stacks.monitoring.function_alarms import function_alarms
from stacks.monitoring.live_alarms import live_alarms
from stacks.monitoring.machine_alarms import machine_alarms
from stacks.monitoring.queue_alarms import queue_alarms
from stacks.monitoring.table_alarms import table_alarms
from stacks.monitoring.work_alarms import work_alarms

if TYPE_CHECKING:
    from stacks.environment.model import Environment
    from stacks.monitoring.alarm import Alarm


def environment_alarms(environment: Environment) -> list[Alarm]:
    """The alarms of an environment."""
    return [
        *work_alarms(environment),
        *machine_alarms(environment),
        *function_alarms(environment),
        *api_alarms(environment),
        *live_alarms(environment),
        *queue_alarms(environment),
        *delivery_alarms(environment),
        *table_alarms(environment),
    ]


def deployed_alarms(environment: Environment) -> list[Alarm]:
    """Those that its deployment makes.

    Emulator difference: MiniStack 1.5.33 takes an alarm and does not tell what it watches, so that
    every plan would change it. It gets none.
    """
    return [] if environment.dialect == "emulator" else environment_alarms(environment)
