"""The files that a deployment is made of, and what tells two states of them apart."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from stacks.environment_files import COMMON
from stacks.function.package import LEFT_OUT, SUFFIXES

CODE = "lambda_src"
STACKS = "stacks"
ENVIRONMENTS = "environments"
WATCHED = (CODE, STACKS, ENVIRONMENTS)

TEMPORARY = (".", "#", "~")
"""Begins the name of a file that an editor keeps for itself; a ``~`` may end it, too."""


@dataclass(frozen=True)
class Sources:
    """The sources of one environment at one moment.

    Attributes
    ----------
    hashes
        A hash of each file's content, by the file's path within the project.
    """

    hashes: Mapping[str, str]

    def differing_from(self, other: "Sources") -> list[str]:
        """Paths of the files that were changed, added or removed, in alphabetical order."""
        changed = self.hashes.items() ^ other.hashes.items()
        return sorted({path for path, _ in changed})


def is_source(path: Path, environment: str) -> bool:
    """Whether an environment is made of a file, by its path within the project."""
    folder, *within = path.parts
    if not within or any(part.startswith(TEMPORARY) for part in within) or path.name.endswith("~"):
        return False
    if not LEFT_OUT.isdisjoint(within):
        return False
    if folder == ENVIRONMENTS:
        return path.name in {COMMON, f"{environment}.toml"}
    return path.suffix in (SUFFIXES if folder == CODE else {".py"})


def read_sources(root: Path, environment: str) -> Sources:
    """Read the sources of an environment as they are now."""
    return Sources({str(path): _hash(root / path) for path in _paths(root, environment)})


def code_of(paths: Iterable[str]) -> list[str]:
    """Those that the function's package holds."""
    return [path for path in paths if path.startswith(f"{CODE}/")]


def _paths(root: Path, environment: str) -> Iterator[Path]:
    for folder in WATCHED:
        for file in (root / folder).rglob("*"):
            path = file.relative_to(root)
            if is_source(path, environment) and file.is_file():
                yield path


def _hash(file: Path) -> str:
    try:
        return blake2b(file.read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return ""  # An editor is just putting another one in its place.
