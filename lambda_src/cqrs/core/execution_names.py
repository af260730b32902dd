"""Names of executions, made of what they are for."""

from __future__ import annotations

import hashlib
import json
import re

EXECUTION_NAME_LENGTH = 80

_NOT_IN_EXECUTION_NAMES = re.compile(r"[^0-9A-Za-z_-]+")


def execution_name(label: str, *identity: str) -> str:
    """Name an execution so that the same identity always gives the same name.

    Parameters
    ----------
    label
        The text that an operator should recognise. Characters that Step Functions or CloudWatch
        Logs refuse become dashes, and its end is cut to fit.
    identity
        All that tells this execution from any other.

    Returns
    -------
    str
        At most 80 characters out of ``0-9 A-Z a-z _ -`` (Step Functions API reference,
        StartExecution).
    """
    # As JSON, because a key may hold whatever else would separate the parts.
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]
    readable = _NOT_IN_EXECUTION_NAMES.sub("-", label).strip("-")
    return f"{readable[: EXECUTION_NAME_LENGTH - len(digest) - 1]}-{digest}"
