"""Looking at something again and again until it is over: the one loop of all that is watched."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from cqrs.errors import TransientError

if TYPE_CHECKING:
    from cli.suggestions import FollowUp

POLL_SECONDS = 0.5

Seen = TypeVar("Seen")


def looks(
    look: Callable[[], Seen],
    is_over: Callable[[Seen], bool],
    seconds: float | None = None,
    every: float = POLL_SECONDS,
) -> Iterator[Seen]:
    """Give what is seen at each look, until it is over or the time is.

    Parameters
    ----------
    look
        Looks once.
    is_over
        Tells whether nothing comes after what was seen.
    seconds
        How long at most; without an end by default. The last look is then at something that is not
        over.
    every
        Seconds between two looks.
    """
    deadline = math.inf if seconds is None else time.monotonic() + seconds
    while True:
        seen = look()
        yield seen
        left = deadline - time.monotonic()
        if is_over(seen) or left <= 0:
            return
        time.sleep(min(every, left))


def wait_while(is_under_way: Callable[[], object], seconds: float, every: float) -> None:
    """Wait until something is under way no more, or the time is over.

    Parameters
    ----------
    is_under_way
        Looks once; anything that is not empty goes on.
    seconds, every
        How long at most, and seconds between two looks.
    """
    for _ in looks(is_under_way, lambda seen: not seen, seconds, every):
        pass


def not_over(subject: object, seconds: float | None, later: FollowUp) -> TransientError:
    """The error of whoever has looked for so long, with the commands that come next."""
    return TransientError(
        f"{subject} has not ended after {seconds or 0:g} s; its end goes on without you. Look "
        f"again with `{later.look_again}`. `{later.explain}` tells what it has come to."
    )
