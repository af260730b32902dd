"""Calls of the application's own code, which may raise anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cqrs.errors import HandlerLeft
from cqrs.serialization import message_of


@contextmanager
def application_code() -> Iterator[None]:
    """Let what would end the process fail the call that raised it, and nothing else.

    ``sys.exit``, a cancelled coroutine and a group of such are no ``Exception``: they would pass
    every place that keeps one record's failure from the next. A person's Ctrl-C passes.

    Raises
    ------
    HandlerLeft
        The code raised what is no ``Exception``.
    """
    try:
        yield
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as left:
        raise HandlerLeft(
            f"{type(left).__name__}: {message_of(left)} (this would end the process, and other "
            "work with it: raise an Exception instead)"
        ) from left
