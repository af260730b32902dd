"""The section of ``docs/emulators.md`` on what is compared, made of the table of differences."""

from __future__ import annotations

from collections.abc import Iterator

from tests.parity.differences import LOCALSTACK, MINISTACK, rows
from tests.parity.documented import DOCUMENTED
from tests.parity.mutations import MUTATIONS
from tooling.paths import ROOT

PAGE = ROOT / "docs" / "emulators.md"

HEADING = "## State machines compared"

_INTRODUCTION = f"""{HEADING}

`tests/parity` runs {{executions}} executions of the deployed machines and of the sample's two: good
and failing ones, callbacks, timeouts, heartbeats, retries and maps. A function whose answers are
written beforehand takes the place of the product's. The definitions are the product's own. Only
timeouts and pauses are shortened, by `hurried` in `tests/parity/definitions.py`.

Each execution's history, end and answers are compared with a sequence that AWS documents
(`tests/parity/documented`, with its sources). Nobody ran these on AWS. Two emulators that agree
are not believed, as both may be wrong alike. If AWS says nothing, several lines will do, as listed
below. The tables have all differences; `python -m tests.parity` writes them. A difference beyond
them fails the tests, and so does one that is gone. {{mutations}} mistakes in the definitions, such
as a dropped Catch, are found too. No emulator batches items, so a dropped ItemBatcher shows on
none.

MiniStack is compared in `make test`, and LocalStack in `make test-localstack`. The interpreter of
`cqrs.testing` ([testing.md](testing.md)) is as documented in every execution. It finds every
mistake, that of a dropped ItemBatcher too.
"""

_COLUMNS = "| where | {engine} | AWS documents | cause |\n| --- | --- | --- | --- |"


def section() -> str:
    """Make the section."""
    introduction = _INTRODUCTION.format(executions=len(DOCUMENTED), mutations=len(MUTATIONS))
    return "\n".join([introduction, *_tables(), *_silence()]) + "\n"


def updated(text: str) -> str:
    """Put the section into the page, in the place of the one that is there or at its end."""
    before, found, rest = text.partition(f"{HEADING}\n")
    following = rest.find("\n## ") if found else -1
    after = rest[following:] if following >= 0 else ""
    return before.rstrip("\n") + "\n\n" + section() + after


def _tables() -> Iterator[str]:
    for engine in (MINISTACK, LOCALSTACK):
        yield f"### {engine}\n"
        yield _COLUMNS.format(engine=engine)
        told = [
            f"| {row.where} | {row.does} | {row.documented} | {row.cause} |" for row in rows(engine)
        ]
        yield from dict.fromkeys(told)
        yield ""


def _silence() -> Iterator[str]:
    yield "### If AWS says nothing\n"
    yield from dict.fromkeys(
        f"- {told[0].upper()}{told[1:]}."
        for record in DOCUMENTED.values()
        if record.silent
        for told in record.silent.split("; ")
    )
