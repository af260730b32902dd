"""The dashboard of an environment, by workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.resources import DASHBOARD
from stacks.monitoring.alarms import deployed_alarms
from stacks.monitoring.api_widgets import api_widgets
from stacks.monitoring.live_widgets import live_widgets
from stacks.monitoring.resource_widgets import resource_widgets
from stacks.monitoring.widgets import Widget, alarm_states, placed
from stacks.monitoring.workflow_widgets import workflow_widgets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment

ALARMS_OF_A_WIDGET = 100
"""Most that CloudWatch takes (CloudWatch API reference, "Dashboard body structure and syntax")."""

ALARMS_HEIGHT = 8


def dashboard_name(environment: Environment) -> str:
    """Name of the dashboard."""
    return environment.qualified(DASHBOARD)


def dashboard_body(environment: Environment) -> dict[str, Any]:
    """The content of the dashboard, as CloudWatch reads it."""
    widgets = [
        *_alarms(environment),
        *workflow_widgets(environment),
        *api_widgets(environment),
        *live_widgets(environment),
        *resource_widgets(environment),
    ]
    return {"widgets": placed(widgets)}


def _alarms(environment: Environment) -> Iterator[Widget]:
    arns = [
        environment.arn("cloudwatch", f"alarm:{environment.qualified(alarm.base_name)}")
        for alarm in deployed_alarms(environment)
    ]
    for start in range(0, len(arns), ALARMS_OF_A_WIDGET):
        part = arns[start : start + ALARMS_OF_A_WIDGET]
        yield alarm_states("Alarms", part, height=ALARMS_HEIGHT)
