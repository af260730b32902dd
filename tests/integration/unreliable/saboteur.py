"""Kills processes of the function at random while a block runs."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from types import TracebackType
from typing import Self

from tests.integration.importing.memory import workers


class Saboteur:
    """Kills a random worker of the emulator at an interval.

    Parameters
    ----------
    emulator
        Process id of the emulator, whose children are the function's processes.
    interval
        Seconds between two kills.
    """

    def __init__(self, emulator: int, interval: float) -> None:
        self._emulator = emulator
        self._interval = interval
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.killed = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._done.wait(self._interval):
            found = workers(self._emulator)
            if found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(random.choice(found), signal.SIGKILL)  # noqa: S311
                    self.killed += 1
