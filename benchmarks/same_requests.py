"""The other floor under an import: its very requests, made by nothing but the SDK.

The requests are prepared before anything is timed: the runtime makes them for new rows, and none is
sent. Then as many processes begin at once as the import has calls under way. Each sends one request
after the other.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from typing import Any

from benchmarks.prepared import Request, requests_of
from benchmarks.stack import CLIENT, session
from cqrs.aws.clients import Clients
from cqrs.settings import Settings

PREPARING_SECONDS = 600.0
SENDING_SECONDS = 3_600.0


def seconds_of(
    settings: Settings, endpoint: str, batches: Iterable[dict[str, Any]], processes: int
) -> float:
    """How long the requests of an import take.

    Parameters
    ----------
    settings, endpoint
        Whose tables they are, and where.
    batches
        The function's events.
    processes
        How many send requests at a time; each has the batches of one process of the function.
    """
    # A process of its own forks them: it has no threads, and has imported what they need.
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    shares = _dealt(list(batches), processes)
    together = context.Barrier(len(shares) + 1)
    with ExitStack() as ending:
        for share in shares:
            requests = requests_of(settings, share)
            process = context.Process(target=_send, args=(endpoint, requests, together))
            process.start()
            ending.callback(process.join)
        return _seconds_between_meetings(together)


def _seconds_between_meetings(together: Barrier) -> float:
    try:
        together.wait(PREPARING_SECONDS)
        started = time.perf_counter()
        together.wait(SENDING_SECONDS)
    except BrokenBarrierError:
        raise RuntimeError("A process could not send an import's requests; see above.") from None
    return time.perf_counter() - started


def _dealt(batches: Sequence[dict[str, Any]], processes: int) -> list[Sequence[dict[str, Any]]]:
    """Batches as they come to processes that are equally fast."""
    return [batches[number::processes] for number in range(min(processes, len(batches)))]


def _send(endpoint: str, requests: Sequence[Request], together: Barrier) -> None:
    """Send requests between two meetings of all processes."""
    try:
        dynamodb = Clients(session(CLIENT), endpoint).dynamodb
        dynamodb.list_tables(Limit=1)  # connects, as the function's processes have
        together.wait(PREPARING_SECONDS)
        for operation, parameters in requests:
            getattr(dynamodb, operation)(**parameters)
        together.wait(SENDING_SECONDS)
    except BaseException:
        together.abort()
        raise
