"""Waiting for what AWS does in its own time."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

LONGEST_SECONDS = 180.0
_POLL_SECONDS = 0.5


class WaitedInVain(Exception):
    """Something did not happen in time."""


def wait_for(
    condition: Callable[[], Answer | None], what: str, seconds: float = LONGEST_SECONDS
) -> Answer:
    """Wait until a condition gives an answer, and return that.

    Raises
    ------
    WaitedInVain
        If it gives none in time.
    """
    deadline = monotonic() + seconds
    while True:
        answer = condition()
        if answer is not None:
            return answer
        if monotonic() > deadline:
            raise WaitedInVain(f"Waited {seconds:g} s in vain for {what}.")
        sleep(_POLL_SECONDS)
