"""Publishers in processes of their own, as fast as they can."""

from __future__ import annotations

import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from cqrs.aws.clients import Clients
from cqrs.errors import TransientError
from cqrs.item_types.registry import ItemTypes
from cqrs.services import Services
from cqrs.settings import Settings
from tests.integration.identities import root, session

PROCESSES = 8
TRIES = 20


def publish_all(
    settings: Settings,
    region: str,
    pk: str,
    items: int,
    versions: int,
    endpoint: str | None = None,
) -> int:
    """Publish every version of every item in random order; returns how often one started over.

    Parameters
    ----------
    endpoint
        AWS's address; by default what ``AWS_ENDPOINT_URL`` says.
    """
    work = [(item, number) for item in range(items) for number in range(versions)]
    random.shuffle(work)
    shares = [work[process::PROCESSES] for process in range(PROCESSES)]
    # A forked process would share the parent's connections.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        parts = [pool.submit(_publish, settings, region, pk, share, endpoint) for share in shares]
        return sum(part.result() for part in parts)


def _publish(
    settings: Settings, region: str, pk: str, work: list[tuple[int, int]], endpoint: str | None
) -> int:
    factory = session(region) if endpoint is None else root(endpoint, region)
    commands = Services(settings, Clients(factory, endpoint), item_types=ItemTypes()).commands
    started_over = 0
    for item, number in work:
        for _ in range(TRIES):
            try:
                commands.publish(pk, f"ORDERED#{item}", attributes={"number": number})
            except TransientError:
                started_over += 1
            else:
                break
        else:
            raise AssertionError(f"item {item} could not be published {TRIES} times")
    return started_over
