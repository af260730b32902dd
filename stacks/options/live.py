"""The live channel, which notifies clients of changes."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.options.domain import (
    checked_certificate,
    checked_domain_name,
    refuse_half_a_domain,
)
from stacks.options.section import Section


class LiveOptions(Section):
    """``[api.live]``: a WebSocket API, which notifies clients of the HTTP API of changes."""

    enabled: bool = Field(default=False, description="Whether there is one; default false.")
    commands: bool = Field(
        default=True,
        description="Whether clients can follow commands, whose ends cost an invocation and a "
        "Query each then; default true.",
    )
    throttle_rate: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Connections and messages of clients a second, all together, beyond which it "
        "refuses them; default 100.",
    )
    throttle_burst: int = Field(
        default=200,
        ge=1,
        le=5_000,
        description="Those at once, beyond which it refuses them; default 200.",
    )
    access_log: bool = Field(
        default=True,
        description="Whether it has an access log, for which the account needs a role of API "
        "Gateway's in the region; default true.",
    )
    domain_name: Annotated[str, AfterValidator(checked_domain_name)] = Field(
        default="", description="Domain name of its own, another than the HTTP API's; default none."
    )
    certificate_arn: Annotated[str, AfterValidator(checked_certificate)] = Field(
        default="",
        description="ARN of that domain's certificate in ACM, in the environment's region; default "
        "none.",
    )

    @model_validator(mode="after")
    def _domain_has_certificate(self) -> Self:
        refuse_half_a_domain(self.domain_name, self.certificate_arn)
        return self
