"""The function's deployment package, composed so that equal sources give equal packages.

It holds ``lambda_src`` without what is for tests, the schemas of pydantic models
(:mod:`stacks.function.schemas`), and the pinned runtime dependencies. These are taken from the
distributions that are installed beside the stacks: modules and the data that they read, without
compiled extensions. So the package is the same whatever machine composes it. Entries are stored and
not compressed, as the bytes of a compressed one depend on the machine's zlib. boto3 comes with the
Lambda runtime.

The package for AWS holds the modules' byte code beside their sources, which tracebacks show. It is
the one part whose bytes may differ by machine, and :func:`source_code_hash` passes over them. The
package for emulators does without: their functions run on whatever Python the emulator runs on.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from cqrs.resources import MODEL_SCHEMAS
from stacks.function.byte_code import byte_code
from stacks.function.interpreter import find_interpreter
from stacks.function.schemas import model_schemas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "lambda_src"
BUILD = ROOT / ".build"
PACKAGE = BUILD / "function.zip"
COMPILED_PACKAGE = BUILD / "compiled" / "function.zip"
WITH_SQL = "with-sql"
"""Folder of packages that hold a driver."""


DEPENDENCIES = (
    "aws-lambda-powertools",
    "jmespath",
    "python-ulid",
    "simplejson",
    "typing-extensions",
)
SQL_DEPENDENCIES = ("asn1crypto", "pg8000", "scramp")
"""The driver of a database, which is Python alone; python-dateutil comes with boto3."""

SUFFIXES = {".py", ".json", ".pem"}
METADATA = "METADATA"
"""Tells ``importlib.metadata`` of a distribution: python-ulid asks for its own version."""
BYTE_CODE = ".pyc"
HEADER_LENGTH = 16
"""Bytes before the code in a file of byte code (PEP 552)."""

LEFT_OUT = {"__pycache__", "tests", ".."}
NOT_OF_THE_FUNCTION = tuple(
    PurePosixPath("cqrs") / name for name in ("testing", "erasure", "exports")
)
"""Folders of ``lambda_src`` that only the tests of an application, or the command line, use."""

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Earliest time that a zip entry can bear; any fixed one would do."""
REGULAR_FILE_MODE = 0o100644 << 16
UNIX = 3


def write_package_for(dialect: str, *, sql: bool = False, source_only: bool = False) -> Path:
    """Write the package of the environments of a dialect, with a driver or without.

    Parameters
    ----------
    dialect
        ``aws`` or ``emulator``.
    sql
        Whether they have a database.
    source_only
        Whether nobody deploys it, so that no interpreter need be there to compile.

    Raises
    ------
    PackageError
        If the code cannot be compiled.
    """
    is_compiled = dialect == "aws" and not source_only
    path = COMPILED_PACKAGE if is_compiled else PACKAGE
    interpreter = find_interpreter() if is_compiled else None
    if sql:
        path = path.parent / WITH_SQL / path.name
    return write_package(path, interpreter, sql=sql)


def write_package(
    path: Path = PACKAGE, interpreter: Path | None = None, *, sql: bool = False
) -> Path:
    """Compose the package and write it, unless the file has these very bytes.

    Raises
    ------
    PackageError
        If the code cannot be compiled.
    """
    content = compose(interpreter, sql=sql)
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A reader finds a whole package, meanwhile and after a crash.
        with NamedTemporaryFile(dir=path.parent, delete=False) as unfinished:
            unfinished.write(content)
        Path(unfinished.name).replace(path)
    return path


def source_code_hash(package: Path | BinaryIO) -> str:
    """Hash of a package, by which Terraform tells whether the function has it.

    It is the same on every machine, and for a package of sources ``CodeSha256`` of the Lambda API.
    Of byte code the header counts, which names its source and the version of Python. The code may
    differ by the patch release that compiled it (:mod:`stacks.function.byte_code`). Otherwise a
    plan of one machine would undo the deployment of another.
    """
    with zipfile.ZipFile(package) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    counted = {
        name: content[:HEADER_LENGTH] if name.endswith(BYTE_CODE) else content
        for name, content in contents.items()
    }
    return base64.b64encode(hashlib.sha256(_archive(counted)).digest()).decode()


def compose(interpreter: Path | None = None, *, sql: bool = False) -> bytes:
    """Compose the package in memory.

    Parameters
    ----------
    interpreter
        The Python that compiles the modules; None for sources alone.
    sql
        Whether it holds the driver of a database.

    Raises
    ------
    PackageError
        If a module cannot be compiled, or an item type cannot be used.
    """
    dependencies = DEPENDENCIES + (SQL_DEPENDENCIES if sql else ())
    files = {**dict(_files_of(dependencies)), **dict(_sources())}
    contents = {name: file.read_bytes() for name, file in files.items()}
    schemas = model_schemas(SOURCE)
    if schemas:
        contents[MODEL_SCHEMAS] = schemas
    sources = _archive(contents)
    if interpreter is None:
        return sources
    return _archive({**contents, **byte_code(sources, interpreter)})


def _archive(contents: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = UNIX
            entry.external_attr = REGULAR_FILE_MODE
            archive.writestr(entry, content)
    return buffer.getvalue()


def _sources() -> Iterator[tuple[str, Path]]:
    for file in SOURCE.rglob("*"):
        name = PurePosixPath(file.relative_to(SOURCE).as_posix())
        if file.is_file() and _belongs(name) and not _is_left_out(name):
            yield str(name), file


def _is_left_out(name: PurePosixPath) -> bool:
    return any(name.is_relative_to(folder) for folder in NOT_OF_THE_FUNCTION)


def _files_of(dependencies: Sequence[str]) -> Iterator[tuple[str, Path]]:
    for dependency in dependencies:
        for file in distribution(dependency).files or ():
            if _belongs(file):
                yield str(file), Path(str(file.locate()))


def _belongs(name: PurePosixPath) -> bool:
    is_read = name.suffix in SUFFIXES or name.name == METADATA
    return is_read and LEFT_OUT.isdisjoint(name.parts)
