"""Alarms that a test rings by itself, as an emulator deploys none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from cqrs.aws.clients import ClientFactory


class Bell:
    """An alarm within a block; it is quiet at first.

    Parameters
    ----------
    factory
        Makes the client of CloudWatch.
    prefix, mark
        Beginning and end of its name.
    """

    def __init__(self, factory: ClientFactory, prefix: str, mark: str) -> None:
        self._cloudwatch: Any = factory.client("cloudwatch")
        self.name = f"{prefix}bell-{mark}"
        self.description = f"Somebody rang {mark}. Run `cqrs doctor`."

    def __enter__(self) -> Self:
        self._cloudwatch.put_metric_alarm(
            AlarmName=self.name,
            AlarmDescription=self.description,
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="rung",
            Namespace="tests",
            Period=300,
            Statistic="Sum",
            Threshold=0,
            TreatMissingData="notBreaching",
        )
        self.ring("OK")
        return self

    def __exit__(self, *_: object) -> None:
        self._cloudwatch.delete_alarms(AlarmNames=[self.name])

    def ring(self, state: str) -> None:
        """Bring it to a state."""
        self._cloudwatch.set_alarm_state(
            AlarmName=self.name, StateValue=state, StateReason="A test rings it."
        )
