"""One run of the demonstration, on a tenant of its own so that it can be repeated."""

from __future__ import annotations

import time
from dataclasses import dataclass

from app.airports_by_country import AIRPORT
from cli.deployed.connection import Connection
from cqrs import KEY_SEPARATOR
from demo.airports import Airport


@dataclass(frozen=True, slots=True)
class Run:
    """A run's environment and tenant."""

    connection: Connection
    tenant: str
    airports: list[Airport]

    @classmethod
    def start(cls, connection: Connection, airports: list[Airport]) -> Run:
        """Begin a run with a new tenant."""
        return cls(connection, f"demo-{time.strftime('%Y%m%d-%H%M%S')}", airports)

    @property
    def pk(self) -> str:
        """Partition of the run's airports."""
        return f"{AIRPORT}{KEY_SEPARATOR}{self.tenant}"

    def sort_key(self, airport: Airport) -> str:
        """Sort key of an airport."""
        return f"{AIRPORT}{KEY_SEPARATOR}{airport.iata}"
