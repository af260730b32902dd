"""The promises that must hold in the end, whatever the load was."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cqrs.commands.models import CommandStatus
from tests.limits.account import Account
from tests.limits.dynamodb import Values

SHOWN = 3
"""Examples that a broken promise tells."""


class Watch:
    """Watches the tables while a simulation runs.

    Parameters
    ----------
    account
        The account with the tables.

    Attributes
    ----------
    failed
        Errors of commands that became FAILED, by their names.
    finished
        How many commands became FINISHED.
    under_way
        Keys of the commands that are PUBLISHED.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self.failed: Counter[str] = Counter()
        self.finished = 0
        self.under_way: set[tuple[str, str]] = set()
        self.out_of_order: list[str] = []
        self.examples: list[str] = []
        self._times: dict[tuple[str, str], float] = {}
        account.observers.append(self.see)

    def see(self, table: str, before: Values | None, after: Values) -> None:
        """Look at a write."""
        if table == "commands":
            self._see_command(before, after)
        elif table == "data" and "version" in after:
            was = int(before["version"]["N"]) if before and "version" in before else 0
            now = int(after["version"]["N"])
            if now not in {was, was + 1}:
                self.out_of_order.append(f"{after['sk']['S']} goes from {was} to {now}")

    def _see_command(self, before: Values | None, after: Values) -> None:
        status = after.get("status", {}).get("S")
        was = before.get("status", {}).get("S") if before else None
        key = after["pk"]["S"], after["sk"]["S"]
        if before is None and status == CommandStatus.PUBLISHED:
            self._times[key] = self._account.clock.now
        if status == was:
            return
        if status == CommandStatus.PUBLISHED:
            self.under_way.add(key)
        else:
            self.under_way.discard(key)
        if status == CommandStatus.FINISHED:
            self.finished += 1
            begun = self._times.pop(key, None)
            if begun is not None:
                self._account.tally.measures["latency"].append(self._account.clock.now - begun)
        elif status == CommandStatus.FAILED:
            error = after.get("error", {}).get("S", "?")
            self.failed[error] += 1
            if len(self.examples) < SHOWN:
                cause = after.get("cause", {}).get("S", "")
                self.examples.append(f"{key[1]} at {self._account.clock.now:.0f} s: {cause[:160]}")


def broken_for_commands(
    account: Account, watch: Watch, published: dict[tuple[str, str], int]
) -> list[str]:
    """The promises that a load of commands broke.

    Parameters
    ----------
    published
        The newest version of each item whose publish call was answered.
    """
    settings = account.deployment.settings
    lost = []
    for (pk, sk), newest in published.items():
        state = account.dynamodb.plain(settings.data_table, pk, sk)
        version = int(state["version"]) if state else 0
        if version < newest:
            lost.append(f"{sk} is at {version} of {newest}")
    return [*_broken(account, watch), *_told("not applied", lost)]


def broken_for_import(
    account: Account, watch: Watch, job: Any, rows: int, *, may_repeat: bool
) -> list[str]:
    """The promises that an import broke.

    Parameters
    ----------
    may_repeat
        Whether batches may fail, to be begun again. They last five minutes, and an outage longer.
    """
    broken = _broken(account, watch)
    if job.status != "COMPLETED":
        broken.append(f"the job is {job.status}: {job.error} {job.cause}"[:300])
    counts = job.counts
    if (counts.total, counts.succeeded) != (rows, rows):
        broken.append(f"{counts.succeeded} of {rows} rows counted as imported, {counts.total} seen")
    failed = {name: n for name, n in account.tally.failures.items() if name.startswith("batches")}
    if failed and not may_repeat:
        broken.append(f"batches failed: {failed}")
    return broken


def _broken(account: Account, watch: Watch) -> list[str]:
    broken = []
    if watch.failed:
        broken.append(
            f"{sum(watch.failed.values())} commands FAILED: {dict(watch.failed)}; "
            + "; ".join(watch.examples)
        )
    broken += _told("out of order", watch.out_of_order)
    broken += _told("left under way", [sk for _, sk in sorted(watch.under_way)])
    answers = [name for name in account.tally.failures if name.startswith("answered")]
    broken += _told("errors", answers)
    if account.dead_letters:
        broken.append(f"dead letters: {account.dead_letters}")
    if account.waiting:
        broken.append(f"{account.waiting} still wait or run")
    return broken


def _told(what: str, found: list[str]) -> list[str]:
    return [f"{len(found)} {what}: {'; '.join(found[:SHOWN])}"] if found else []
