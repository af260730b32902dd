"""JSON documents inside resources."""

from __future__ import annotations

import json


def render(document: object) -> str:
    """Render a document without white space, which AWS drops and a plan would show as a change."""
    return json.dumps(document, separators=(",", ":"))
