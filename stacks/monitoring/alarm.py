"""An alarm: its metrics, and its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.environment.model import Environment
    from stacks.monitoring.metrics import Metric

PERIOD_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Share:
    """The whole of which an alarm's metric is a part.

    Attributes
    ----------
    whole
        The metric that counts all.
    least
        Its lowest value at which the part is looked at.
    """

    whole: Metric
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm; it goes off if its metric is above a threshold in a period of five minutes.

    Attributes
    ----------
    subject
        Base name of what it is about, the beginning of its own name.
    condition
        The fault, the end of its name.
    metrics
        The metrics that it watches: one, or the sum of several.
    share
        If there is one, the metric counts in percent of it.
    meaning
        The event behind it, in one sentence.
    remedy
        The command to run, in backticks, or what else to look at.
    threshold
        The highest value at which all is well.
    """

    subject: str
    condition: str
    metrics: tuple[Metric, ...]
    meaning: str
    remedy: str
    threshold: float = 0
    share: Share | None = None

    @property
    def base_name(self) -> str:
        """Its name without the environment's prefix."""
        return f"{self.subject}-{self.condition}"

    def description(self, environment: Environment) -> str:
        """The facts that a person whom it wakes needs."""
        return f"{self.meaning} {self.remedy.replace('`cqrs ', f'`cqrs --env {environment.name} ')}"
