"""The price of a million commands, from what one was counted to use and a dated price file."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from benchmarks.requests import Request
from benchmarks.side_by_side.counts import Count
from tests.limits.quotas import prices

MILLION = 1_000_000
CALLS_AROUND = 2
"""Calls of the function beside those of states: to publish, and with the stream's record."""

MEMORY_GB = 0.5
EXPRESS_GB = 0.0625
"""An Express execution is billed by chunks of 64 MB, and a command fits into the first."""

EXPRESS_STEP_SECONDS = 0.1

TRANSACTION = 2
"""A transaction counts each of its items twice (DynamoDB guide, "Transactions")."""


def dollars(count: Count, *, index_writes: int = 0, is_express: bool = False) -> float:
    """USD for a million such commands, without logs, storage and what reads the notifications.

    Parameters
    ----------
    count
        Of one command. Its items are below 1 KB each, so that a write is one unit.
    index_writes
        Writes that follow into an index.
    is_express
        Whether its execution is an Express one.
    """
    known = prices()
    used = _use(count, index_writes, is_express=is_express)
    return MILLION * sum(known[name] * amount for name, amount in used.items())


def _use(count: Count, index_writes: int, *, is_express: bool) -> Mapping[str, float]:
    used: dict[str, float] = defaultdict(float)
    for request in count.requests:
        for name, units in _units(request).items():
            used[name] += units
    calls = count.use.calls + CALLS_AROUND
    used["write_unit"] += index_writes
    used["invocation"] = calls
    used["gb_second"] = MEMORY_GB * count.use.seconds / count.use.calls * calls
    if is_express:
        steps = math.ceil(count.use.seconds / EXPRESS_STEP_SECONDS)
        used["express_execution"] = 1
        used["express_gb_second"] = EXPRESS_GB * steps * EXPRESS_STEP_SECONDS
    else:
        used["state_transition"] = count.use.transitions
    return used


def _units(request: Request) -> Mapping[str, float]:
    parameters = request.parameters
    items = len(parameters.get("TransactItems", ()))
    match request.operation:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            units = {"write_unit": 1.0}
        case "TransactWriteItems":
            units = {"write_unit": TRANSACTION * items}
        case "TransactGetItems":
            units = {"read_unit": TRANSACTION * items}
        case "GetItem":
            units = {"read_unit": 1.0 if parameters.get("ConsistentRead") else 0.5}
        case "BatchGetItem":
            units = {"read_unit": float(_read_at_once(parameters))}
        case "Publish":
            units = {"topic_request": 1.0}
        case "StartExecution":
            units = {}
        case other:
            raise RuntimeError(f"There is no price for {other}.")
    return units


def _read_at_once(parameters: Mapping[str, Any]) -> int:
    return sum(len(asked["Keys"]) for asked in parameters["RequestItems"].values())
