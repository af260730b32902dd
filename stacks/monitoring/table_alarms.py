"""Alarms of tables: requests that DynamoDB throttled, or failed by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.monitoring.alarm import Alarm
from stacks.monitoring.metrics import of_operations, of_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks.environment.model import Environment


def table_alarms(environment: Environment) -> Iterator[Alarm]:
    """Three alarms for each table, its indexes included."""
    for table in environment.table_names:
        for direction in ("Read", "Write"):
            yield Alarm(
                subject=f"{table}-table",
                condition=f"{direction.lower()}s-throttled",
                metrics=of_table(environment, table, f"{direction}ThrottleEvents"),
                meaning=f"DynamoDB throttled {direction.lower()}s of {table} or of an index of it; "
                "they are repeated, and late.",
                remedy="Look on the dashboard for a rush on one key or a jump in load, then run "
                "`cqrs doctor`.",
            )
        yield Alarm(
            subject=f"{table}-table",
            condition="system-errors",
            metrics=of_operations(environment, table, "SystemErrors"),
            meaning=f"DynamoDB answered requests on {table} with an error of its own; they are "
            "repeated.",
            remedy="Look at the AWS Health Dashboard, then run `cqrs doctor`.",
        )
