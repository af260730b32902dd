"""Alarms, and who is notified of them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from stacks.options.section import Section

ENDPOINTS = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+"), "operators@example.com"),
    "email-json": (re.compile(r"[^@\s]+@[^@\s]+"), "operators@example.com"),
    "https": (re.compile(r"https://\S+"), "https://example.com/alarms"),
    "sms": (re.compile(r"\+[0-9]{5,15}"), "+819012345678"),
    "sqs": (re.compile(r"arn:aws[a-z-]*:sqs:\S+"), "arn:aws:sqs:REGION:ACCOUNT:NAME"),
    "lambda": (
        re.compile(r"arn:aws[a-z-]*:lambda:\S+"),
        "arn:aws:lambda:REGION:ACCOUNT:function:NAME",
    ),
}
"""Form of a subscription's endpoint, and an example, by protocol (SNS API reference, Subscribe)."""


class Subscription(Section):
    """``[[monitoring.subscriptions]]``: somebody who is notified of alarms."""

    protocol: Literal["email", "email-json", "https", "sms", "sqs", "lambda"] = Field(
        description="How. E-mail and HTTPS endpoints must confirm it; a queue or a function must "
        "allow the topic to reach it."
    )
    endpoint: str = Field(
        min_length=1, description="Where: an address, a URL, a number or an ARN, by the protocol."
    )

    @model_validator(mode="after")
    def _endpoint_of_protocol(self) -> Subscription:
        form, example = ENDPOINTS[self.protocol]
        if not form.fullmatch(self.endpoint):
            raise ValueError(
                f"endpoint: must be as {example} for the protocol {self.protocol}; it is "
                f"{self.endpoint!r}"
            )
        return self


def _each_once(subscriptions: list[Subscription]) -> list[Subscription]:
    if len({(one.protocol, one.endpoint) for one in subscriptions}) < len(subscriptions):
        raise ValueError("names a subscription twice")
    return subscriptions


class MonitoringOptions(Section):
    """``[monitoring]``: alarms, dashboard and saved queries."""

    enabled: bool = Field(default=True, description="Whether there are any; default true.")
    subscriptions: Annotated[list[Subscription], AfterValidator(_each_once)] = Field(
        default_factory=list, description="Who is notified of alarms; default nobody."
    )
    function_errors: int = Field(
        default=0,
        ge=0,
        description="Failed invocations in five minutes that raise no alarm yet; default 0.",
    )
    duration_percent: int = Field(
        default=80,
        ge=1,
        le=99,
        description="Part of the function's timeout that 99 of 100 invocations stay below, in "
        "percent; default 80.",
    )
    iterator_age_seconds: int = Field(
        default=300,
        ge=1,
        le=86_400,
        description="Age of a stream's record, when it reaches the function, that raises no alarm "
        "yet; default 300.",
    )
    api_server_errors: int = Field(
        default=0,
        ge=0,
        description="Answers of the HTTP API with 500 or more, in five minutes, that raise no "
        "alarm yet; default 0.",
    )
    api_client_error_percent: int = Field(
        default=20,
        ge=1,
        le=99,
        description="Part of its answers with 400 to 499, in percent, that raises no alarm yet; "
        "default 20. It counts from 100 requests in five minutes on.",
    )
    api_latency_milliseconds: int = Field(
        default=5000,
        ge=1,
        le=30_000,
        description="Milliseconds that 99 of 100 of its answers stay below; default 5000. Clients "
        "that wait with `?sync=true` need more.",
    )
    oldest_message_seconds: int = Field(
        default=900,
        ge=1,
        description="Age of a queue's oldest message that raises no alarm yet; default 900.",
    )
