"""Tenant codes."""

from __future__ import annotations

import unicodedata
from typing import Any

from cqrs.errors import ValidationError
from cqrs.keys import KEY_SEPARATOR
from cqrs.serialization import checked_text

TENANT_BYTES = 256

LINE_BREAKING = frozenset({"Cc", "Zl", "Zp"})
"""Categories of control characters and of what parts lines and paragraphs (Unicode, chapter 4)."""

INVISIBLE = frozenset({"Cf", "Zs"})
"""Categories of spaces and of what only forms the characters around it: not enough for a code."""


def checked_tenant(tenant: Any) -> str:
    """Check a tenant code.

    Raises
    ------
    ValidationError
        It is not text, blank, too long, or holds the separator of keys, or a character that
        breaks lines or is none.
    """
    if not isinstance(tenant, str) or _is_blank(tenant):
        raise ValidationError(f"The tenant is {tenant!r:.80}; it must be text, as in 'acme'.")
    checked_text(tenant, "The tenant")
    refused = next(filter(_is_refused, tenant), None)
    if refused is not None:
        raise ValidationError(
            f"The tenant {tenant[:40]!r} has the character U+{ord(refused):04X}; it must have no "
            "control characters, line breaks, or code points that are no character."
        )
    if KEY_SEPARATOR in tenant or len(tenant.encode()) > TENANT_BYTES:
        raise ValidationError(
            f"The tenant {tenant[:40]!r} must have no {KEY_SEPARATOR} and at most {TENANT_BYTES} "
            "bytes."
        )
    return tenant


def _is_blank(text: str) -> bool:
    return all(unicodedata.category(character) in INVISIBLE for character in text)


def _is_refused(character: str) -> bool:
    return unicodedata.category(character) in LINE_BREAKING or _is_noncharacter(ord(character))


def _is_noncharacter(code_point: int) -> bool:
    """The last two of each plane, and 32 more (Unicode, section 23.7)."""
    return code_point & 0xFFFE == 0xFFFE or 0xFDD0 <= code_point <= 0xFDEF  # noqa: PLR2004
