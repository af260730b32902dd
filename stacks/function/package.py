"""The function's deployment package, composed so that equal sources give equal bytes.

It holds ``lambda_src`` and the pinned runtime dependencies, taken from the distributions that are
installed beside the stacks. Of these it takes modules and the data that they read, without compiled
extensions. So the package is the same whatever machine composes it. Entries are stored and not
compressed, as the bytes of a compressed one depend on the machine's zlib. boto3 comes with the
Lambda runtime.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "lambda_src"
PACKAGE = ROOT / ".build" / "function.zip"

DEPENDENCIES = (
    "aws-lambda-powertools",
    "jmespath",
    "python-ulid",
    "simplejson",
    "typing-extensions",
)
SUFFIXES = {".py", ".json"}
METADATA = "METADATA"
"""Tells ``importlib.metadata`` of a distribution: python-ulid asks for its own version."""
LEFT_OUT = {"__pycache__", "tests", ".."}

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Earliest time that a zip entry can bear; any fixed one would do."""
REGULAR_FILE_MODE = 0o100644 << 16
UNIX = 3


def write_package(path: Path = PACKAGE) -> Path:
    """Compose the package and write it, unless the file has these very bytes."""
    content = compose()
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path


def source_code_hash(path: Path) -> str:
    """Hash of a package as the Lambda API gives it in ``CodeSha256``."""
    return base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()


def compose() -> bytes:
    """Compose the package in memory."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, file in sorted({**dict(_dependencies()), **dict(_sources())}.items()):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = UNIX
            entry.external_attr = REGULAR_FILE_MODE
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()


def _sources() -> Iterator[tuple[str, Path]]:
    for file in SOURCE.rglob("*"):
        name = PurePosixPath(file.relative_to(SOURCE).as_posix())
        if file.is_file() and _belongs(name):
            yield str(name), file


def _dependencies() -> Iterator[tuple[str, Path]]:
    for dependency in DEPENDENCIES:
        for file in distribution(dependency).files or ():
            if _belongs(file):
                yield str(file), Path(str(file.locate()))


def _belongs(name: PurePosixPath) -> bool:
    is_read = name.suffix in SUFFIXES or name.name == METADATA
    return is_read and LEFT_OUT.isdisjoint(name.parts)
