"""The table of what was assumed and what was seen, for the screen and for a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tooling.verification.assumptions import Assumption, Subject


@dataclass(frozen=True, slots=True)
class Row:
    """An assumption beside what was seen."""

    subject: str
    assumed: str
    seen: str
    verdict: str

    @property
    def disagrees(self) -> bool:
        """Whether the project relies on what is not so."""
        return self.verdict == NO


YES, NO = "yes", "no"


def compare(
    assumed: Mapping[Subject, Assumption], seen: Mapping[Subject, str], *, is_emulator: bool
) -> list[Row]:
    """Compare all that is assumed with what was seen."""
    return [
        Row(str(subject), str(one), seen[subject], _verdict(one, seen[subject], is_emulator))
        for subject, one in assumed.items()
    ]


def _verdict(assumption: Assumption, seen: str, is_emulator: bool) -> str:
    if seen in assumption.values:
        return YES
    known = assumption.on_emulator if is_emulator else None
    if known is not None and seen == known.value:
        return f"emulator: {known.reason}"
    return NO


def table(rows: Sequence[Row]) -> str:
    """Write the table in Markdown."""
    lines = ["| what | assumed | seen | agrees |", "| --- | --- | --- | --- |"]
    for row in rows:
        cells = (row.subject, row.assumed, row.seen, row.verdict)
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines) + "\n"


def disagreements(rows: Sequence[Row]) -> list[str]:
    """A sentence for each row that disagrees."""
    return [
        f"{row.subject}: the project takes {row.assumed} for granted, and {row.seen} was seen."
        for row in rows
        if row.disagrees
    ]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
