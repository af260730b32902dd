"""Airports for a use case that begins with them: published synchronously, in one version."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from cli.deployed.function import invoke_action
from cqrs.actions import PUBLISH_SYNC
from demo.airports import Airport
from demo.progress import progress_bars
from demo.run import Run

PUBLISHERS = 4


def publish_airports(run: Run, console: Console) -> None:
    """Publish the run's airports in the deployed function, which knows their read models."""
    with progress_bars(console) as progress, ThreadPoolExecutor(PUBLISHERS) as pool:
        bar = progress.add_task("published", total=len(run.airports))
        for _ in pool.map(lambda airport: _publish(run, airport), run.airports):
            progress.advance(bar)


def _publish(run: Run, airport: Airport) -> None:
    attributes = {
        "city": airport.city,
        "state": airport.state,
        "country": airport.country,
        "latitude": airport.latitude,
        "longitude": airport.longitude,
    }
    invoke_action(
        run.connection.services,
        PUBLISH_SYNC,
        {
            "pk": run.pk,
            "sk": run.sort_key(airport),
            "name": airport.name,
            "attributes": attributes,
        },
    )
