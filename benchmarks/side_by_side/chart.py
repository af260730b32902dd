"""The ratios as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from benchmarks.side_by_side.figures import Figure

WIDTH, MARGIN = 820, 16
LABELS, SCALE = 300, 380
"""Pixels for the names, and for a ratio of 1."""

ROW, BAR, TOP = 30, 18, 64
STYLE = (
    "text{font-family:Helvetica,Arial,sans-serif;font-size:13px;fill:#1f2937}"
    ".title{font-size:15px;font-weight:bold}"
    ".ours{fill:#2563eb}.reference{fill:#cbd5e1}"
)


def chart(figures: Sequence[Figure]) -> str:
    """Draw the project's share of what the reference takes, as an SVG document."""
    compared = [figure for figure in figures if figure.ratio is not None and figure.ratio <= 1]
    height = TOP + ROW * len(compared) + MARGIN
    title = "This project beside the reference, whose figures are the grey bars"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            f'<text class="title" x="{MARGIN}" y="28">{escape(title)}</text>',
            f'<text x="{MARGIN}" y="50">Less is better.</text>',
            *(line for place, figure in enumerate(compared) for line in _row(place, figure)),
            "</svg>",
            "",
        ]
    )


def _row(place: int, figure: Figure) -> Iterator[str]:
    y, ratio = TOP + ROW * place, figure.ratio or 0
    yield f'<text x="{MARGIN}" y="{y + 14}">{escape(figure.name)}</text>'
    yield _bar("reference", y, SCALE)
    yield _bar("ours", y, SCALE * ratio)
    yield f'<text x="{LABELS + SCALE + 12}" y="{y + 14}">{ratio:.2f}</text>'


def _bar(kind: str, y: int, width: float) -> str:
    return f'<rect class="{kind}" x="{LABELS}" y="{y}" width="{width:.0f}" height="{BAR}"/>'
