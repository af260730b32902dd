"""The reference's function as it is installed, and what a package of it holds."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tooling.errors import ToolingError
from tooling.paths import ROOT

FOLDER = ROOT / ".tools" / "reference"
MODULES = FOLDER / "node_modules"
CORE = "@mbc-cqrs-serverless/core"
SOURCE = "handler.js"
HANDLER = "handler.handler"

OF_THE_RUNTIME = ("@aws-sdk", "@smithy", "@aws")
"""Packages that Lambda's Node runtime brings (Lambda guide, "Building Lambda functions with
Node.js")."""


def require_installed() -> None:
    """Refuse to go on without the function.

    Raises
    ------
    ToolingError
        If set-up has not installed it.
    """
    if not (MODULES / CORE).is_dir():
        raise ToolingError("The reference is not installed: run make bench, which installs it.")


def version() -> str:
    """The version of the reference's core."""
    return str(json.loads((MODULES / CORE / "package.json").read_text())["version"])


def package() -> bytes:
    """The function and its modules as a zip file, as it would go to Lambda."""
    return _zipped(_files())


def package_without_modules() -> bytes:
    """The function alone, for an emulator that finds the modules in :data:`MODULES`.

    MiniStack unpacks a package for each process that it starts, which Lambda does not.
    """
    return _zipped([FOLDER / SOURCE])


def _zipped(paths: Iterable[Path]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.relative_to(FOLDER))
    return packed.getvalue()


def _files() -> Iterator[Path]:
    left_out = tuple(MODULES / name for name in OF_THE_RUNTIME)
    yield FOLDER / SOURCE
    for path in sorted(MODULES.rglob("*")):
        if path.is_file() and not any(path.is_relative_to(folder) for folder in left_out):
            yield path
