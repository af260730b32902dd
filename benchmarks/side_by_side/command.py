"""The command ``python -m benchmarks side-by-side``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console

from benchmarks.side_by_side.chart import chart
from benchmarks.side_by_side.measurement import Results, measure
from benchmarks.side_by_side.report import markdown
from tooling.paths import ROOT

ROUNDS = 5
FOLDER = ROOT / ".build" / "bench"
PICTURE, TABLES, RESULTS = "side-by-side.svg", "side-by-side.md", "side-by-side.json"


def run(rounds: int) -> None:
    """Measure, print the tables and keep them with the chart and all values."""
    errors = Console(stderr=True)
    results = measure(rounds, errors)
    FOLDER.mkdir(parents=True, exist_ok=True)
    tables = markdown(results)
    (FOLDER / TABLES).write_text(tables)
    (FOLDER / PICTURE).write_text(chart(results.figures))
    (FOLDER / RESULTS).write_text(_values(results))
    Console().print(tables, markup=False, highlight=False, soft_wrap=True)
    errors.print(f"Tables, chart and all values are in {FOLDER.relative_to(ROOT)}.")


def _values(results: Results) -> str:
    figures = [asdict(figure) | {"ratio": figure.ratio} for figure in results.figures]
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    values = {"day": day, "reference": results.reference_version, "figures": figures}
    return json.dumps(values, indent=2) + "\n"
