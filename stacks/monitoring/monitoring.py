"""The construct that deploys what watches an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import StateMachine
from stacks.bindings import CloudwatchDashboard, CloudwatchQueryDefinition, Construct
from stacks.documents import render
from stacks.monitoring.alarm_resource import alarm_resource
from stacks.monitoring.alarm_topic import AlarmTopic
from stacks.monitoring.alarms import deployed_alarms
from stacks.monitoring.dashboard import dashboard_body, dashboard_name
from stacks.monitoring.queries import QUERIES, Logs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stacks.environment.model import Environment


class Monitoring(Construct):
    """Alarms with their topic, the dashboard, and saved queries.

    Parameters
    ----------
    function_log_group
        Name of the function's log group.
    machine_log_groups
        Names of the state machines' log groups, by the machines' base names.
    api_log_group
        Name of the access log of the HTTP API; None if there is none.
    live_log_group
        Name of the access log of the live channel; None if there is none.
    """

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        function_log_group: str,
        machine_log_groups: Mapping[str, str],
        api_log_group: str | None = None,
        live_log_group: str | None = None,
    ) -> None:
        super().__init__(scope, "monitoring")
        topic = AlarmTopic(self, environment)
        for alarm in deployed_alarms(environment):
            alarm_resource(self, environment, alarm, topic.arn)
        CloudwatchDashboard(
            self,
            "dashboard",
            dashboard_name=dashboard_name(environment),
            dashboard_body=render(dashboard_body(environment)),
        )
        if environment.dialect == "aws":
            # Emulator difference: MiniStack 1.5.33 has no saved queries.
            groups = {
                **_log_groups(function_log_group, machine_log_groups),
                Logs.API: [] if api_log_group is None else [api_log_group],
                Logs.LIVE: [] if live_log_group is None else [live_log_group],
                Logs.LISTENERS: [function_log_group] if environment.api.has_live else [],
            }
            self._save_queries(environment, groups)

    def _save_queries(self, environment: Environment, groups: Mapping[Logs, Sequence[str]]) -> None:
        for query in QUERIES:
            log_groups = [group for logs in query.logs for group in groups[logs]]
            if not log_groups:
                continue
            CloudwatchQueryDefinition(
                self,
                query.name,
                name=f"{environment.name}/{environment.application}/{query.name}",
                log_group_names=log_groups,
                query_string=query.text,
            )


def _log_groups(function: str, machines: Mapping[str, str]) -> dict[Logs, list[str]]:
    commands = (StateMachine.COMMAND, StateMachine.EXPRESS_COMMAND)
    return {
        Logs.FUNCTION: [function],
        Logs.COMMANDS: [machines[machine] for machine in commands],
        Logs.MACHINES: list(machines.values()),
    }
