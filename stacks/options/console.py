"""The web console."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.options.domain import checked_domain_name, refuse_half_a_domain
from stacks.options.section import Section

CERTIFICATE = re.compile(r"arn:aws:acm:us-east-1:[0-9]{12}:certificate/[a-zA-Z0-9-]+")
"""CloudFront takes certificates of that region alone (CloudFront guide, "Requirements for using
SSL/TLS certificates with CloudFront")."""


def _certificate(arn: str) -> str:
    if arn and not CERTIFICATE.fullmatch(arn):
        raise ValueError(
            "must be the ARN of a certificate in us-east-1, as CloudFront takes no other: "
            "arn:aws:acm:us-east-1:ACCOUNT:certificate/ID"
        )
    return arn


class ConsoleOptions(Section):
    """``[console]``: the web console behind CloudFront, for people who sign in at the user pool."""

    enabled: bool = Field(default=False, description="Whether there is one; default false.")
    domain_name: Annotated[str, AfterValidator(checked_domain_name)] = Field(
        default="", description="Domain name of its own; default none."
    )
    certificate_arn: Annotated[str, AfterValidator(_certificate)] = Field(
        default="",
        description="ARN of that domain's certificate in ACM, in us-east-1; default none.",
    )

    @model_validator(mode="after")
    def _domain_has_certificate(self) -> Self:
        refuse_half_a_domain(self.domain_name, self.certificate_arn)
        return self
