"""Refusals of decorators: nothing in parentheses, and code that a call would not run."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Any

from cqrs.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


def is_text(given: Any) -> bool:
    """Tell whether a decorator was given text."""
    return isinstance(given, str)


def refuse_missing(
    given: Any, decorator: str, what: str, *, fits: Callable[[Any], bool] = is_text
) -> None:
    """Check that a decorator was given what it takes.

    Without parentheses it is given what it stands above, registers nothing, and what it stands
    above is never called.

    Parameters
    ----------
    given
        The argument, as it was given.
    decorator, what
        How the error names it, and what it takes.
    fits
        Tells whether it takes that; text by default.

    Raises
    ------
    ConfigurationError
        If it was given something else.
    """
    if fits(given):
        return
    form = f"@application.{decorator}(<{what}>)"
    if callable(given):
        name = getattr(given, "__name__", type(given).__name__)
        raise ConfigurationError(
            f"@application.{decorator} stands above {name} without its {what}: write {form}, with "
            "the parentheses."
        )
    raise ConfigurationError(
        f"@application.{decorator} was given {given!r:.80} for its {what}: write {form}."
    )


def refuse_unrun(code: Any, decorator: str, advice: str = "") -> None:
    """Check that a call of application code runs it.

    A call of an ``async def``, or of a function with a ``yield``, makes an object and runs nothing.
    The work of the code would be lost without a word.

    Parameters
    ----------
    code
        A function, a method, a ``functools.partial`` or an object with a method ``__call__``.
    decorator
        How the error names it.
    advice
        An alternative to a plain function.

    Raises
    ------
    ConfigurationError
        If a call would not run it, or it cannot be called.
    """
    if not callable(code):
        raise ConfigurationError(
            f"@application.{decorator} cannot take {code!r:.80}, which is not a function."
        )
    while isinstance(code, partial):
        code = code.func
    for called in (code, type(code).__call__):
        kind = _unrun_kind(called)
        if kind:
            name = getattr(called, "__qualname__", type(called).__name__)
            raise ConfigurationError(
                f"@application.{decorator} cannot take {name}: it is {kind}, and a call of it runs "
                "nothing. Make it a function without async and yield; within it, asyncio.run(...) "
                f"waits for what is async, and a loop runs a generator.{advice and ' '}{advice}"
            )


def _unrun_kind(called: Any) -> str:
    """The object that a call makes instead of running, in words; empty if a call runs it."""
    if inspect.iscoroutinefunction(called):
        return "an async function"
    if inspect.isasyncgenfunction(called):
        return "an async generator function"
    return "a generator function" if inspect.isgeneratorfunction(called) else ""
