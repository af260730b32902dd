"""The errors by which AWS tells somebody that they lack a permission."""

from __future__ import annotations

REFUSALS = frozenset({"AccessDenied", "AccessDeniedException"})
"""Their codes (IAM guide, "Troubleshoot access denied error messages")."""
