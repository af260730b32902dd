"""Put further modules into the deployed application, and take them out again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.integration.deployed import Deployed


@contextmanager
def with_modules(deployed: Deployed, modules: Sequence[Path]) -> Iterator[None]:
    """Run the deployed function with modules beside the application's own."""
    (package,) = deployed.deployment.stack_folder.rglob("function.zip")
    original = package.read_bytes()
    _update(deployed, _overlaid(original, modules))
    try:
        yield
    finally:
        _update(deployed, original)


def _overlaid(package: bytes, modules: Sequence[Path]) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, old.read(entry))
        for module in modules:
            new.writestr(f"app/{module.name}", module.read_bytes())
    return changed.getvalue()


def _update(deployed: Deployed, package: bytes) -> None:
    function, client = deployed.services.settings.function_name, deployed.services.clients.lambda_
    client.update_function_code(FunctionName=function, ZipFile=package)
    client.get_waiter("function_updated_v2").wait(FunctionName=function)
