"""``python -m tooling.openapi_file``: write the OpenAPI document of the project's own routes.

A deployed environment serves the same at ``/openapi.json``, with the routes of its application.
"""

from __future__ import annotations

import json

from cqrs.api.openapi import document
from cqrs.api.table import ROUTES
from tooling.paths import ROOT

FILE = ROOT / "docs" / "openapi.json"


def text() -> str:
    """The document as the file has it."""
    return json.dumps(document(ROUTES), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
