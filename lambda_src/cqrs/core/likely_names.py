"""Names that somebody may have meant who mistyped one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 3
LEAST_LIKENESS = 0.7
"""Of two names, as ``difflib`` computes it: 1 if they are the same."""


def likely_names(given: str, known: Iterable[str]) -> list[str]:
    """Those of the known names that are like the one given, the likeliest first.

    Upper and lower case are alike, and so are ``-`` and ``_``.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - most names are not mistyped

    by_form: dict[str, str] = {}
    for name in known:
        by_form.setdefault(_form(name), name)
    forms = get_close_matches(_form(given), by_form, MOST, LEAST_LIKENESS)
    return [by_form[form] for form in forms]


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """A question to append to a message; empty if no known name is like the one given."""
    names = likely_names(given, known)
    if not names:
        return ""
    *others, last = (f"'{name}'" for name in names)
    return f" Did you mean {' or '.join([', '.join(others), last] if others else [last])}?"


def _form(name: str) -> str:
    return name.casefold().replace("_", "-")
