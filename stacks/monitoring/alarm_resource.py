"""The resource that deploys an alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.bindings import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
    Construct,
)
from stacks.monitoring.alarm import PERIOD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.environment.model import Environment
    from stacks.monitoring.alarm import Alarm, Share
    from stacks.monitoring.metrics import Metric

TOTAL = "SUM(FILL(METRICS(), 0))"
"""Sum of metrics of which each is silent while nothing is wrong with it (CloudWatch guide, "Using
math expressions with CloudWatch metrics")."""

PERCENT = "IF(whole >= {least}, 100 * FILL(part, 0) / whole, 0)"


def alarm_resource(
    scope: Construct, environment: Environment, alarm: Alarm, topic_arn: str
) -> CloudwatchMetricAlarm:
    """Deploy an alarm, which reports its beginning and its end.

    Every metric is silent, or 0, if all is well, so missing data is not a reason for one.
    """
    return CloudwatchMetricAlarm(
        scope,
        alarm.base_name,
        alarm_name=environment.qualified(alarm.base_name),
        alarm_description=alarm.description(environment),
        comparison_operator="GreaterThanThreshold",
        threshold=alarm.threshold,
        evaluation_periods=1,
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        **_watched(alarm),
    )


def _watched(alarm: Alarm) -> dict[str, Any]:
    if alarm.share is not None:
        return _part(alarm.metrics[0], alarm.share)
    return _one(alarm.metrics[0]) if len(alarm.metrics) == 1 else _sum(alarm.metrics)


def _one(metric: Metric) -> dict[str, Any]:
    statistic = "extended_statistic" if metric.is_percentile else "statistic"
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": dict(metric.dimensions),
        "period": PERIOD_SECONDS,
        statistic: metric.statistic,
    }


def _sum(metrics: Sequence[Metric]) -> dict[str, Any]:
    parts = [_query(f"m{number}", metric) for number, metric in enumerate(metrics)]
    return {"metric_query": [*parts, _result(TOTAL, metrics[0].name)]}


def _part(metric: Metric, share: Share) -> dict[str, Any]:
    queries = [_query("part", metric), _query("whole", share.whole)]
    percent = PERCENT.format(least=share.least)
    return {"metric_query": [*queries, _result(percent, f"{metric.name}, percent")]}


def _query(name: str, metric: Metric) -> CloudwatchMetricAlarmMetricQuery:
    return CloudwatchMetricAlarmMetricQuery(
        id=name,
        return_data=False,
        metric=CloudwatchMetricAlarmMetricQueryMetric(
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=dict(metric.dimensions),
            period=PERIOD_SECONDS,
            stat=metric.statistic,
        ),
    )


def _result(expression: str, label: str) -> CloudwatchMetricAlarmMetricQuery:
    return CloudwatchMetricAlarmMetricQuery(
        id="total", expression=expression, label=label, return_data=True
    )
