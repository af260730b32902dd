"""Request ids of versions that a load publishes.

The name of an execution has the request id of its command, and Step Functions takes a name once in
90 days. A version that was applied in the target before, and erased since, would never be applied
again under its own. So a load adds itself to the request id, and an export leaves that out.
"""

from __future__ import annotations

import re

MARK = "-load-"

_OF_LOAD = re.compile(f"{MARK}[0-9A-Z]{{26}}$")


def of_load(request_id: str, load: str) -> str:
    """Request id of a version that a load publishes, which has a ULID."""
    return f"{exported(request_id)}{MARK}{load}"


def exported(request_id: str) -> str:
    """The request id that a version was first published with."""
    return _OF_LOAD.sub("", request_id)
