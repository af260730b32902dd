"""Telling when files are saved."""

from collections.abc import Iterator
from pathlib import Path

from watchfiles import Change, watch

from tooling.dev.sources import WATCHED, is_source

QUIET_MILLISECONDS = 80
"""Changes are told when nothing has changed for so long: an editor writes a file in several steps,
and a change of branches touches many."""

LONGEST_MILLISECONDS = 1000
"""They are told after so long at the latest."""


LOOK_MILLISECONDS = 5000
"""Without a change, a look is due after so long: a file system may report none."""


def saves(root: Path, environment: str) -> Iterator[bool]:
    """Tell when to look at an environment's files, until somebody interrupts.

    Files that editors keep for themselves do not count.

    Yields
    ------
    bool
        Whether a file was saved; otherwise some time has passed.
    """

    def counts(_change: Change, path: str) -> bool:
        return is_source(Path(path).relative_to(root), environment)

    folders = [root / name for name in WATCHED]
    for changes in watch(
        *folders,
        watch_filter=counts,
        step=QUIET_MILLISECONDS,
        debounce=LONGEST_MILLISECONDS,
        rust_timeout=LOOK_MILLISECONDS,
        yield_on_timeout=True,
    ):
        yield bool(changes)
