"""``python -m tooling.prose [FILE...]``: report sentences that break a rule of the project."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tooling.paths import ROOT
from tooling.prose import comments, pages, python_source
from tooling.prose.passage import Passage
from tooling.prose.rules import Finding, findings

OWN = "own"
"""How git merges a team's folders, by `.gitattributes`."""

_COMMENTED = {".in", ".sh", ".toml", ".yaml", ".yml"}
_COMMENTED_NAMES = {".editorconfig", ".gitattributes", ".gitignore", "Makefile", "run"}


def main() -> None:
    """Report on the files that are named, or on all that git knows; fail if there is anything.

    A team writes its own folders in the language that it likes.
    """
    names = _without_the_teams(sys.argv[1:] or _all_names())
    found = list(check(path for name in names if (path := ROOT / name).is_file()))
    for finding in found:
        print(_line(finding))  # noqa: T201 - a command's output
    sys.exit(1 if found else 0)


def check(paths: Iterable[Path]) -> Iterator[Finding]:
    """Findings in files."""
    for path in paths:
        for passage in read(path):
            yield from findings(passage)


def read(path: Path) -> Iterable[Passage]:
    """Passages of a file, by its name."""
    if path.name.endswith(".ja.md"):
        return ()
    if path.suffix == ".py":
        text = path.read_text(encoding="utf-8")
        return python_source.passages(path, text, with_messages="tests" not in path.parts)
    if path.suffix == ".md":
        return pages.passages(path, path.read_text(encoding="utf-8"))
    if path.suffix in _COMMENTED or path.name in _COMMENTED_NAMES:
        return comments.of_settings(path, path.read_text(encoding="utf-8"))
    return ()


def _line(finding: Finding) -> str:
    path = finding.passage.path.relative_to(ROOT)
    rule, sentence = finding.rule, finding.sentence
    return f"{path}:{sentence.line}: {rule.name} ({rule.advice}): {sentence.text}"


def _all_names() -> list[str]:
    return _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")


def _without_the_teams(names: list[str]) -> list[str]:
    """Leave out what `.gitattributes` marks as the team's."""
    told = _git("check-attr", "-z", "--stdin", "merge", given="\0".join(names))
    merged = dict(zip(told[::3], told[2::3], strict=True))
    return [name for name in names if merged[name] != OWN]


def _git(*arguments: str, given: str = "") -> list[str]:
    command = ["git", *arguments]
    told = subprocess.run(  # noqa: S603
        command, cwd=ROOT, check=True, capture_output=True, text=True, input=given
    )
    return [part for part in told.stdout.split("\0") if part]


if __name__ == "__main__":
    main()
