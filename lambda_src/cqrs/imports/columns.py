"""What is wrong with the columns of a file, in the words of whoever made it."""

from __future__ import annotations

from collections.abc import Iterable

from cqrs.errors import ValidationError

OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def refuse_bad_columns(columns: tuple[str, ...], required: tuple[str, ...], place: str) -> None:
    """See that a file has the columns that are required, each once.

    Raises
    ------
    ValidationError
        It has not; the message names the columns, and what they are mistaken for.
    """
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled:
        raise ValidationError(
            f"{place} has two columns called {_listed(doubled)}: rename one of them."
        )
    missing = [name for name in required if name not in columns]
    if missing:
        noun = "column" if len(missing) == 1 else "columns"
        raise ValidationError(
            f"{place} lacks the {noun} {_listed(missing)}; it has {_listed(columns)}."
            f"{_hint(columns, missing)}"
        )


def _hint(columns: tuple[str, ...], missing: Iterable[str]) -> str:
    for character, name in OTHER_SEPARATORS.items():
        if len(columns) == 1 and character in columns[0]:
            return f" Its columns seem to be separated by {name}: save it with commas."
    alike = {_bare(name): name for name in columns}
    found = [(alike[_bare(name)], name) for name in missing if _bare(name) in alike]
    if not found:
        return ""
    return f" Rename {', '.join(f'{there!r} to {wanted!r}' for there, wanted in found)}."


def _bare(name: str) -> str:
    return name.strip().lower()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where there is not just one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
