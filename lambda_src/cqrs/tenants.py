"""Tenant codes."""

from __future__ import annotations

from typing import Any

from cqrs.errors import ValidationError
from cqrs.keys import KEY_SEPARATOR
from cqrs.serialization import checked_text

TENANT_BYTES = 256


def checked_tenant(tenant: Any) -> str:
    """Check a tenant code.

    Raises
    ------
    ValidationError
        It is not text, blank, too long, or holds the separator of keys.
    """
    if not isinstance(tenant, str) or not tenant.strip():
        raise ValidationError(f"The tenant is {tenant!r}; it must be text, as in 'acme'.")
    checked_text(tenant, "The tenant")
    if KEY_SEPARATOR in tenant or len(tenant.encode()) > TENANT_BYTES:
        raise ValidationError(
            f"The tenant {tenant[:40]!r} must have no {KEY_SEPARATOR} and at most {TENANT_BYTES} "
            "bytes."
        )
    return tenant
