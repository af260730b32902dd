"""What decorators say that are given nothing in parentheses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cqrs.errors import ConfigurationError


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
        What it was given.
    decorator, what
        How the error names it, and what it takes.
    fits
        Tells whether it takes that; text by default.

    Raises
    ------
    ConfigurationError
        It was given something else.
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
