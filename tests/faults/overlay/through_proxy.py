"""Sends the requests of the function's clients through the fault proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.place_of_proxy import ENDPOINT
from app.registry import application

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

SERVICES = ("dynamodb", "step_functions", "sqs", "sns", "s3")


def divert(request: AWSPreparedRequest, **_: Any) -> None:
    """Change a request's target, each time that it is made; its signature is of the host."""
    _, _, host, *path = request.url.split("/", 3)
    request.headers["Host"] = host
    request.url = "/".join([ENDPOINT, *path])


for service in SERVICES:
    client = getattr(application.services.clients, service)
    client.meta.events.register("before-send", divert)
