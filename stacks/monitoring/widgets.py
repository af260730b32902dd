"""Builders for a dashboard: small functions that return its widgets, and their layout.

Source: CloudWatch API reference, "Dashboard body structure and syntax".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stacks.monitoring.alarm import PERIOD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.monitoring.metrics import Metric

COLUMNS = 24
"""Width of a dashboard."""

HEADING_HEIGHT = 1
GRAPH_HEIGHT = 6


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget that has no place yet."""

    kind: str
    width: int
    height: int
    properties: dict[str, Any]

    def at(self, x: int, y: int) -> dict[str, Any]:
        """The widget at a place of the dashboard."""
        return {
            "type": self.kind,
            "x": x,
            "y": y,
            "width": self.width,
            "height": self.height,
            "properties": self.properties,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a graph: a metric, under a name of its own."""

    label: str
    metric: Metric

    def render(self) -> list[Any]:
        """The line as a dashboard's body has it."""
        metric = self.metric
        dimensions = [part for dimension in metric.dimensions.items() for part in dimension]
        options = {"label": self.label, "stat": metric.statistic}
        return [metric.namespace, metric.name, *dimensions, options]


def graph(
    region: str, title: str, lines: Sequence[Line], *, limit: float | None = None, width: int = 8
) -> Widget:
    """Draw metrics over time.

    Parameters
    ----------
    limit
        The threshold of their alarm, drawn too.
    """
    limits = {} if limit is None else {"annotations": {"horizontal": [_limit(limit)]}}
    properties = {
        "title": title,
        "region": region,
        "view": "timeSeries",
        "stacked": False,
        "period": PERIOD_SECONDS,
        "metrics": [line.render() for line in lines],
        **limits,
    }
    return Widget("metric", width, GRAPH_HEIGHT, properties)


def alarm_states(title: str, arns: Sequence[str], *, height: int) -> Widget:
    """Show the states of alarms."""
    return Widget("alarm", COLUMNS, height, {"title": title, "alarms": list(arns)})


def heading(text: str) -> Widget:
    """Begin a part of the dashboard."""
    return Widget("text", COLUMNS, HEADING_HEIGHT, {"markdown": f"## {text}"})


def placed(widgets: Sequence[Widget]) -> list[dict[str, Any]]:
    """Put widgets beside each other from the left to the right, and row below row."""
    found: list[dict[str, Any]] = []
    x = y = row_height = 0
    for widget in widgets:
        if x + widget.width > COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        found.append(widget.at(x, y))
        x, row_height = x + widget.width, max(row_height, widget.height)
    return found


def _limit(value: float) -> dict[str, Any]:
    return {"label": "alarm", "value": value}
