"""A client's part of each request that schemathesis makes: the form of paths and of versions."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import schemathesis

PARTING = frozenset("/\\?%\ufffd")

VERSIONS = [f'"{version}"' for version in (1, 2, 3, 999_999_999_999_999)]


@schemathesis.hook
def before_load_schema(_context: Any, raw_schema: dict[str, Any]) -> None:
    """Name some versions: from a pattern with quotes, schemathesis 4.32.5 draws no text."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            for parameter in operation["parameters"]:
                if parameter["name"] == "If-Match":
                    parameter["schema"] = {"type": "string", "enum": VERSIONS}


@schemathesis.hook
def map_path_parameters(_context: Any, path_parameters: dict[str, Any]) -> dict[str, Any]:
    """Encode what a path would not bring through, as the description's preface says."""
    return {name: _segment(value) for name, value in (path_parameters or {}).items()}


def _segment(value: Any) -> Any:
    if not isinstance(value, str) or not _is_parting(value):
        return value
    return "~" + urlsafe_b64encode(value.encode()).decode().rstrip("=")


def _is_parting(text: str) -> bool:
    return bool(PARTING & set(text)) or text.startswith("~") or text in {".", ".."}
