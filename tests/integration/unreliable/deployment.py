"""Put the unreliable handler into the deployed function, and take it out again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.deployed import Deployed

RECORDER = Path(__file__).with_name("recorder.py")
REGISTRATION = "app/__init__.py"


@contextmanager
def unreliable_function(deployed: Deployed) -> Iterator[None]:
    """Run the deployed function with the recorder beside the application's own handlers."""
    (package,) = deployed.deployment.stack_folder.rglob("function.zip")
    original = package.read_bytes()
    _update(deployed, _with_recorder(original))
    try:
        yield
    finally:
        _update(deployed, original)


def _with_recorder(package: bytes) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == REGISTRATION:
                content += b"\nfrom app import recorder\n"
            new.writestr(entry, content)
        new.writestr("app/recorder.py", RECORDER.read_bytes())
    return changed.getvalue()


def _update(deployed: Deployed, package: bytes) -> None:
    function, client = deployed.services.settings.function_name, deployed.services.clients.lambda_
    client.update_function_code(FunctionName=function, ZipFile=package)
    client.get_waiter("function_updated_v2").wait(FunctionName=function)
