"""Calls of the application's own code, which may raise anything."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from cqrs.aws.clients import raise_transient
from cqrs.core.log_keys import error_keys
from cqrs.core.observability import TRACEBACK, logger
from cqrs.core.texts import message_of
from cqrs.errors import ConfigurationError, HandlerLeft

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Answer = TypeVar("Answer")


@contextmanager
def application_code(called: str = "", **about: str) -> Iterator[None]:
    """Let what would end the process fail the call that raised it, and nothing else.

    ``sys.exit``, a cancelled coroutine and a group of such are not an ``Exception``. They would
    pass every place that keeps one record's failure from the next. A person's Ctrl-C passes.

    The code may ask AWS by a client of its own. An error that its client raises when AWS fails just
    now gets the name that batches and state machines go by.

    Parameters
    ----------
    called
        Name of the code. With it, the log gets the place of an unexpected error; without it, the
        caller sees to that.
    about
        Further keys of that line.

    Raises
    ------
    TransientError
        If AWS failed the code; another try may do it.
    HandlerLeft
        If the code raised something that is not an ``Exception``.
    """
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        raise_transient(error)
        _tell(called, about, error)
        raise
    except BaseException as left:
        _tell(called, about, left)
        raise HandlerLeft(
            f"{type(left).__name__}: {message_of(left)} (this would end the process, and other "
            "work with it: raise an Exception instead)"
        ) from left


def _tell(called: str, about: Mapping[str, str], error: BaseException) -> None:
    told = error_keys(error) if called else {}
    if TRACEBACK in told:
        logger.error("Handler failed", extra={"handler": called, **about, **told})


def ran(answer: Answer) -> Answer:
    """The return value of application code, once it is known that the call has run it.

    A decorator refuses code that a call would not run. Only now is it known whether a lambda, or a
    wrapper, makes such an object of its call.

    Raises
    ------
    ConfigurationError
        If the answer is a coroutine, another awaitable or a generator: nothing has run yet.
    """
    is_unrun = inspect.isawaitable(answer) or inspect.isgenerator(answer)
    if not is_unrun and not inspect.isasyncgen(answer):
        return answer
    if inspect.iscoroutine(answer):
        answer.close()  # else Python warns that nobody has awaited it
    raise ConfigurationError(
        f"It returned a {type(answer).__name__}, and nothing has run of that. Let it wait with "
        "asyncio.run(...), or run the generator in a loop, and return when all is done."
    )
