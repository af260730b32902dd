"""The security headers of the web console: the one place of their text.

CloudFront adds them on AWS, and the server of ``make console`` on a machine. The tests of the
console run under them, and a violation fails those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HSTS_SECONDS = 63_072_000
"""Two years, as the preload list asks of a site at least one (hstspreload.org)."""

REFERRER_POLICY = "no-referrer"

FRAME_OPTION = "DENY"

OTHER_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Those for which CloudFront has no setting of its own."""


def content_security_policy(connect: Iterable[str]) -> str:
    """Say whom the page may load from and ask (Content Security Policy Level 3).

    Nothing inline, nothing from elsewhere, and no frame around it.

    Parameters
    ----------
    connect
        Origins that the page asks beside its own: the live channel, the bucket of uploads, and the
        pages of the user pool.
    """
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'", *sorted(set(connect))],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def local_headers(connect: Iterable[str]) -> dict[str, str]:
    """All headers but that which asks for TLS, which a machine's own server does not speak."""
    return {
        "Content-Security-Policy": content_security_policy(connect),
        "Referrer-Policy": REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": FRAME_OPTION,
        **OTHER_HEADERS,
    }
