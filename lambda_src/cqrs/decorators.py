"""Decorators that are given a name, and what they say where they are not."""

from __future__ import annotations

from typing import Any

from cqrs.errors import ConfigurationError


def refuse_missing_name(given: Any, decorator: str, what: str) -> None:
    """Check that a decorator was given a name.

    Without parentheses it is given what it stands above, registers nothing, and what it stands
    above is never called.

    Parameters
    ----------
    given
        What it was given.
    decorator, what
        How the error names it, and what it takes.

    Raises
    ------
    ConfigurationError
        It was given something else.
    """
    if isinstance(given, str):
        return
    form = f"@application.{decorator}(<{what}>)"
    if callable(given):
        name = getattr(given, "__name__", type(given).__name__)
        raise ConfigurationError(
            f"@application.{decorator} stands above {name} without its {what}: write {form}, with "
            "the parentheses."
        )
    raise ConfigurationError(
        f"@application.{decorator} was given {given!r:.80} for its {what}, which is text: write "
        f"{form}."
    )
