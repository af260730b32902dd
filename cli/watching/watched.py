"""Watching work that is looked at in one way from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from cli.watching.live_line import live_line
from cli.watching.looks import looks, not_over

if TYPE_CHECKING:
    from rich.console import Console

    from cli.suggestions import FollowUp

Seen = TypeVar("Seen")


def watched(
    key: object,
    look: Callable[[], Seen],
    is_over: Callable[[Seen], bool],
    state: Callable[[Seen], str],
    console: Console,
    later: FollowUp,
    seconds: float | None,
) -> Seen:
    """Look at work until it is over, and return what is seen then.

    Parameters
    ----------
    key
        The name of the work.
    look, is_over, state
        Looks once; tells whether nothing comes after what was seen; puts it into words.
    console, later, seconds
        Shows its state meanwhile; the commands for whoever waits no longer; how long at most.

    Raises
    ------
    TransientError
        If it has not ended within that time.
    """
    with live_line(console, key) as tell:
        for seen in looks(look, is_over, seconds):
            tell(state(seen))
    if not is_over(seen):
        raise not_over(key, seconds, later)
    return seen
