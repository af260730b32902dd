"""The pace of imports: how long a chunk waits behind the one before.

All items of a type and tenant share one partition, which takes 1,000 write units a second (DynamoDB
guide, "Burst and adaptive capacity"). Batches that write to it side by side find their share of
that as network connections do, and leave room for others. Each failure for the moment doubles the
pause. Each chunk that comes through lets a little more through in a second. While nothing fails,
there is no pause.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cqrs.imports.keys import ImportKey

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds. Fifty batches side by side need some three seconds each, if a chunk takes 100 units."""

LEAST_PAUSE = 0.05
"""Seconds; a shorter pause is none."""

FASTER = 0.03
"""How many chunks a second more each chunk allows that came through. The more, the sooner capacity
that is free is used, and the more requests are refused."""


class Pace:
    """Pauses between chunks, in one process; each lasts as long as the import is hindered."""

    def __init__(self) -> None:
        self._pauses: dict[str, float] = {}
        self._begins: dict[str, float] = {}

    def wait(self, key: ImportKey, at_most: float) -> float | None:
        """Wait until the next chunk of an import may begin.

        Parameters
        ----------
        key
            The import; others of its tenant and target share its pauses.
        at_most
            Seconds that there are for it.

        Returns
        -------
        float or None
            Seconds that it took; None, without a wait, if there are too few.
        """
        begins = self._begins.get(_place(key))
        seconds = 0.0 if begins is None else max(0.0, begins - time.monotonic())
        if seconds > at_most:
            return None
        if seconds:
            time.sleep(seconds)
        return seconds

    def slow_down(self, key: ImportKey) -> None:
        """Let the next chunks wait longer, as AWS failed one for the moment."""
        place = _place(key)
        self._set(place, min(LONGEST_PAUSE, max(FIRST_PAUSE, 2 * self._pauses.get(place, 0.0))))

    def speed_up(self, key: ImportKey) -> None:
        """Let the next chunks wait less, as one came through."""
        place = _place(key)
        pause = self._pauses.get(place, 0.0)
        self._set(place, pause / (1 + FASTER * pause))

    def _set(self, place: str, pause: float) -> None:
        if pause < LEAST_PAUSE:
            self._pauses.pop(place, None)
            self._begins.pop(place, None)
            return
        self._pauses[place] = pause
        # Full jitter parts batches that were hindered at the same moment.
        jittered = random.uniform(0, pause)  # noqa: S311 - jitter, not a secret
        self._begins[place] = time.monotonic() + jittered


def _place(key: ImportKey) -> str:
    return f"{key.pk} {key.target}"
