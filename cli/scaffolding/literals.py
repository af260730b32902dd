"""JSON values as literals of Python, in the form of the formatter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def literal(values: Mapping[str, Any]) -> str:
    """An object, with a line for each of its members."""
    rows = "".join(f"    {_quoted(name)}: {_python(value)},\n" for name, value in values.items())
    return f"{{\n{rows}}}" if rows else "{}"


def _python(value: Any) -> str:
    match value:
        case str():
            return _quoted(value)
        case Mapping():
            entries = (f"{_quoted(name)}: {_python(one)}" for name, one in value.items())
            return f"{{{', '.join(entries)}}}"
        case list():
            return f"[{', '.join(map(_python, value))}]"
    return str(value)


def _quoted(text: str) -> str:
    is_quote = '"' in text and "'" not in text
    return repr(text) if is_quote else json.dumps(text, ensure_ascii=False)
