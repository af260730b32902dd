"""Names that somebody may have meant who mistyped one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST = 3
LEAST_LIKENESS = 0.7
"""Of two names, as ``difflib`` computes it: 1 if they are the same."""

SHORTEST_BEGINNING = 3


def likely_names(given: str, known: Iterable[str]) -> list[str]:
    """Those of the known names that are like the one given, the likeliest first.

    If none is as a whole, those of the same letters; and if there are none, those that begin like
    it. Upper and lower case are alike, and so are ``-`` and ``_``.
    """
    forms = {name: _form(name) for name in known}
    wanted = _form(given)
    # Letters in a wrong order make short names very unlike.
    found = _like(wanted, forms) or [
        name for name, form in forms.items() if sorted(form) == sorted(wanted)
    ]
    if not found and len(wanted) >= SHORTEST_BEGINNING:
        found = _like(wanted, {name: form[: len(wanted)] for name, form in forms.items()})
    return found[:MOST]


def _like(wanted: str, forms: Mapping[str, str]) -> list[str]:
    from difflib import get_close_matches  # noqa: PLC0415 - most names are not mistyped

    likeliest = get_close_matches(wanted, set(forms.values()), MOST, LEAST_LIKENESS)
    return [name for like in likeliest for name, form in forms.items() if form == like]


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """A question to append to a message; empty if no known name is like the one given."""
    names = likely_names(given, known)
    if not names:
        return ""
    *others, last = (f"'{name}'" for name in names)
    return f" Did you mean {' or '.join([', '.join(others), last] if others else [last])}?"


def _form(name: str) -> str:
    return name.casefold().replace("_", "-")
