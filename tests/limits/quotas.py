"""Quotas, prices and latencies as data, and how they are divided."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

PER_ACCOUNT = frozenset(
    {
        "state_transition_bucket",
        "state_transition_refill",
        "start_execution_bucket",
        "start_execution_refill",
        "start_express_bucket",
        "start_express_refill",
        "describe_execution_bucket",
        "describe_execution_refill",
        "list_executions_bucket",
        "list_executions_refill",
        "send_task_bucket",
        "send_task_refill",
        "stop_execution_bucket",
        "stop_execution_refill",
        "map_run_calls_bucket",
        "map_run_calls_refill",
        "history_bucket",
        "history_refill",
        "map_express_starts_per_second",
        "open_executions",
        "partition_write_units",
        "partition_read_units",
        "concurrency",
        "new_environments_bucket",
        "new_environments_refill",
        "queue_pollers",
        "queue_pollers_per_minute",
        "queue_most_pollers",
    }
)
"""Quotas of rates and numbers, which a scaled simulation divides as it divides the load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The limits of one account in one Region; ``quotas.toml`` says what each is and where from.

    Attributes
    ----------
    scale
        The number that rates and numbers were divided by.
    """

    state_transition_bucket: float
    state_transition_refill: float
    start_execution_bucket: float
    start_execution_refill: float
    start_express_bucket: float
    start_express_refill: float
    describe_execution_bucket: float
    describe_execution_refill: float
    list_executions_bucket: float
    list_executions_refill: float
    send_task_bucket: float
    send_task_refill: float
    stop_execution_bucket: float
    stop_execution_refill: float
    map_run_calls_bucket: float
    map_run_calls_refill: float
    history_bucket: float
    history_refill: float
    open_executions: float
    history_events: int
    express_seconds: float
    map_children: int
    map_express_starts_per_second: float
    partition_write_units: float
    partition_read_units: float
    partition_burst_seconds: float
    table_partitions: int
    split_after_seconds: float
    concurrency: float
    new_environments_bucket: float
    new_environments_refill: float
    requests_per_concurrency: float
    recursion_hops: int
    queue_pollers: float
    queue_pollers_per_minute: float
    queue_most_pollers: float
    scale: float = 1.0

    def divided(self, by: float) -> Quotas:
        """The quotas for a load that is divided likewise; times and sizes stay."""
        less: dict[str, Any] = {
            field.name: max(1.0, getattr(self, field.name) / by)
            if "bucket" in field.name or "concurrency" in field.name or "pollers" in field.name
            else getattr(self, field.name) / by
            for field in fields(self)
            if field.name in PER_ACCOUNT
        }
        return replace(self, **less, scale=self.scale * by)


def quotas_of(account: str) -> Quotas:
    """The quotas of an account: ``tokyo``, ``us-east-1`` or ``new-account``.

    Raises
    ------
    KeyError
        If ``quotas.toml`` has no such account.
    """
    known = tomllib.loads((FOLDER / "quotas.toml").read_text())
    return Quotas(**{**known["base"], **known[account]})


def prices() -> dict[str, float]:
    """Prices in USD by what is paid for."""
    known: dict[str, float] = tomllib.loads((FOLDER / "prices.toml").read_text())
    return known


def latencies() -> dict[str, dict[str, float]]:
    """Median and spread of each latency."""
    known: dict[str, dict[str, float]] = tomllib.loads((FOLDER / "latencies.toml").read_text())
    return known
