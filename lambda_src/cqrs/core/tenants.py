"""Tenant codes: what a new one may be, and what is read as one.

More is read than new work may use, so that work of tenants that were taken once can be listed and
ended.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from cqrs.core.invisible_characters import is_unseen
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.texts import checked_text
from cqrs.errors import ValidationError

TENANT_BYTES = 256

FOLDERS = frozenset({".", ".."})
SEPARATORS = frozenset("/\\")
"""Names of folders, and separators in them.

The key of an object has the tenant as one of its parts, and tools that copy a bucket make files of
its objects.
"""

LINE_BREAKING = frozenset({"Cc", "Zl", "Zp"})
"""Categories of control characters and of what parts lines and paragraphs (Unicode, chapter 4)."""

INVISIBLE = frozenset({"Cf", "Zs"})
"""Categories of spaces and of what only forms the characters around it: not enough for a code."""


def checked_new_tenant(tenant: Any) -> str:
    """Check the tenant code of something that is to be made.

    Raises
    ------
    ValidationError
        If it is none (:func:`checked_tenant`), it would lie in another folder than its own, or it
        looks like another one.
    """
    code = checked_tenant(tenant)
    if code in FOLDERS or not SEPARATORS.isdisjoint(code):
        raise ValidationError(
            f"The tenant {code[:40]!r} must have no / and no \\, and not be . or .. either: its "
            "files lie in a folder of its name, as in uploads/acme/."
        )
    if code != code.strip():
        raise ValidationError(
            f"The tenant {code[:40]!r} begins or ends with white space: leave that out, as it "
            f"looks like {code.strip()[:40]!r}."
        )
    unseen = next(filter(is_unseen, code), None)
    if unseen is not None:
        raise ValidationError(
            f"The tenant {code[:40]!r} has the character U+{ord(unseen):04X}, which nobody sees: "
            "leave it out."
        )
    return code


def checked_tenant(tenant: Any) -> str:
    """Check the tenant code of something that was made before.

    Raises
    ------
    ValidationError
        If it is not text, blank, too long, or holds the separator of keys, or a character that
        breaks lines or is none.
    """
    if not isinstance(tenant, str) or _is_blank(tenant):
        raise ValidationError(f"The tenant is {tenant!r:.80}; it must be text, as in 'acme'.")
    checked_text(tenant, "The tenant")
    refused = next(filter(_is_refused, tenant), None)
    if refused is not None:
        raise ValidationError(
            f"The tenant {tenant[:40]!r} has the character U+{ord(refused):04X}. It must have no "
            "control characters, line breaks, or code points that are not a character."
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
