"""A domain name of one's own, and its certificate."""

from __future__ import annotations

import re

DOMAIN_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
"""A domain's name without a wildcard (API Gateway guide, "Custom domain names for HTTP APIs")."""

CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[a-zA-Z0-9-]+")
"""ARN of a certificate (ACM API reference, RequestCertificate)."""


def checked_domain_name(name: str) -> str:
    """Check the name of a domain, if there is one."""
    if name and not DOMAIN_NAME.fullmatch(name):
        raise ValueError("must be a domain's name in lower case such as api.example.com")
    return name


def checked_certificate(arn: str) -> str:
    """Check the ARN of a certificate, if there is one."""
    if arn and not CERTIFICATE.fullmatch(arn):
        raise ValueError(
            "must be the ARN of a certificate, arn:aws:acm:REGION:ACCOUNT:certificate/ID"
        )
    return arn


def refuse_half_a_domain(name: str, certificate_arn: str) -> None:
    """Refuse a domain without a certificate, and a certificate without a domain."""
    if bool(name) != bool(certificate_arn):
        given, missing = (
            ("domain_name", "certificate_arn") if name else ("certificate_arn", "domain_name")
        )
        raise ValueError(f"{given} needs {missing}: give both, or neither")
