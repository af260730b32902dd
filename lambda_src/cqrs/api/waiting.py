"""Waiting for the end of a command, as ``?sync=true`` does.

The command is published as any other, so it keeps its place among the item's commands, and its
lane. Then it is read until it is over.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cqrs.commands.models import ENDED

if TYPE_CHECKING:
    from cqrs.commands.models import Command
    from cqrs.commands.repair import RepairService
    from cqrs.core.deadline import Deadline
    from cqrs.core.keys import CommandKey

LONGEST_SECONDS = 25.0
"""From the beginning of the request: API Gateway waits for 30 seconds."""

SPARE_SECONDS = 2.0
"""The rest of the invocation that its answer needs."""

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
GROWTH = 1.5


def awaited(
    repair: RepairService, key: CommandKey, began: float, deadline: Deadline
) -> Command | None:
    """A command as soon as it is over, or as it is when an answer is due.

    One GetItem for each look, of which there are some thirty at most.

    Parameters
    ----------
    repair
        Reads it, without what it says.
    key
        The command.
    began
        When the request began, by the monotonic clock.
    deadline
        The invocation's.

    Returns
    -------
    Command or None
        None if it has expired, as only one that is over does.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        command = repair.find(key)
        if command is None or command.status in ENDED:
            return command
        left = min(
            began + LONGEST_SECONDS - time.monotonic(), deadline.seconds_left() - SPARE_SECONDS
        )
        if left <= 0:
            return command
        time.sleep(min(pause, left))
        pause = min(pause * GROWTH, LONGEST_PAUSE_SECONDS)
