"""The faults of a file's columns, in the words of the person who made it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from cqrs.core.invisible_characters import IGNORABLE, is_unseen
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable

OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", "\uff0c": "full-width commas"}

SEPARATOR_LINE = re.compile(r"sep=(.?),*", re.IGNORECASE | re.DOTALL)
"""The line that Excel reads as the separator of the lines behind it."""

LONGEST_NAME = 1000
"""Characters of a column's name. Unicode's normal forms take a time that grows with the square of a
run of combining marks.
"""

SHOWN_NAMES = 20
SHOWN_LENGTH = 60
"""Names of a message, and characters of each, so that what comes behind them is kept too."""


def refuse_bad_columns(columns: tuple[str, ...], required: tuple[str, ...], place: str) -> None:
    """See that a file has the columns that are required, each once, and none that look alike.

    One column may have no name, as the index has none that pandas writes. The cells of two such
    could not be told apart, neither here nor by Step Functions, which gives cells by name.

    Raises
    ------
    ValidationError
        If it has not; the message names the columns, and what they are mistaken for.
    """
    _refuse_separator_line(columns, place)
    _refuse_long(columns, place)
    _refuse_nameless(columns, place)
    _refuse_doubled(columns, place)
    missing = [name for name in required if name not in columns]
    if missing:
        noun = "column" if len(missing) == 1 else "columns"
        raise ValidationError(
            f"{place} lacks the {noun} {_listed(missing)}; it has {_listed(columns)}."
            f"{_hint(columns, missing)}"
        )


def _refuse_separator_line(columns: tuple[str, ...], place: str) -> None:
    found = SEPARATOR_LINE.fullmatch(",".join(columns).strip())
    if found:
        more = "" if found[1] in {",", ""} else ", and save the file with commas"
        raise ValidationError(
            f"The first line of {place} is {_shown(found[0])}, which tells Excel how fields are "
            f"separated: delete that line, so that the column names come first{more}."
        )


def _refuse_long(columns: tuple[str, ...], place: str) -> None:
    for number, name in enumerate(columns, start=1):
        if len(name) > LONGEST_NAME:
            raise ValidationError(
                f"The name of column {number} of {place}, {_shown(name)}, has {len(name):,} "
                f"characters; {LONGEST_NAME:,} are the most. Are all quotes of the first line "
                "closed?"
            )


def _refuse_nameless(columns: tuple[str, ...], place: str) -> None:
    places = [number for number, name in enumerate(columns, start=1) if not appearance(name)]
    if len(places) == len(columns):
        raise ValidationError(
            f"The first line of {place} names no column: a CSV file begins with a line of column "
            "names."
        )
    if len(places) > 1:
        shown = ", ".join(map(str, places[:SHOWN_NAMES]))
        more = ", ..." if len(places) > SHOWN_NAMES else ""
        raise ValidationError(
            f"{place} has {len(places)} columns without a name, number {shown}{more} of "
            f"{len(columns)}: name them, or delete them. A first line that ends in commas has such."
        )


def _refuse_doubled(columns: tuple[str, ...], place: str) -> None:
    doubled = sorted(name for name, number in Counter(columns).items() if number > 1)
    if doubled:
        raise ValidationError(
            f"{place} has two columns called {_listed(doubled)}: rename one of them."
        )
    alike: dict[str, list[str]] = {}
    for name in columns:
        alike.setdefault(appearance(name), []).append(name)
    twins = [names for names in alike.values() if len(names) > 1]
    if twins:
        shown = "; ".join(" and ".join(map(_spelt, names)) for names in twins[:SHOWN_NAMES])
        raise ValidationError(
            f"{place} has columns whose names look alike: {shown}. Rename or delete all but one."
        )


def _hint(columns: tuple[str, ...], missing: Iterable[str]) -> str:
    for character, name in OTHER_SEPARATORS.items():
        if len(columns) == 1 and character in columns[0]:
            return f" Its columns seem to be separated by {name}: save it with commas."
    alike = {appearance(name): name for name in columns}
    found = [(alike[appearance(name)], name) for name in missing if appearance(name) in alike]
    if not found:
        return ""
    return f" Rename {', '.join(_renaming(*pair) for pair in found)}."


def appearance(name: str) -> str:
    """The same for names that people take for one (as Unicode's NFKC_Casefold, without spaces)."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    seen = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFKC", folded)
        if character.isspace() or not is_unseen(character)
    )
    return unicodedata.normalize("NFKC", " ".join(seen.split()))


def _renaming(there: str, wanted: str) -> str:
    """Two names, spelt out if they cannot be told apart by looking."""
    pair = f"{_shown(there)} to {_shown(wanted)}"
    is_seen = "\\" in pair or there.strip().casefold() == wanted.strip().casefold()
    return pair if is_seen else f"{_spelt(there)} to {_spelt(wanted)}"


def _spelt(name: str) -> str:
    points = [f"U+{ord(character):04X}" for character in name[:SHOWN_LENGTH]]
    return f"{_shown(name)} ({' '.join(points)}{' ...' if len(name) > SHOWN_LENGTH else ''})"


def _shown(name: str) -> str:
    """A name in quotes, with escapes for what nobody sees."""
    text = repr(name if len(name) <= SHOWN_LENGTH else f"{name[:SHOWN_LENGTH]}...")
    return IGNORABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _listed(names: Iterable[str]) -> str:
    shown = [_shown(name) for name in names]
    more = f", ... ({len(shown)} in all)" if len(shown) > SHOWN_NAMES else ""
    return f"{', '.join(shown[:SHOWN_NAMES])}{more}"


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural if there is not just one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
