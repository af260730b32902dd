"""The live channel: how long a notification takes to the first and the last of its listeners.

All listeners are of one tenant, each on a WebSocket of its own, and one invocation tells all.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.stack import deployed_stack
from cqrs.api.principals import Principal
from cqrs.api.tickets import Tickets
from cqrs.roles import Role
from tests.integration.deployed import Deployed

SIZES = (1, 10, 100, 1000)
REPETITIONS = 5
AT_ONCE = 20
"""Connections that are made at the same time."""

SECONDS = 120

ACTION = "task-status"


def measure(sizes: Sequence[int], repetitions: int, console: Console) -> None:
    """Measure and print."""
    table = Table("connections", "first told, ms", "last told, ms", "missed")
    with deployed_stack() as deployed:
        for size in sizes:
            first, last, missed = asyncio.run(_timed(deployed, size, repetitions))
            table.add_row(f"{size:,}", _milliseconds(first), _milliseconds(last), str(missed))
    console.print(table)


async def _timed(
    deployed: Deployed, size: int, repetitions: int
) -> tuple[list[float], list[float], int]:
    """Seconds until the first and the last were told, each time, and messages that got lost."""
    tenant, firsts, lasts, missed = f"live{size}", [], [], 0
    async with AsyncExitStack() as stack:
        listeners = await _listeners(deployed, tenant, size, stack)
        for number in range(repetitions + 1):
            began = time.monotonic()
            deployed.services.notifications.send(
                ACTION, f"TASK#{tenant}", f"measured#{number}", {"status": "COMPLETED"}
            )
            told = await asyncio.gather(*(_told(one) for one in listeners))
            arrived = [moment - began for moment in told if moment is not None]
            missed += size - len(arrived)
            if number:  # the first starts a process of the function
                firsts.append(min(arrived))
                lasts.append(max(arrived))
    return firsts, lasts, missed


async def _listeners(
    deployed: Deployed, tenant: str, size: int, stack: AsyncExitStack
) -> list[ClientConnection]:
    settings = deployed.services.settings
    tickets = Tickets(deployed.services.store, settings.connections_table)
    reader = Principal("measured", "", frozenset({tenant}), frozenset({Role.READER}))
    room = asyncio.Semaphore(AT_ONCE)

    async def listener() -> ClientConnection:
        async with room:
            ticket = await asyncio.to_thread(tickets.issue, reader, tenant)
            address = f"{settings.live_url}?ticket={ticket}"
            made = await stack.enter_async_context(
                connect(address, proxy=None, open_timeout=SECONDS, ping_interval=None)
            )
            await made.send(json.dumps({"type": "subscribe", "actions": [ACTION]}))
            answer = json.loads(await made.recv())
            if answer["type"] != "subscribed":
                raise AssertionError(answer)
            return made

    return list(await asyncio.gather(*(listener() for _ in range(size))))


async def _told(listener: ClientConnection) -> float | None:
    try:
        async with asyncio.timeout(SECONDS):
            await listener.recv()
    except TimeoutError:
        return None
    return time.monotonic()


def _milliseconds(seconds: Sequence[float]) -> str:
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"{middle * 1000:,.0f} ({low * 1000:,.0f} to {high * 1000:,.0f})"
