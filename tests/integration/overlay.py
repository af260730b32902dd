"""Put further modules into the deployed application, and take them out again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.integration.deployed import Deployed


@contextmanager
def with_modules(
    deployed: Deployed, modules: Sequence[Path], files: Mapping[str, bytes] | None = None
) -> Iterator[None]:
    """Run the deployed function with modules beside the application's own.

    Parameters
    ----------
    deployed
        The deployment.
    modules
        The modules.
    files
        Other files of the package by their paths in it, in the place of those that it has.
    """
    original = package_of(deployed)
    _update(deployed, _overlaid(original, modules, files or {}))
    try:
        yield
    finally:
        _update(deployed, original)


def package_of(deployed: Deployed) -> bytes:
    """The package of the function, as it was deployed."""
    (package,) = deployed.deployment.stack_folder.rglob("function.zip")
    return package.read_bytes()


def _overlaid(package: bytes, modules: Sequence[Path], files: Mapping[str, bytes]) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            if entry.filename not in files:
                new.writestr(entry, old.read(entry))
        for module in modules:
            new.writestr(f"app/{module.name}", module.read_bytes())
        for path, content in files.items():
            new.writestr(path, content)
    return changed.getvalue()


def _update(deployed: Deployed, package: bytes) -> None:
    function, client = deployed.services.settings.function_name, deployed.services.clients.lambda_
    client.update_function_code(FunctionName=function, ZipFile=package)
    deployed.wait_until_replaced()
