"""The dashboard's layout as a picture, drawn from the body that is deployed."""

from typing import Any
from xml.sax.saxutils import escape

from stacks.environment.model import Environment
from stacks.monitoring.dashboard import dashboard_body, dashboard_name
from stacks.monitoring.widgets import COLUMNS
from tooling.paths import ROOT

PICTURE = ROOT / "docs" / "dashboard.svg"

COLUMN, ROW = 50, 26
"""Pixels of a column and of a row of the dashboard."""

GAP = 3
LEGEND_LINES = 6
LINE_HEIGHT = 17

COLOURS = ("#2563eb", "#dc2626", "#d97706", "#059669", "#7c3aed", "#0891b2")

STYLE = (
    "text{font-family:Helvetica,Arial,sans-serif;font-size:12px;fill:#1f2937}"
    ".heading{font-size:15px;font-weight:bold}.title{font-weight:bold}"
    ".frame{fill:#fff;stroke:#cbd5e1}.part{fill:#e2e8f0}"
)


def picture(environment: Environment) -> str:
    """Draw the dashboard of an environment.

    Returns
    -------
    str
        An SVG document, the same for the same dashboard.
    """
    widgets = dashboard_body(environment)["widgets"]
    width = COLUMNS * COLUMN
    height = max(widget["y"] + widget["height"] for widget in widgets) * ROW
    title = f"Layout of the dashboard {dashboard_name(environment)}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect width="{width}" height="{height}" fill="#f8fafc"/>',
            *(line for widget in widgets for line in _widget(widget)),
            "</svg>",
            "",
        ]
    )


def _widget(widget: dict[str, Any]) -> list[str]:
    x, y = widget["x"] * COLUMN + GAP, widget["y"] * ROW + GAP
    width = widget["width"] * COLUMN - 2 * GAP
    height = widget["height"] * ROW - 2 * GAP
    properties = widget["properties"]
    if widget["type"] == "text":
        words = properties["markdown"].lstrip("# ")
        return [_box("part", x, y, width, height), _text("heading", x + 8, y + 15, words)]
    shown = [_box("frame", x, y, width, height), _text("title", x + 8, y + 18, properties["title"])]
    if widget["type"] == "alarm":
        return [*shown, *_alarms(properties["alarms"], x + 8, y + 30, width - 16)]
    return [*shown, *_legend([line[-1]["label"] for line in properties["metrics"]], x + 8, y + 38)]


def _alarms(arns: list[str], x: int, y: int, width: int) -> list[str]:
    """Draw a square for each alarm, which holds its name."""
    size, step = 16, 20
    in_a_row = width // step
    squares = []
    for number, arn in enumerate(arns):
        left, top = x + number % in_a_row * step, y + number // in_a_row * step
        name = escape(arn.rpartition(":")[2])
        squares.append(
            f'<rect x="{left}" y="{top}" width="{size}" height="{size}" fill="#a7f3d0">'
            f"<title>{name}</title></rect>"
        )
    return squares


def _legend(labels: list[str], x: int, y: int) -> list[str]:
    lines = []
    left_out = len(labels) - LEGEND_LINES
    shown = labels if left_out <= 0 else [*labels[: LEGEND_LINES - 1], f"and {left_out + 1} more"]
    for number, label in enumerate(shown):
        top = y + number * LINE_HEIGHT
        colour = COLOURS[number % len(COLOURS)]
        lines += [
            f'<rect x="{x}" y="{top - 6}" width="14" height="3" fill="{colour}"/>',
            _text("label", x + 20, top, label),
        ]
    return lines


def _box(kind: str, x: int, y: int, width: int, height: int) -> str:
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="4"/>'


def _text(kind: str, x: int, y: int, words: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(words)}</text>'
