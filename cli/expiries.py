"""The days by which stores have forgotten what nobody can take out of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cqrs.deployment.stores import EXPIRING, Kind
from stacks.options.sources import QUEUE_RETENTION_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stacks.environment.model import Environment

DAY_SECONDS = 86_400


def expiries(
    environment: Environment, untold_letters: Mapping[str, int], now: datetime | None = None
) -> list[dict[str, str]]:
    """Stores that are left after an erasure, with the last day on which they may hold anything.

    Parameters
    ----------
    environment
        Its file says for how long it keeps logs, and whether it has backups.
    untold_letters
        How many letters of each queue do not tell whose they are.
    now
        When the erasure ended.
    """
    ended = now or datetime.now(UTC)
    days = _days(environment)
    left = []
    for one in EXPIRING:
        if one.kind is Kind.BACKUP and not environment.point_in_time_recovery:
            continue
        if one.kind is Kind.DEAD_LETTERS and not untold_letters:
            continue
        for name, after in days[one.kind] if one.days is None else [(_named(one.kind), one.days)]:
            until = (ended + timedelta(days=after)).date().isoformat()
            left.append({"store": name, "until": until, "why": one.why})
    return left


def _days(environment: Environment) -> dict[Kind, list[tuple[str, int]]]:
    """Stores for which the environment's file says how long they keep anything."""
    return {
        Kind.QUEUE: [("queues", -(-QUEUE_RETENTION_SECONDS // DAY_SECONDS))],
        Kind.LOG: list(_logs(environment)),
    }


def _logs(environment: Environment) -> Iterator[tuple[str, int]]:
    yield f"log {environment.function_log_group}", environment.logs.function_retention_days
    for machine in environment.state_machines:
        days = environment.logs.state_machine_retention_days
        yield f"log {environment.machine_log_group(machine)}", days
    if environment.api.enabled:
        yield f"log {environment.api_log_group}", environment.api.access_log_retention_days


def _named(kind: Kind) -> str:
    names = {
        Kind.DEAD_LETTERS: "dead letters that do not tell whose they are",
        Kind.STREAM: "streams of tables",
        Kind.BACKUP: "backups of tables",
        Kind.HISTORY: "histories of executions",
        Kind.TRACE: "traces of X-Ray",
    }
    return names[kind]
