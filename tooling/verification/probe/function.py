"""The probe's function: it fails as it is told. Deployed as a file of its own."""

import os
import time
from typing import Any

LONGER_THAN_THE_FUNCTION_MAY = 30
LONGER_THAN_THE_STATE_MAY = 3
BLOCK_BYTES = 16 * 1024 * 1024


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Do what the event names, which most often does not end well."""
    probe = event["probe"]
    if probe == "exception":
        raise LookupError(probe)
    if probe == "exit":
        os._exit(1)
    if probe == "out_of_time":
        time.sleep(LONGER_THAN_THE_FUNCTION_MAY)
    if probe == "out_of_memory":
        _fill_memory()
    if probe == "state_timeout":
        time.sleep(LONGER_THAN_THE_STATE_MAY)
    if probe == "retry_count" and event["tries"] == 0:
        raise LookupError(probe)
    return event


def _fill_memory() -> None:
    blocks = []
    while True:
        blocks.append(os.urandom(BLOCK_BYTES))
