"""Put unreliable handlers into the deployed function, and take them out again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.deployed import Deployed

HANDLERS = ("recorder", "coin_tosses")
"""Modules of this folder that go into the function's package."""

REGISTRATION = "app/__init__.py"


@contextmanager
def unreliable_function(deployed: Deployed) -> Iterator[None]:
    """Run the deployed function with unreliable handlers beside the application's own."""
    (package,) = deployed.deployment.stack_folder.rglob("function.zip")
    original = package.read_bytes()
    _update(deployed, _with_handlers(original))
    try:
        yield
    finally:
        _update(deployed, original)


def _with_handlers(package: bytes) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == REGISTRATION:
                content += f"\nfrom app import {', '.join(HANDLERS)}\n".encode()
            new.writestr(entry, content)
        for name in HANDLERS:
            source = Path(__file__).with_name(f"{name}.py")
            new.writestr(f"app/{source.name}", source.read_bytes())
    return changed.getvalue()


def _update(deployed: Deployed, package: bytes) -> None:
    function, client = deployed.services.settings.function_name, deployed.services.clients.lambda_
    client.update_function_code(FunctionName=function, ZipFile=package)
    client.get_waiter("function_updated_v2").wait(FunctionName=function)
