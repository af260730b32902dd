"""Folders of tenants in the bucket, by which all that is a tenant's is found."""

from __future__ import annotations

import hashlib

DIGEST_DIGITS = 32
MARK = "of-"
"""Tells them from folders of earlier releases, which had items and imports in the same place."""


def tenant_folder(place: str, tenant: str) -> str:
    """The beginning of the keys of a tenant's objects in a folder of the bucket.

    A digest, because a code may have characters that keys should not, and no code's folder begins
    as another one's.
    """
    digest = hashlib.sha256(tenant.encode(errors="surrogatepass")).hexdigest()
    return f"{place}/{MARK}{digest[:DIGEST_DIGITS]}/"
