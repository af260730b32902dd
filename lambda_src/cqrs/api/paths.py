"""Paths: their segments, and any text as one of them.

An HTTP API decodes the path of a request but for ``%25``, and cuts it at a decoded ``?``. So an id
with one of the characters that would part the path goes as ``~`` and its Base64.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import quote

from cqrs.api.problems import Problem

TENANT = "tenant"
BASE = f"/v1/tenants/{{{TENANT}}}"
"""The beginning of routes about a tenant's things."""

ENVIRONMENT_BASE = "/v1/environment"
"""The beginning of routes about what the tenants of an environment share."""

ENCODED = "~"

LOST = "\ufffd"
"""Stands for bytes outside UTF-8 in what somebody has decoded."""

PARTING = re.compile(rf"[/?%\\{LOST}\x00-\x1f\x7f]|^~|^\.{{0,2}}$")
"""Text that does not come through as it stands, or that not every gateway lets through."""


def segment(text: str) -> str:
    """Text as a segment of a URL's path."""
    if PARTING.search(text):
        return _encoded(text)
    return quote(text, safe="")


def place(tenant: str, *parts: str | int) -> str:
    """The path of something of a tenant's, from ``/v1`` on."""
    base = BASE.replace(f"{{{TENANT}}}", segment(tenant))
    return "/".join([base, *(segment(str(part)) for part in parts)])


def text_of(part: str) -> str:
    """The text that a segment of an event's path stands for.

    Raises
    ------
    Problem
        If it begins as an encoded one, and is none, or it was not sent in UTF-8.
    """
    if LOST in part:
        raise Problem(
            400,
            "path",
            f"{part[:80]!r} has U+FFFD, which stands for bytes outside UTF-8: send the path in "
            f"UTF-8. An id that has U+FFFD itself goes as {ENCODED} and its Base64.",
        )
    if not part.startswith(ENCODED):
        return part.replace("%25", "%")
    text = _decoded(part)
    # Base64 may be written in several ways, and each id has one path.
    if not text or _encoded(text) != part:
        raise Problem(
            400,
            "path",
            f"{part[:80]!r} begins with {ENCODED}. Behind it must be the Base64 of UTF-8 text, in "
            "the form for URLs and without padding (RFC 4648, section 5). An id that begins with "
            f"{ENCODED} itself goes in that way alone, as {_encoded('~1')} stands for ~1.",
        )
    return text


def _encoded(text: str) -> str:
    return ENCODED + urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(part: str) -> str:
    """The text of an encoded segment; empty if it is none."""
    encoded = part.removeprefix(ENCODED)
    try:
        return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return ""


def segments_of(path: str) -> list[str]:
    """The segments of a path."""
    return path.strip("/").split("/")


def parameter_in(part: str) -> str | None:
    """The parameter that a segment of a route stands for; None if it stands for itself."""
    return part[1:-1] if part.startswith("{") and part.endswith("}") else None
