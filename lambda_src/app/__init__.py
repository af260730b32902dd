"""The sample application: airports. Replace it with your own.

``application`` is what the Lambda entry point serves; importing the modules below registers their
handlers on it.
"""

from app import (
    airport_closure,
    airports_by_country,
    airports_import,
    country_report,
    notifications,
    route_distances,
)
from app.registry import application

__all__ = [
    "airport_closure",
    "airports_by_country",
    "airports_import",
    "application",
    "country_report",
    "notifications",
    "route_distances",
]
