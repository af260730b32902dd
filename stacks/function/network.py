"""The endpoints by which the function reaches AWS from a VPC without a way out.

All that the function calls of AWS has one. The tables and the bucket have routes, which cost
nothing. The others have network interfaces in its subnets (PrivateLink guide, "AWS services that
integrate with AWS PrivateLink"). Lambda itself writes the log and sends traces, so these need none
(Lambda guide, "Giving Lambda functions access to resources in an Amazon VPC").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.bindings import Construct, VpcEndpoint
from stacks.declarations.resources import OwnTopic

if TYPE_CHECKING:
    from stacks.environment.model import Environment
    from stacks.options.network import VpcOptions

ROUTED = ("dynamodb", "s3")
"""Services whose endpoints are routes (PrivateLink guide, "Gateway endpoints")."""

ALWAYS_CALLED = ("sqs", "states")
NOTIFIED = "sns"
MAILING = "email"
"""The API of SES, and not its SMTP."""

SIGNING = "secretsmanager"
"""It holds the secret of the webhook. The webhook itself has no endpoint."""

WATCHING = ("logs", "monitoring")
"""CloudWatch, which the HTTP API asks for lines of the log and for alarms."""

CHANNEL = "execute-api"
"""The live channel's connections are posted to there. Its private names cover all APIs of the
region. So within the VPC no public API is reached by its own address (API Gateway guide, "Private
REST APIs in API Gateway")."""


class NetworkEndpoints(Construct):
    """Endpoints of an environment whose VPC has none."""

    def __init__(
        self, scope: Construct, environment: Environment, vpc: VpcOptions, vpc_id: str
    ) -> None:
        super().__init__(scope, "network")
        for service in ROUTED:
            VpcEndpoint(
                self,
                service,
                vpc_id=vpc_id,
                service_name=_service_name(environment, service),
                vpc_endpoint_type="Gateway",
                route_table_ids=vpc.route_table_ids,
                tags={"Name": environment.qualified(service)},
            )
        for service in interface_services(environment):
            VpcEndpoint(
                self,
                service,
                vpc_id=vpc_id,
                service_name=_service_name(environment, service),
                vpc_endpoint_type="Interface",
                subnet_ids=vpc.subnet_ids,
                security_group_ids=vpc.security_group_ids,
                private_dns_enabled=True,
                tags={"Name": environment.qualified(service)},
            )


def interface_services(environment: Environment) -> list[str]:
    """Services that the function of an environment calls by network interfaces."""
    told = environment.notifications
    posts = told.topic or environment.own(OwnTopic)
    return [
        *ALWAYS_CALLED,
        *([NOTIFIED] if posts else []),
        *([MAILING] if told.email else []),
        *([SIGNING] if told.webhook else []),
        *(WATCHING if environment.api.enabled else ()),
        *([CHANNEL] if environment.api.has_live else []),
    ]


def _service_name(environment: Environment, service: str) -> str:
    return f"com.amazonaws.{environment.region}.{service}"
