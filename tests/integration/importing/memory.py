"""How much memory the function's processes took."""

from __future__ import annotations

import contextlib
from pathlib import Path

PEAK = "VmHWM:"
"""The line of /proc/<pid>/status with the most memory that a process had, in kB."""


def workers(emulator: int) -> list[int]:
    """Processes of the function: the emulator's children."""
    found: list[int] = []
    for thread in Path(f"/proc/{emulator}/task").iterdir():
        # A thread may end while it is looked at.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, (thread / "children").read_text().split())
    return found


def peak_megabytes(emulator: int) -> float:
    """The most memory that any process of the function has had."""
    peaks = [0.0]
    for process in workers(emulator):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            lines = Path(f"/proc/{process}/status").read_text().splitlines()
            peaks += [int(line.split()[1]) / 1024 for line in lines if line.startswith(PEAK)]
    return max(peaks)
